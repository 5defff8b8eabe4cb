// Who a container runs as.

import Isolation
import Testing

@testable import Pods

@Suite("the user of a container")
struct ContainerUserTests {
    private let database = UserDatabase(
        passwd: """
            root:x:0:0:root:/root:/bin/sh
            # a comment
            web:x:100:101:web:/srv:/bin/false
            broken:x:many:1::/:/
            short:x:7
            """,
        group: """
            root:x:0:root
            www:x:101:
            disk:x:6:root,web
            far:x:90000:web
            """)
    private let all = NodeIDs(userMap: "0 1900000000 65536\n", groupMap: "0 1900000000 65536\n", setGroups: "allow\n")
    private let alone = NodeIDs(
        userMap: "         0       1000          1\n", groupMap: "0 1000 1\n", setGroups: "deny\n")

    private func user(
        _ image: String?, known: NodeIDs? = nil, pod: PodSecurityContext = PodSecurityContext(),
        _ change: (inout ContainerSecurityContext) -> Void = { _ in }
    ) throws -> ContainerUser {
        var context = ContainerSecurityContext()
        change(&context)
        return try ContainerUser(
            container: context, pod: pod, image: image, database: database, known: known ?? all)
    }

    @Test("nobody says anything: root, with root's groups")
    func root() throws {
        #expect(try user(nil) == ContainerUser(uid: 0, gid: 0, groups: [6], home: "/root"))
        #expect(try user("") == user(nil))
    }

    @Test("names of the image are looked up in the image")
    func names() throws {
        #expect(try user("web") == ContainerUser(uid: 100, gid: 101, groups: [6], home: "/srv"))
        #expect(try user("web:disk").gid == 6)
        #expect(try user("100").gid == 101)
        #expect(try user("100:5") == ContainerUser(uid: 100, gid: 5, groups: [6], home: "/srv"))
        #expect(try user("77:88") == ContainerUser(uid: 77, gid: 88, groups: [], home: "/"))
    }

    @Test("what reads as a number is one, whoever has that for a name")
    func numbers() throws {
        let tricky = UserDatabase(
            passwd: "root:x:0:0::/:/bin/sh\n10:x:0:0::/root:/bin/sh\nten:x:10:12::/ten:/bin/sh\n77:x:5:5::/:/bin/sh\n",
            group: "20:x:0:\nstaff:x:50:\n")
        func user(_ image: String) throws -> ContainerUser {
            try ContainerUser(
                container: ContainerSecurityContext(), pod: PodSecurityContext(), image: image, database: tricky,
                known: all)
        }
        #expect(try user("10") == ContainerUser(uid: 10, gid: 12, groups: [], home: "/ten"))
        #expect(try user("77").uid == 77 && user("77").gid == 0)
        #expect(try user("10:20").gid == 20 && user("ten:staff").gid == 50)
        for wrong in ["2147483648", "99999999999999999999", "10:2147483648"] {
            let error = #expect(throws: UserError.self) { _ = try user(wrong) }
            #expect(error?.problem.hasPrefix("uids and gids must be in range 0-2147483647") == true)
        }
        #expect(throws: UserError.self) { _ = try user("+10") }
    }

    @Test("a name that the image lacks is an error that names it", arguments: ["nobody", "web:nobody", "broken"])
    func unknown(name: String) {
        let error = #expect(throws: UserError.self) { _ = try user(name) }
        #expect(error?.problem.contains(name.split(separator: ":").last.map(String.init) ?? name) == true)
    }

    @Test("the manifest wins over the image, the container over the pod")
    func manifest() throws {
        var pod = PodSecurityContext()
        pod.runAsUser = 50
        pod.runAsGroup = 60
        #expect(try user("web", pod: pod) == ContainerUser(uid: 50, gid: 60, groups: [], home: "/"))
        #expect(try user("web", pod: pod) { $0.runAsUser = 100 }.uid == 100)
        #expect(try user("web") { $0.runAsUser = 100 } == user("web"))
        #expect(try user("web") { $0.runAsGroup = 7 }.gid == 7)
        // The group that the image names goes with the user that it names.
        #expect(try user("web:disk") { $0.runAsUser = 9 }.gid == 0)
    }

    @Test("an id that the node has not is an error, not another id")
    func unmapped() throws {
        let error = #expect(throws: UserError.self) { _ = try user("web", known: alone) }
        #expect(error?.problem == "this node has no user 100: its user namespace maps 0 only")
        #expect(error?.hint != nil)
        #expect(throws: UserError.self) { _ = try user(nil, known: alone) { $0.runAsGroup = 5 } }
        #expect(try user(nil, known: alone) == ContainerUser(uid: 0, gid: 0, groups: [], home: "/root"))
        #expect(all.hasUser(65535) && !all.hasUser(65536))
    }

    @Test("capabilities: the usual ones, more, fewer, none")
    func capabilities() throws {
        let user = try user(nil)
        func rights(add: [String] = [], drop: [String] = []) throws -> ContainerRights {
            var context = ContainerSecurityContext()
            context.addedCapabilities = add
            context.droppedCapabilities = drop
            return try ContainerRights(user: user, context)
        }
        #expect(try rights().capabilities.count == 14)
        #expect(try rights(add: ["NET_ADMIN"]).capabilities.contains(.netAdmin))
        #expect(try rights(add: ["CAP_NET_ADMIN"]).capabilities.contains(.netAdmin))
        #expect(try rights(drop: ["CHOWN"]).capabilities.contains(.chown) == false)
        #expect(try rights(add: ["NET_BIND_SERVICE"], drop: ["ALL"]).capabilities == [.netBindService])
        #expect(try rights(add: ["ALL"], drop: ["SYS_ADMIN"]).capabilities.contains(.sysAdmin) == false)
        #expect(try rights(add: ["all"]).capabilities.contains(.sysAdmin))
        #expect(throws: CapabilityError(name: "NET_ADMN")) { _ = try rights(add: ["NET_ADMN"]) }
    }
}
