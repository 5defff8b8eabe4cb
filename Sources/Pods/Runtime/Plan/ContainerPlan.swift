// A container as a plan: into the sandbox's namespaces, then a root of its own, then fewer rights, then the program.

import Isolation

struct ContainerPlan {
    var pod: PodFolder
    var folder: ContainerFolder
    var image: ContainerImage
    var process: ContainerProcess
    var rights: ContainerRights
    var isRootReadOnly: Bool
    /// The pidfd of pause.
    var pause: Int32
    var sharesProcessNamespace: Bool
    /// The steps by which it goes into its cgroup, where clone3 does not put it there.
    var joining: [Step]
    /// What is mounted at /sys/fs/cgroup; nil: this node has no cgroups.
    var cgroups: CgroupMounts?
    var outOfMemoryScore: Int
    /// The steps that bring the volumes in.
    var volumes: [Step]

    private var root: String { folder.root }

    var plan: Plan {
        Plan(
            namespaces + [.setPropagation(.private), .setFileModeMask(0o022)]
                + layers + kernelFileSystems + devices + files + volumes + directory
                + (isRootReadOnly ? [.setMountOptions(.readOnly, on: .path(root))] : [])
                + [.pivotRoot(.path(root)), .changeDirectory(.path(process.workingDirectory)), .newSession]
                + rights.steps
                + [
                    .dieWithParent(),
                    .execute(
                        .path(process.arguments[0]), arguments: process.arguments, environment: process.environment),
                ])
    }

    private var namespaces: [Step] {
        // The cgroup that a process is in when it makes a cgroup namespace becomes the namespace's root, so clone3 cannot make that one.
        let cgroup: [Step] =
            joining + (cgroups == nil ? [] : [.unshare([.cgroup])]) + [.setOOMScoreAdjustment(outOfMemoryScore)]
        let shared: Set<Namespace> = [.network, .ipc, .uts]
        if sharesProcessNamespace {
            return [.unshare([.mount])] + cgroup
                + [.join(shared.union([.pid]), of: .process(pidfd: pause)), .enterProcessNamespace]
        }
        return [.unshare([.mount, .pid])] + cgroup + [.join(shared, of: .process(pidfd: pause))]
    }

    /// Layers are named relative to the folder that all are in: the kernel takes a page of text for all of them.
    private var layers: [Step] {
        let common = Self.commonFolder(image.layers)
        let lower = image.layers.reversed().map { layer in
            common.map { String(layer.dropFirst($0.count + 1)) } ?? layer
        }
        return [
            .makeDirectory(.path(folder.upper), parents: true), .makeDirectory(.path(folder.work)),
            .makeDirectory(.path(root)),
        ] + (common.map { [.changeDirectory(.path($0))] } ?? []) + [
            .mount(.overlay(lower: lower, upper: folder.upper, work: folder.work), on: .path(root))
        ]
    }

    /// nil: they are in several, or there is but one.
    static func commonFolder(_ layers: [String]) -> String? {
        func folder(_ path: String) -> Substring? { path.lastIndex(of: "/").map { path[..<$0] } }
        guard layers.count > 1, let first = layers.first.flatMap(folder), !first.isEmpty,
            layers.allSatisfy({ folder($0) == first && !$0.hasSuffix("/") })
        else { return nil }
        return String(first)
    }

    /// Nothing in them is hidden: the host's root is not mapped in a node, and where something is hidden the kernel lets nobody inside
    /// mount another.
    private var kernelFileSystems: [Step] {
        let quiet: MountOptions = [.noSuid, .noDevices, .noExecute]
        return [
            .makeDirectory(inside("/proc"), parents: true), .makeDirectory(inside("/sys"), parents: true),
            .mount(.proc, on: inside("/proc"), options: quiet),
            .mount(.sysfs, on: inside("/sys"), options: quiet.union(.readOnly)),
        ] + (cgroups?.mounting(inside: root) ?? [])
    }

    /// In a folder that all may write, `fs.protected_regular` would refuse every `2>/dev/null`: 0755.
    private var devices: [Step] {
        var steps: [Step] = [
            .makeDirectory(inside("/dev"), parents: true),
            .mount(.tmpfs(size: 64 << 10, mode: 0o755), on: inside("/dev"), options: [.noSuid, .noExecute]),
        ]
        for name in ["null", "zero", "full", "random", "urandom", "tty"] {
            steps.append(.makeFile(inside("/dev/" + name), mode: 0o666))
            steps.append(.bind(from: .path("/dev/" + name), to: inside("/dev/" + name)))
        }
        for (name, target) in [
            ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
        ] {
            steps.append(.makeSymbolicLink(inside("/dev/" + name), to: target))
        }
        let quiet: MountOptions = [.noSuid, .noExecute]
        return steps + [
            .makeDirectory(inside("/dev/pts")),
            .mount(.devpts(), on: inside("/dev/pts"), options: quiet),
            .makeDirectory(inside("/dev/shm")),
            .bind(from: .path(pod.sharedMemory), to: inside("/dev/shm"), options: quiet.union(.noDevices)),
            .makeDirectory(inside("/dev/mqueue")),
            .mount(.mqueue, on: inside("/dev/mqueue"), options: quiet.union(.noDevices)),
        ]
    }

    /// The files that all containers of the pod have in common.
    private var files: [Step] {
        [.makeDirectory(inside("/etc"), parents: true)]
            + ["hosts", "hostname", "resolv.conf"].flatMap { name -> [Step] in
                [
                    .makeFile(inside("/etc/" + name)),
                    .bind(from: .path("\(pod.files)/\(name)"), to: inside("/etc/" + name)),
                ]
            }
    }

    /// A working directory that the image lacks is made, as other runtimes do.
    private var directory: [Step] {
        process.workingDirectory == "/" ? [] : [.makeDirectory(inside(process.workingDirectory), parents: true)]
    }

    /// A place in the container's root, which the image has filled: no link of the image's leads out of it.
    private func inside(_ path: String) -> Place { .inside(root: root, path) }
}
