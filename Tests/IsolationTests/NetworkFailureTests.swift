// Network steps that fail: what they say, and what is left.

import Glibc
import Isolation
import Netlink
import SystemPackage
import Testing

private func failure(_ steps: [Step]) -> IsolationError? {
    do {
        _ = try Plan(steps).run(StartOptions(streams: .null))
        return nil
    } catch { return error }
}

/// What a plan leaves behind in a machine of its own that goes on.
private struct Machine {
    let child: Child

    var joined: [Step] {
        [
            .join([.user, .mount, .network, .pid], of: .process(pidfd: child.pidfd)), .setCredentials(),
            .enterProcessNamespace,
        ]
    }

    /// Names of namespaces, links, and mounts of names.
    func left() throws -> String {
        try said(
            joined + [
                guest(
                    administrative
                        + "ls /run/netns 2>/dev/null; ip -o -br link | cut -d' ' -f1; grep -c nsfs /proc/self/mountinfo || true"
                )
            ])
    }
}

private func withMachine<Result>(_ body: (Machine) throws -> Result) throws -> Result {
    try withRunning(networked) { try body(Machine(child: $0)) }
}

@Suite("failing network steps", .enabled(if: canNetwork, noNetwork))
struct NetworkFailureTests {
    @Test(
        "each refusal names the object, the errno and what the kernel says",
        arguments: [
            (
                .addNetworkNamespace("blue"),
                "add network namespace blue: EEXIST (file exists) [step 8 of 9]\n"
                    + "  there is one of that name: ip netns list; ip netns delete blue frees it"
            ),
            (
                .removeNetworkNamespace("red"),
                "remove network namespace red: ENOENT (no such file or directory) [step 8 of 9]\n"
                    + "  ip netns list shows the names that there are"
            ),
            (
                .network(.addLink(.dummy("d"), [.master("br7")]), in: .named("blue")),
                "add link d (dummy, master br7) in blue: ENODEV (no such device: br7) [step 8 of 9]"
            ),
            (
                .network(.setLink("eth7", [.up]), in: .named("blue")),
                "set link eth7 up in blue: ENODEV (no such device: eth7) [step 8 of 9]"
            ),
            (
                .network(.deleteLink("eth7")), "delete link eth7: ENODEV (no such device: eth7) [step 8 of 9]"
            ),
            (
                .network(.setLink("lo", [.up]), in: .named("red")),
                "set link lo up in red: ENOENT (no such file or directory) [step 8 of 9]\n"
                    + "  is a namespace of that name there? ip netns list"
            ),
            (
                .network(.addLink(.veth("a", peer: "b", in: .named("red")))),
                "add link a (veth, peer b in red): ENOENT (no such file or directory) [step 8 of 9]\n"
                    + "  is a namespace of that name there? ip netns list"
            ),
            (
                .network(.addRoute(to: .all4, via: "10.9.9.9")),
                "add route default via 10.9.9.9: ENETUNREACH (network is unreachable; the kernel says:"
                    + " Nexthop has invalid gateway) [step 8 of 9]\n"
                    + "  the gateway must be in the subnet of an address that a link has, and that link must be up"
            ),
            (
                .network(.setLink("lo", [.mtu(3_000_000_000)])),
                "set link lo MTU 3000000000: EINVAL (invalid argument; the kernel says: mtu greater than device maximum)"
                    + " [step 8 of 9]"
            ),
            (
                .network(.deleteAddress("10.0.0.1/8", from: "lo")),
                "delete address 10.0.0.1/8 from lo: EADDRNOTAVAIL (cannot assign requested address; the kernel says:"
                    + " Address not found) [step 8 of 9]"
            ),
        ] as [(Step, String)])
    func refusals(step: Step, message: String) throws {
        let error = try #require(failure(networked + [.addNetworkNamespace("blue"), step, .finish]))
        // Words of the kernel vary with its age; what is before them does not.
        let parts = message.split(separator: "; the kernel says", maxSplits: 1)
        if parts.count == 1 {
            #expect(error.description == message)
        } else {
            #expect(error.description.hasPrefix(parts[0]) && error.meaning.contains("; the kernel says: "), "\(error)")
        }
        #expect(error.isAbout(step))
    }

    @Test("a link of a name that is taken is refused, in the namespace that has it")
    func taken() throws {
        let steps: [Step] = [
            .addNetworkNamespace("blue"), .network(.addLink(.bridge("eth0")), in: .named("blue")),
            .network(.addLink(.veth("veth0", peer: "eth0", in: .named("blue")))), .finish,
        ]
        let error = try #require(failure(networked + steps))
        #expect(error.errno == .fileExists && error.step == networked.count + 2, "\(error)")
        #expect(error.hint?.contains("one of its peer's name") == true)
    }

    @Test("without rights over the namespace the kernel refuses, and the hint says which are missing")
    func rights() throws {
        let error = try #require(
            failure(networked + [.keepCapabilities([]), .network(.addLink(.dummy("d"))), .finish]))
        #expect(error.errno == .notPermitted, "\(error)")
        #expect(error.hint?.contains("CAP_NET_ADMIN") == true)
    }

    @Test("what lies in wait under a namespace's name holds nobody up", arguments: ["mkfifo", "mkdir", ">"])
    func impostors(command: String) throws {
        try withMachine { machine in
            _ = try said(machine.joined + [guest("mkdir -p /run/netns; \(command) /run/netns/blue")])
            let error = failure(machine.joined + [.network(.setLink("lo", [.up]), in: .named("blue")), .finish])
            #expect(error?.errno == .invalidArgument, "\(String(describing: error))")
        }
    }

    // MARK: Undoing

    private static let blueAndRed: [Step] = [
        .addNetworkNamespace("blue"), .network(.addLink(.bridge("br0"))),
        .network(.addLink(.veth("veth0", peer: "eth0", in: .named("blue")), [.master("br0")])),
        .addNetworkNamespace("red"), .network(.addLink(.bridge("d0"))),
        .network(.setLink("d0", [.name("d1"), .up])),
    ]

    @Test(
        "names and links that a plan made are gone again when a later step fails",
        arguments: [
            [.changeDirectory("/nowhere"), .finish], [.execute("/nowhere", arguments: ["x"])],
            [.addNetworkNamespace("blue"), .finish], [.network(.addLink(.bridge("br0"))), .finish],
            [.duplicate(1, as: 3), .duplicate(1, as: 4), .duplicate(1, as: 9), .execute("/nowhere", arguments: ["x"])],
            [.unshare([.mount, .network]), .changeDirectory("/nowhere"), .finish],
            [.unshare([.mount]), .setPropagation(.private), .changeDirectory("/nowhere"), .finish],
        ] as [[Step]])
    func undone(end: [Step]) throws {
        try withMachine { machine in
            let before = try machine.left()
            let error = failure(machine.joined + Self.blueAndRed + end)
            #expect(error != nil)
            let after = try machine.left()
            #expect(after == before)
            // And so the same plan can be run again.
            #expect(failure(machine.joined + Self.blueAndRed + [.finish]) == nil)
            let made = try machine.left()
            #expect(made == "blue\nred\nlo\nbr0\nveth0@if2\nd1\n2\n")
        }
    }

    @Test("a link is taken away from where it has been moved to, and what was there before stays")
    func movedAndRenamed() throws {
        try withMachine { machine in
            _ = try said(
                machine.joined + [
                    .addNetworkNamespace("old"), .network(.addLink(.bridge("keep"))),
                    .network(.addLink(.bridge("also")), in: .named("old")), guest("true"),
                ])
            func links() throws -> String {
                try said(
                    machine.joined + [
                        guest(administrative + "ip -o -br link | cut -d' ' -f1; ip -n old -o -br link | cut -d' ' -f1")
                    ])
            }
            let before = try links()
            let error = failure(
                machine.joined + [
                    .network(.addLink(.veth("cable", peer: "end"), [.namespace(.named("old"))])),
                    .network(.addLink(.veth("new", peer: "other"))),
                    .network(.setLink("new", [.namespace(.named("old")), .name("moved")])),
                    .network(.addLink(.bridge("short"))), .network(.deleteLink("short")),
                    .network(.setLink("keep", [.name("new")])), .network(.setLink("new", [.name("short")])),
                    .network(.setLink("short", [.name("keep")])), .network(.deleteLink("nobody")), .finish,
                ])
            #expect(error?.step == 11, "\(String(describing: error))")
            let after = try links()
            #expect(after == before)
        }
    }

    @Test("a step that fails half-way leaves nothing of itself")
    func halfWay() throws {
        try withMachine { machine in
            // No room for the mount: the file must go again.
            _ = try said(machine.joined + [guest("mkdir /run/netns; mount --bind /run/netns /run/netns")])
            let error = failure(
                machine.joined + [
                    .keepCapabilities([.sysAdmin, .netAdmin]), .setResourceLimit(.openFiles, soft: 8, hard: 8),
                    .open("/", as: "a"), .open("/", as: "b"), .addNetworkNamespace("blue"), .finish,
                ])
            #expect(error?.errno?.rawValue == EMFILE, "\(String(describing: error))")
            let names = try said(machine.joined + [guest("ls /run/netns")])
            #expect(names == "")
        }
    }

    @Test("50 failing plans leave no name and no link")
    func leavesNothing() throws {
        try withMachine { machine in
            for _ in 0..<50 {
                #expect(failure(machine.joined + Self.blueAndRed + [.changeDirectory("/nowhere"), .finish]) != nil)
            }
            let left = try machine.left()
            #expect(left == "lo\n0\n")
        }
    }
}

/// Plans of network steps alone have a child that shares the memory of whoever starts them.
@Suite("network plans in shared memory")
struct NetworkSharedMemoryTests {
    private static let nobody: Step = .network(.setLink("nobody-here", [.up]))

    @Test("failing plans from many tasks at once say which step it was and leave no descriptor and no process")
    func failing() async {
        await #expect(processExitsWith: .success) {
            func descriptors() -> Int { openDescriptors() }
            _ = failure([.keepNetworkNamespace(as: "here"), Self.nobody, .finish])
            let before = descriptors()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<50 {
                            let error = failure([.keepNetworkNamespace(as: "here"), Self.nobody, .finish])
                            guard error?.step == 1, error?.meaning == "no such device: nobody-here" else { exit(2) }
                        }
                    }
                }
            }
            guard descriptors() == before else { exit(3) }
            guard waitpid(-1, nil, WNOHANG) == -1, errno == ECHILD else { exit(4) }
            exit(0)
        }
    }

    @Test("a namespace made with the child is set up in it and goes with it", .enabled(if: isRoot, "for root"))
    func working() throws {
        let mine = link("/proc/self/ns/net")
        let plan: Plan = [
            .unshare([.network]), .bringUpLoopback, .network(.addLink(.bridge("br0"), [.up])),
            .network(.addAddress("10.0.0.1/24", to: "br0")),
            .network(.addLink(.veth("a", peer: "b"), [.master("br0")])),
            .keepNetworkNamespace(as: "first"), .unshare([.network]),
            .network(.addLink(.veth("c", peer: "d", in: .kept("first")))),
            .network(.setLink("d", [.master("br0")]), in: .kept("first")), .finish,
        ]
        for _ in 0..<20 {
            let status = try plan.run()
            #expect(status == .exited(0))
        }
        #expect(link("/proc/self/ns/net") == mine)
    }
}

@Suite("network validation")
struct NetworkValidationTests {
    private static let long = String(repeating: "x", count: 256)

    @Test(
        "a network step that cannot work is refused before anything happens",
        arguments: [
            (.addNetworkNamespace(""), "a namespace's name has 1 to 255 bytes"),
            (.addNetworkNamespace(long), "a namespace's name has 1 to 255 bytes"),
            (.addNetworkNamespace("a/b"), "a namespace's name is the name of a file: no slash, not . or .."),
            (.removeNetworkNamespace(".."), "a namespace's name is the name of a file: no slash, not . or .."),
            (.network(.deleteLink("a"), in: .named("a\nb")), "a namespace's name has a control character"),
            (.network(.deleteLink("a"), in: .named("a\0b")), "a text with a zero byte"),
            (.network(.deleteLink("a"), in: .kept("x")), "no namespace has been kept as x"),
            (
                .network(.addLink(.veth("a", peer: "b", in: .kept("x")))), "no namespace has been kept as x"
            ),
            (.network(.deleteLink("a"), in: .file("")), "an empty path"),
            (.network(.addLink(.veth("a", peer: "a"))), "both ends have one name"),
            (
                .network(.addLink(.veth("a", peer: "b", peerSettings: [.up]))),
                "while a cable is made its other end can get its MTU and its MAC; the rest is for .setLink"
            ),
            (.network(.setLink("a", [])), "nothing is set"),
            (.network(.setLink("a", [.up, .down])), "one setting is given twice"),
            (
                .network(.setLink("a", [.namespace(.named("b")), .master("br0")])),
                "a link's master is in its own namespace: move it first"
            ),
            (.network(.addLink(.dummy("a"), [.name("b")])), "a new link has its name and is down without a master"),
            (.network(.addRoute(to: .all4)), "neither gateway nor link is named"),
            (
                .network(.addRoute(to: .all6, via: "10.0.0.1")), "destination and gateway are of two families"
            ),
            (
                .network(.masquerade(from: "10.0.0.0/8", table: "a b")), "a table's name has letters, digits, - and _"
            ),
        ] as [(Step, String)])
    func refused(step: Step, problem: String) {
        let error = #expect(throws: PlanError.self) { try Plan([step, .finish]).validated() }
        #expect(error?.step == 0 && error?.problem == problem, "\(String(describing: error))")
    }

    @Test("a network step waits until a new pid namespace has its first process")
    func unborn() {
        let plan: Plan = [.unshare([.user]), .setName("x"), .unshare([.pid]), .addNetworkNamespace("a"), .finish]
        let error = #expect(throws: PlanError.self) { try plan.validated() }
        #expect(error?.step == 3)
    }

    @Test("a name of a kept namespace is given once, and as many namespaces as there is room for")
    func limits() {
        let twice: Plan = [.keepNetworkNamespace(as: "a"), .keepNetworkNamespace(as: "a"), .finish]
        #expect(throws: PlanError.self) { try twice.validated() }
        let many = (0..<33).map { Step.network(.setLink("lo", [.up]), in: .named("n\($0)")) }
        #expect(throws: Never.self) { try Plan(many.dropLast() + [.finish]).validated() }
        #expect(throws: PlanError.self) { try Plan(many + [.finish]).validated() }
    }
}
