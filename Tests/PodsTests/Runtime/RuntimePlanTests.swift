// The plans of a sandbox, a container and a program in it: what is in them, and in which order.

import Glibc
import Isolation
import Netlink
import Testing

@testable import Pods

@Suite("plans of pods")
struct RuntimePlanTests {
    private let folder = PodFolder(PodIdentity(uid: "u", name: "p"), in: .standard)

    private func user(_ uid: UInt32) -> ContainerUser { ContainerUser(uid: uid, gid: uid, groups: [], home: "/") }

    private func sandbox(sharing: Bool = false, volumes: [Volume] = []) throws -> Plan {
        var spec = PodSpec(
            metadata: PodMetadata(name: "core-k8s"), containers: [ContainerSpec(name: "c", image: "i")])
        spec.shareProcessNamespace = sharing
        return SandboxPlan(
            spec: spec, folder: folder, paths: .standard, address: try #require(IPPrefix(.v4(10, 244, 0, 9), 24)),
            cable: try #require(LinkName("veth00000001")), resolver: "nameserver 1.2.3.4\n", joining: [],
            outOfMemoryScore: 500, volumes: volumes.map { PodVolume(volume: $0, folder: folder) }
        ).plan
    }

    private func container(
        layers: [String] = ["/l/1", "/l/2"], sharing: Bool = false, readOnly: Bool = false, uid: UInt32 = 0,
        privileges: Bool = true, cgroups: CgroupMounts? = nil
    ) throws -> Plan {
        var context = ContainerSecurityContext()
        context.allowPrivilegeEscalation = privileges
        return ContainerPlan(
            pod: folder, folder: folder.container("id"), image: ContainerImage(id: "i", layers: layers),
            process: try process(), rights: try ContainerRights(user: user(uid), context), isRootReadOnly: readOnly,
            pause: 42, sharesProcessNamespace: sharing, joining: [], cgroups: cgroups, outOfMemoryScore: 900,
            volumes: [], terminationMessage: "/dev/termination-log"
        ).plan
    }

    private func process() throws -> ContainerProcess {
        var spec = ContainerSpec(name: "c", image: "i")
        spec.command = ["sleep", "10000"]
        spec.workingDirectory = "/w"
        return try ContainerProcess(spec, image: ContainerImage(id: "i", layers: ["/l"]), hostname: "p", home: "/")
    }

    private func place(_ plan: Plan, _ matches: (Step) -> Bool) -> Int {
        plan.steps.firstIndex(where: matches) ?? -1
    }

    @Test("every plan makes sense before anything happens")
    func valid() throws {
        for sharing in [false, true] {
            try sandbox(sharing: sharing).validated()
            for uid: UInt32 in [0, 1000] { try container(sharing: sharing, readOnly: sharing, uid: uid).validated() }
        }
        for terminal: Int32? in [nil, 9] {
            try ExecPlan(
                process: try process(), rights: try ContainerRights(user: user(0), ContainerSecurityContext()),
                container: 42, namespaces: [.mount, .pid], joining: [], outOfMemoryScore: 0, terminal: terminal
            ).plan.validated()
        }
    }

    @Test("a sandbox has a network, System V IPC and a host name of its own, and processes where they are to be shared")
    func sandboxNamespaces() throws {
        func made(_ plan: Plan) -> Set<Namespace> {
            plan.steps.reduce(into: []) { if case .identity(.unshare(let names)) = $1 { $0.formUnion(names) } }
        }
        #expect(try made(sandbox()) == [.mount, .network, .ipc, .uts])
        #expect(try made(sandbox(sharing: true)) == [.mount, .network, .ipc, .uts, .pid])
    }

    @Test("the sandbox reads as the commands of a person who builds a pod")
    func sandboxScript() throws {
        let script = try sandbox().shellScript
        for line in [
            "hostname core-k8s", "ip link set lo up", "ip address add 10.244.0.9/24 dev eth0",
            "ip link set dev eth0 up",
            "ip route add default via 10.244.0.1", "master cni0 up type veth peer name eth0 address 0a:58:0a:f4:00:09",
        ] { #expect(script.contains(line), "\(line)\n\(script)") }
        #expect(try sandbox().systemCalls.contains { $0.hasPrefix("execve(\"/pause\", [\"/pause\"]") })
    }

    @Test("pause sees nothing of the node and may do nothing")
    func pauseRights() throws {
        let plan = try sandbox()
        let pivot = place(plan) { if case .roots(.pivotRoot) = $0 { true } else { false } }
        let none = place(plan) { $0 == .keepCapabilities([]) }
        let end = place(plan) { if case .end(.execute) = $0 { true } else { false } }
        #expect(0 < pivot && pivot < none && none < end && end == plan.steps.count - 1)
    }

    @Test("a container joins the sandbox, and has mounts and processes of its own")
    func containerNamespaces() throws {
        let own = try container()
        #expect(own.steps.first == .unshare([.mount, .pid]))
        #expect(own.steps.contains(.join([.network, .ipc, .uts], of: .process(pidfd: 42))))
        #expect(!own.steps.contains(.enterProcessNamespace))
        let shared = try container(sharing: true)
        #expect(shared.steps.first == .unshare([.mount]))
        #expect(shared.steps.contains(.join([.network, .ipc, .uts, .pid], of: .process(pidfd: 42))))
        #expect(shared.steps.contains(.enterProcessNamespace))
    }

    @Test("a cgroup namespace is made when the process is in its cgroup, not before")
    func cgroupNamespace() throws {
        #expect(!(try container().steps.contains(.unshare([.cgroup]))))
        let plan = try container(cgroups: CgroupMounts(legacy: []))
        #expect(plan.steps.contains(.unshare([.cgroup])))
        #expect(plan.steps.first != .unshare([.cgroup]))
        #expect(
            plan.steps.contains {
                if case .mounts(.mount(.cgroup2, _, let options)) = $0 { options.contains(.readOnly) } else { false }
            })
    }

    @Test("layers go from top to bottom, by short names where they are many")
    func layers() throws {
        func lower(_ plan: Plan) -> [String] {
            for case .mounts(.mount(.overlay(let lower, _, _), _, _)) in plan.steps { return lower }
            return []
        }
        #expect(try lower(container(layers: ["/l/1", "/l/2", "/l/3"])) == ["3", "2", "1"])
        #expect(try container(layers: ["/l/1", "/l/2"]).steps.contains(.changeDirectory("/l")))
        #expect(try lower(container(layers: ["/l/1"])) == ["/l/1"])
        #expect(try lower(container(layers: ["/a/1", "/b/2"])) == ["/b/2", "/a/1"])
        // The kernel has a page for all that is said of an overlay.
        let many = (1...127).map { number in "/l/" + String(repeating: "0", count: 61) + String(number + 100) }
        let plan = try container(layers: many)
        let names = lower(plan)
        #expect(names.count == 127 && names.reduce(0) { $0 + $1.utf8.count + 1 } < 1000)
        let links = plan.steps.compactMap { step -> String? in
            if case .files(.makeSymbolicLink(_, let target)) = step, target.hasPrefix("/l/") { target } else { nil }
        }
        #expect(links == many.reversed())
    }

    @Test("a volume lies over nothing that tells of processes")
    func procMounts() {
        for path in ["/proc", "proc", "//proc/", "/proc/.", "/proc/1", "/./proc/sys/kernel", "/proc/cpuinfo/x"] {
            #expect(ProcMounts.refusal(of: path) != nil, "\(path)")
        }
        for path in ["/proc/meminfo", "/proc/uptime", "/process", "/a/proc", "/sys", "/"] {
            #expect(ProcMounts.refusal(of: path) == nil, "\(path)")
        }
    }

    @Test("a host name that a pod's name is cut to ends with a letter or a digit")
    func hostNames() {
        func name(_ pod: String) -> String {
            PodSpec(metadata: PodMetadata(name: pod), containers: []).effectiveHostname
        }
        let long = String(repeating: "a", count: 61)
        #expect(name("a.b") == "a.b" && name(long + "b.c") == long + "b" && name(long + "-.c") == long)
        #expect(name(long + ".bc") == long + ".b")
    }

    @Test("rights are taken away after the root is made and before the program: limits, user, capabilities")
    func order() throws {
        let plan = try container(readOnly: true, uid: 1000, privileges: false)
        let root = folder.container("id").root
        let places = [
            place(plan) { $0 == .makeDirectory(.inside(root: root, "/w"), parents: true) },
            place(plan) { $0 == .setMountOptions(.readOnly, on: .path(root)) },
            place(plan) { $0 == .pivotRoot(.path(root)) }, place(plan) { $0 == .changeDirectory("/w") },
            place(plan) { $0 == .limitCapabilities(ContainerRights.defaultCapabilities) },
            place(plan) { $0 == .setCredentials(uid: 1000, gid: 1000) },
            place(plan) { $0 == .keepCapabilities(ContainerRights.defaultCapabilities) },
            place(plan) { $0 == .noNewPrivileges }, place(plan) { $0 == .dieWithParent() },
            place(plan) { if case .end(.execute) = $0 { true } else { false } },
        ]
        #expect(places == places.sorted() && places.first ?? 0 > 0, "\(places)")
        #expect(!(try container().steps.contains(.noNewPrivileges)))
    }

    @Test("everything in an image's root is reached through the root, never by a path that a link could turn")
    func confined() throws {
        let root = folder.container("id").root
        let plan = try container(cgroups: CgroupMounts(legacy: [["memory"], ["cpu", "cpuacct"]]))
        #expect(plan.steps.contains(.makeSymbolicLink(.inside(root: root, "/sys/fs/cgroup/cpu"), to: "cpu,cpuacct")))
        for step in plan.steps {
            for case .path(let path) in step.placesForTests {
                #expect(!path.hasPrefix(root + "/"), "\(step.summary)")
            }
        }
    }

    @Test("volumes: what is made with the pod")
    func volumesMade() throws {
        let plan = try sandbox(volumes: [
            Volume(name: "e", source: .emptyDirectory(inMemory: false, sizeLimit: nil)),
            Volume(name: "c", source: .configMap(name: "m", files: ["b": "2", "a": "1"])),
            Volume(name: "h", source: .hostPath("/data", .directoryOrCreate)),
        ])
        #expect(plan.steps.contains(.setMode(.path(folder.volume("e")), 0o777)))
        let a = place(plan) { $0 == .writeFile(.inside(root: folder.volume("c"), "a"), contents: "1") }
        let b = place(plan) { $0 == .writeFile(.inside(root: folder.volume("c"), "b"), contents: "2") }
        #expect(0 < a && a < b)
        #expect(plan.steps.contains(.makeDirectory(.inside(root: "/", "/data"), parents: true)))
    }

    @Test("the hosts file names the pod")
    func hosts() {
        let spec = PodSpec(metadata: PodMetadata(name: "web"), containers: [])
        let lines = PodFiles.hosts(spec, address: .v4(10, 244, 0, 5)).split(separator: "\n")
        #expect(lines.contains("127.0.0.1\tlocalhost") && lines.last == "10.244.0.5\tweb")
        #expect(PodFiles.hostname(spec) == "web\n")
    }
}

extension Step {
    fileprivate var placesForTests: [Place] {
        switch self {
        case .mounts(.mount(_, let place, _)), .mounts(.setMountOptions(_, let place, _)),
            .mounts(.bind(_, let place, _, _)):
            [place]
        case .files(.makeDirectory(let place, _, _)), .files(.makeFile(let place, _)),
            .files(.writeFile(let place, _, _, _)), .files(.makeSymbolicLink(let place, _)):
            [place]
        case .mounts(.setPropagation), .mounts(.unmount), .files(.setMode), .files(.openForAppending), .identity,
            .descriptors, .roots, .networks, .rights, .limits, .process, .end:
            []
        }
    }
}
