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
    /// A path in the container.
    var terminationMessage: String

    private var root: String { folder.root }

    var plan: Plan {
        Plan(
            namespaces + [.setPropagation(.private), .setFileModeMask(0o022)]
                + ContainerLayers(image: image, folder: folder).steps + kernelFileSystems
                + sparingProc((cgroups?.mounting(inside: root) ?? []) + devices + files + volumes + messageFile)
                + directory
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

    /// Nothing in them is hidden: the host's root is not mapped in a node, and where something is hidden the kernel lets nobody inside
    /// mount another. An image whose /proc is a link could have something else there when the container runs.
    private var kernelFileSystems: [Step] {
        let quiet: MountOptions = [.noSuid, .noDevices, .noExecute]
        func place(_ path: String) -> Place { .mountPoint(root: root, path, ordinary: true) }
        return [
            .makeDirectory(place("/proc"), parents: true), .makeDirectory(place("/sys"), parents: true),
            .mount(.proc, on: place("/proc"), options: quiet),
            .mount(.sysfs, on: place("/sys"), options: quiet.union(.readOnly)),
        ]
    }

    /// The same steps, but for what would come to lie over /proc, or over all: wherever the image's links lead, the executor looks at
    /// what it has found before it mounts there.
    private func sparingProc(_ steps: [Step]) -> [Step] {
        func spared(_ place: Place) -> Place {
            if case .inside(root, let path) = place { .mountPoint(root: root, path) } else { place }
        }
        return steps.map { step in
            switch step {
            case .mounts(.bind(let source, let place, let recursive, let options)):
                .bind(from: source, to: spared(place), recursive: recursive, options: options)
            case .mounts(.mount(let system, let place, let options)):
                .mount(system, on: spared(place), options: options)
            case .files(.makeDirectory(let place, let mode, let parents)):
                .makeDirectory(spared(place), mode: mode, parents: parents)
            case .files(.makeFile(let place, let mode)): .makeFile(spared(place), mode: mode)
            case .mounts(.setPropagation), .mounts(.setMountOptions), .mounts(.unmount), .files(.writeFile),
                .files(.makeSymbolicLink), .files(.setMode), .files(.openForAppending), .identity, .descriptors,
                .roots, .networks, .rights, .limits, .process, .end:
                step
            }
        }
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

    /// A file of the node, so that its text is there when the container's root is gone. Whoever the container runs as writes it.
    private var messageFile: [Step] {
        let parent = terminationMessage.split(separator: "/").dropLast().joined(separator: "/")
        return [.makeFile(.path(folder.terminationMessage)), .setMode(.path(folder.terminationMessage), 0o666)]
            + (parent.isEmpty ? [] : [.makeDirectory(inside("/" + parent), parents: true)])
            + [
                .makeFile(inside(terminationMessage)),
                .bind(from: .path(folder.terminationMessage), to: inside(terminationMessage)),
            ]
    }

    /// A working directory that the image lacks is made, as other runtimes do.
    private var directory: [Step] {
        process.workingDirectory == "/" ? [] : [.makeDirectory(inside(process.workingDirectory), parents: true)]
    }

    /// A place in the container's root, which the image has filled: no link of the image's leads out of it.
    private func inside(_ path: String) -> Place { .inside(root: root, path) }
}
