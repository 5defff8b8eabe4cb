// What goes wrong between a request and its answer, and where sockets come from.

import CIsolation
import CNetlink
import Glibc
import Linux
import SystemPackage
import Testing

@testable import Netlink

func cnl_set_option_join(_ descriptor: Int32, _ group: Int32) -> Int32 {
    cnl_set_option(descriptor, Int32(CNL_ADD_MEMBERSHIP), group)
}

/// How many descriptors this process has open that lead to what `prefix` says.
private func descriptors(to prefix: String) -> Int {
    (0..<1024).count { number in
        var text = [CChar](repeating: 0, count: 256)
        let length = readlink("/proc/self/fd/\(number)", &text, text.count - 1)
        return length > 0
            && String(decoding: text[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self).hasPrefix(prefix)
    }
}

/// Asked once: does the kernel know nf_tables?
private let hasTables: Bool = {
    guard let shell = try? NamespaceShell(), let namespace = try? NetworkNamespace(path: shell.path),
        var socket = try? NetlinkSocket(.netfilter, in: namespace)
    else { return false }
    return (try? socket.dump(allTables, operation: "NFT_MSG_GETTABLE", object: "all tables")) != nil
}()
private let allTables: MessageWriter = {
    var message = MessageWriter(type: 0x0a01)  // NFT_MSG_GETTABLE
    message.bytes([0, 0, 0, 0])  // struct nfgenmsg: any family
    return message
}()

@Suite("sockets, errors and what is lost", .enabled(if: canUseNetworks, noNetworks))
struct SocketTests {
    @Test("an error has the message's name, the object, the errno and the kernel's words")
    func words() throws {
        let shell = try NamespaceShell()
        try shell.run("ip link set lo up; ip link add d0 up type bridge; ip addr add 10.1.0.1/24 dev d0")
        var socket = try routeSocket(shell)
        #expect {
            try socket.request(LinkRequest.create(LinkName(parsing: "d0"), .bridge), object: "d0")
        } throws: { "\($0)".hasPrefix("RTM_NEWLINK d0: EEXIST (file exists)") }
        #expect {
            try socket.request(RouteRequest.add(to: .all4, gateway: .v4(10, 77, 0, 1)), object: "default via 10.77.0.1")
        } throws: {
            "\($0)"
                == "RTM_NEWROUTE default via 10.77.0.1: ENETUNREACH (network is unreachable): Nexthop has invalid gateway"
        }
        // The kernel points at the attribute that it does not like: here the length of the prefix and the link.
        #expect {
            try socket.request(AddressRequest.add(IPPrefix(parsing: "10.5.0.1/24"), link: 4242), object: "10.5.0.1/24")
        } throws: { ($0 as? NetlinkError)?.errno.rawValue == ENODEV }
    }

    @Test("an interface that vanishes between the dump and its use")
    func vanishes() throws {
        let shell = try NamespaceShell()
        try shell.run("ip link add d0 type bridge")
        var socket = try routeSocket(shell)
        let link = try #require(try socket.links().first { $0.name == "d0" })
        try shell.run("ip link del d0")
        #expect(try socket.link(index: link.index) == nil)
        #expect {
            try socket.request(LinkRequest.change(link.index, LinkOptions(isUp: true)), object: "d0")
        } throws: { "\($0)".hasPrefix("RTM_NEWLINK d0: ENODEV (no such device)") }
        #expect {
            try socket.request(
                AddressRequest.add(IPPrefix(parsing: "10.0.0.1/8"), link: link.index), object: "10.0.0.1/8")
        } throws: { ($0 as? NetlinkError)?.errno.rawValue == ENODEV }
    }

    @Test("after a full receive buffer (ENOBUFS) dumps are whole and requests are answered")
    func fullBuffer() throws {
        let shell = try NamespaceShell()
        var socket = try routeSocket(shell)
        var size: Int32 = 4096
        #expect(setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) == 0)
        // RTNLGRP_LINK: every change of a link is put into the queue, until it is full.
        #expect(cnl_set_option_join(socket.descriptor, 1) == 0)
        let flood = "i=0; while [ $i -lt 40 ]; do ip link add f$i type bridge; ip link set f$i up; i=$((i+1)); done"
        try shell.run(flood)
        var lost = false
        for _ in 0..<100 where !lost {
            if case .lost = try socket.receive(until: nil, "receive", "") { lost = true }
        }
        #expect(lost)
        try shell.run("i=0; while [ $i -lt 40 ]; do ip link set f$i down; ip link set f$i up; i=$((i+1)); done")
        #expect(try socket.links().count == 41)
        try shell.run("i=0; while [ $i -lt 40 ]; do ip link set f$i down; ip link set f$i up; i=$((i+1)); done")
        try socket.request(LinkRequest.create(LinkName(parsing: "after"), .bridge), object: "after")
        #expect(try socket.link(LinkName(parsing: "after")) != nil)
    }

    @Test("a thousand links, in many datagrams")
    func thousand() throws {
        let shell = try NamespaceShell()
        var socket = try routeSocket(shell)
        for number in 0..<500 {
            let name = try LinkName(parsing: "a\(number)")
            let peer = try LinkName(parsing: "b\(number)")
            try socket.request(LinkRequest.create(name, .veth(peer: peer)), object: name.text)
        }
        let names = Set(try socket.links().map(\.name))
        #expect(names.count == 1001 && names.contains("a0") && names.contains("b499"))
        #expect(Set(try shell.json("ip -json link").compactMap { $0["ifname"] as? String }) == names)
    }

    @Test("links that come and go during dumps: each dump is consistent or made anew")
    func interrupted() throws {
        let shell = try NamespaceShell()
        var socket = try routeSocket(shell)
        for number in 0..<60 {
            try socket.request(LinkRequest.create(LinkName(parsing: "d\(number)"), .bridge), object: "d\(number)")
        }
        // Another process makes links in the same namespace for as long as the dumps take.
        try shell.run(
            "(while kill -0 $$ && ip link add x type bridge && ip link del x; do :; done) >/dev/null 2>&1 & echo $! > /dev/null"
        )
        var whole = 0
        for _ in 0..<50 {
            do throws(NetlinkError) {
                let links = try socket.links(statistics: false)
                #expect(Set(links.map(\.index)).count == links.count)
                #expect((61...62).contains(links.count))
                whole += 1
            } catch {
                // Said, and not hidden: nothing stood still for long enough.
                #expect(error.errno == .interrupted)
            }
        }
        #expect(whole > 0)
    }

    @Test("a socket is closed on exec, has a port of its own, and takes messages from the kernel only")
    func socketFacts() throws {
        let shell = try NamespaceShell()
        let a = try routeSocket(shell)
        let b = try routeSocket(shell)
        #expect(fcntl(a.descriptor, F_GETFD) & FD_CLOEXEC == FD_CLOEXEC)
        func port(_ descriptor: Int32) -> UInt32 {
            var address = [UInt32](repeating: 0, count: 3)
            var length = socklen_t(12)
            let result = address.withUnsafeMutableBytes {
                getsockname(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
            }
            #expect(result == 0)
            return address[1]
        }
        let number = port(a.descriptor)
        #expect(number != 0 && number != port(b.descriptor))
        // A stranger of the same namespace writes to it, as the kernel would not allow to an ordinary user.
        let stranger = try NetworkNamespace(path: shell.path).socket(
            domain: AF_NETLINK, type: Int32(SOCK_RAW.rawValue), protocol: 0)
        var to: [UInt32] = [UInt32(AF_NETLINK), number, 0]
        let frame = try AddressRequest.list().finish()
        let sent = to.withUnsafeMutableBytes {
            sendto(stranger.raw, frame, frame.count, 0, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), 12)
        }
        #expect(sent < 0)
    }

    @Test(
        "what is no network namespace is refused",
        arguments: ["/proc/self/ns/user", "/proc/self/ns/mnt", "/dev/null", "/proc"])
    func noNamespace(path: String) {
        #expect { _ = try NetworkNamespace(path: path) } throws: { ($0 as? NetlinkError)?.errno == .invalidArgument }
    }

    @Test("a namespace that is not there")
    func absent() {
        #expect { _ = try NetworkNamespace(path: "/proc/0/ns/net") } throws: {
            "\($0)" == "open /proc/0/ns/net: ENOENT (no such file or directory)"
        }
        #expect(throws: NetlinkError.self) { _ = try NetworkNamespace(descriptor: -1) }
    }

    @Test("a namespace outlives its processes while it is held, and can be worked in")
    func held() throws {
        var shell: NamespaceShell? = try NamespaceShell()
        let namespace = try NetworkNamespace(path: try #require(shell).path)
        try shell?.run("ip link add d0 type bridge")
        shell = nil
        var socket = try NetlinkSocket(.route, in: namespace)
        #expect(try socket.links().map(\.name).sorted() == ["d0", "lo"])
    }

    @Test("one's own namespace needs no joining and no privilege")
    func own() throws {
        let namespace = try NetworkNamespace(path: "/proc/self/ns/net")
        let isOwn = namespace.isOwn
        #expect(isOwn)
        var inside = try NetlinkSocket(.route, in: namespace)
        var plain = try NetlinkSocket(.route)
        #expect(try inside.links(statistics: false).map(\.index) == plain.links(statistics: false).map(\.index))
    }

    @Test("files of /proc/net are those of the namespace that they are opened in")
    func files() throws {
        let shell = try NamespaceShell()
        try shell.run("ip link add onlyhere type bridge")
        let file = try NetworkNamespace(path: shell.path).open("/proc/thread-self/net/dev", flags: O_RDONLY)
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = read(file.raw, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).contains("onlyhere"))
        #expect(fcntl(file.raw, F_GETFD) & FD_CLOEXEC == FD_CLOEXEC)
        #expect {
            _ = try NetworkNamespace(path: shell.path).open("/proc/thread-self/net/nothing", flags: O_RDONLY)
        } throws: {
            ($0 as? NetlinkError)?.errno == .noSuchFileOrDirectory
        }
    }

    @Test("opening sockets elsewhere leaves the caller as it was: namespaces, mask, identity, children, descriptors")
    func leavesNothing() throws {
        let shell = try NamespaceShell()
        var before = stat()
        var after = stat()
        #expect(fstatat(AT_FDCWD, "/proc/thread-self/ns/net", &before, 0) == 0)
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGUSR2)
        var old = sigset_t()
        pthread_sigmask(SIG_BLOCK, &mask, &old)
        defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
        let blocked = iso_blocked_signals()
        #expect(blocked & 1 << (UInt64(SIGUSR2) - 1) != 0)
        let namespaces = descriptors(to: "net:[")
        for _ in 0..<200 { _ = try routeSocket(shell) }
        #expect(descriptors(to: "net:[") <= namespaces + 8)
        #expect(fstatat(AT_FDCWD, "/proc/thread-self/ns/net", &after, 0) == 0)
        #expect(before.st_ino == after.st_ino)
        #expect(iso_blocked_signals() == blocked)
        // Dumpable processes own their /proc.
        var facts = stat()
        #expect(fstatat(AT_FDCWD, "/proc/self/status", &facts, 0) == 0 && facts.st_uid == geteuid())
        #expect(waitpid(-1, nil, WNOHANG | Int32.min) <= 0)  // __WCLONE: no child without a signal is left
    }

    @Test("joining another user's user namespace leaves this process dumpable", .enabled(if: isRoot, "it takes root"))
    func dumpable() throws {
        let shell = try NamespaceShell(
            ["setpriv", "--reuid", "65534", "--clear-groups", "unshare", "--user", "--map-root-user", "--net"])
        let network = try NetworkNamespace(path: shell.path)
        let user = Descriptor(taking: cnl_owner(network.descriptor))
        var failed = CNL_CLONE
        let raw = cnl_socket_in(
            user.raw, network.descriptor, AF_INET, Int32(SOCK_DGRAM.rawValue), 0, &failed)
        #expect(raw >= 0 && failed == CNL_CREATE)
        close(raw)
        #expect(iso_prctl(3, 0, 0, 0, 0) == 1)  // PR_GET_DUMPABLE
        // A network namespace of this machine's root cannot be joined with the rights of that user namespace.
        let own = Descriptor(taking: open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC))
        #expect(cnl_socket_in(user.raw, own.raw, AF_INET, Int32(SOCK_DGRAM.rawValue), 0, &failed) == -EPERM)
        #expect(failed == CNL_JOIN)
        #expect(cnl_socket_in(own.raw, -1, AF_INET, Int32(SOCK_DGRAM.rawValue), 0, &failed) == -EINVAL)
        #expect(failed == CNL_JOIN_USER)
        #expect(cnl_socket_in(-1, -1, AF_INET, 99, 0, &failed) == -EINVAL && failed == CNL_CREATE)
    }

    @Test("several threads that do so at once leave it dumpable, too", .enabled(if: isRoot, "it takes root"))
    func dumpableAmongThreads() async throws {
        let shell = try NamespaceShell(
            ["setpriv", "--reuid", "65534", "--clear-groups", "unshare", "--user", "--map-root-user", "--net"])
        let network = try NetworkNamespace(path: shell.path)
        let user = Descriptor(taking: cnl_owner(network.descriptor))
        let (inner, owner) = (network.descriptor, user.raw)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<200 {
                        var failed = CNL_CLONE
                        close(cnl_socket_in(owner, inner, AF_INET, Int32(SOCK_DGRAM.rawValue), 0, &failed))
                    }
                }
            }
        }
        #expect(iso_prctl(3, 0, 0, 0, 0) == 1)  // PR_GET_DUMPABLE
        // Both were there until now.
        #expect(network.descriptor == inner && user.raw == owner)
    }

    @Test(
        "a batch is done whole or not at all, and every error has its message's index",
        .enabled(if: hasTables, "this kernel has no nf_tables"))
    func batch() throws {
        let shell = try NamespaceShell()
        let namespace = try NetworkNamespace(path: shell.path)
        var socket = try NetlinkSocket(.netfilter, in: namespace)
        func table(_ name: String) -> MessageWriter {
            var message = MessageWriter(type: 0x0a00, flags: NLM.create)  // NFT_MSG_NEWTABLE
            message.bytes([2, 0, 0, 0])  // struct nfgenmsg: NFPROTO_IPV4
            message.attribute(1, string: name)  // NFTA_TABLE_NAME
            return message
        }
        func chain(in name: String) -> MessageWriter {
            var message = MessageWriter(type: 0x0a03, flags: NLM.create)  // NFT_MSG_NEWCHAIN
            message.bytes([2, 0, 0, 0])
            message.attribute(1, string: name)  // NFTA_CHAIN_TABLE
            message.attribute(3, string: "c")  // NFTA_CHAIN_NAME
            return message
        }
        func tables() throws -> Int {
            try socket.dump(allTables, operation: "NFT_MSG_GETTABLE", object: "all tables").count
        }
        try socket.batch([table("one"), chain(in: "one")], operation: "batch", object: "one")
        #expect(try tables() == 1)
        #expect {
            try socket.batch(
                [table("two"), chain(in: "nowhere"), table("three"), chain(in: "neither")], operation: "batch",
                object: "two")
        } throws: { error in
            let errors = (error as? BatchError)?.errors ?? []
            return errors.map(\.index) == [1, 3] && errors.allSatisfy { $0.errno == .noSuchFileOrDirectory }
        }
        #expect(try tables() == 1)
        // A generation that has passed.
        #expect {
            try socket.batch([table("four")], operation: "batch", object: "four", generation: 0x7fff_ffff)
        } throws: { ($0 as? BatchError)?.errors.first?.errno.rawValue == ERESTART }
        #expect(try tables() == 1)
        // Larger than the default send buffer.
        try socket.batch(
            (0..<6000).map { table("large-name-of-a-table-number-\($0)") }, operation: "batch", object: "many")
        #expect(try tables() == 6001)
    }
}
