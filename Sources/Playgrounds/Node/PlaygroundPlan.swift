// The playground as a plan: which namespaces, mounts and files the learner's node is made of, and why in this order.

import Isolation
import Pods
import SystemPackage

/// Where things are inside a playground that podlab itself needs. Learners may look at all of it.
package enum PlaygroundPath {
    static let folder = "/run/podlab"
    /// Start-up file of the playground's own bash.
    static let shellStartUp = "/run/podlab/bashrc"
    /// What the program `answer` writes.
    static let answer = "/run/podlab/answer"
    /// What is podlab in here: a link to the node's program.
    static let command = "/usr/local/bin/podlab"
    /// The folder of that program.
    static let programs = "/usr/local/lib/podlab"
}

/// Builds the plan of PID 1.
struct PlaygroundPlan {
    var courseRoot: FilePath
    /// The image store of the user; nil: there is none.
    var images: FilePath?
    /// The folder of the node's program; nil: there is none, and no pods.
    var programs: FilePath?
    var idMap: IDMap
    var scene: Scene
    var hostname = "node"
    /// The playground's end of the control socket; it becomes descriptor 3 of PID 1.
    var control: Int32
    /// Nil: the playground stays in podlab's own cgroup, and nothing of the kind is mounted in it.
    var cgroup: PlaygroundCgroup?
    var limits: PlaygroundLimits
    /// Bytes that the learner's files may take. They are in memory.
    var writable: UInt64 = 512 << 20

    /// Where the new root is put together: a folder that every machine has, hidden by a tmpfs in the new mount namespace.
    private let staging = "/tmp"
    private var root: String { staging + "/root" }

    var plan: Plan {
        let refusals: Isolation.Step = .refuseSystemCalls(except: Set(scene.calls))
        return Plan(
            beginning + layers + kernelFileSystems + podFolders + (cgroup?.mounts(below: root + "/sys") ?? []) + devices
                + ownFiles
                + sceneFiles + [
                    .pivotRoot(.path(root)),
                    .setHostname(hostname),
                    .bringUpLoopback,
                    .changeDirectory("/"),
                    // A session of its own: Ctrl-C at the tutor's terminal is not meant for PID 1.
                    .newSession,
                    refusals,
                    .duplicate(control, as: 3),
                    .execute(
                        .opened("podlab-init"), arguments: ["podlab-init"],
                        environment: ["PODLAB_ROLE=init", "PODLAB_CONTROL=3"]),
                ])
    }

    /// What needs the invoking user's rights to paths (a home folder may be closed to others) comes before the credentials
    /// change.
    private var beginning: [Isolation.Step] {
        // Two pid namespaces, one in the other: the outer one for the guard, which nobody inside can see. A time namespace is taken on by
        // the next process that is forked, and by none that shares its parent's memory, so it is made where a fork follows.
        let first = Set<Namespace>([.user, .pid, .time]).intersection(.sandbox)
        var steps: [Isolation.Step] = [.unshare(first)]
        steps += limits.outside
        steps += [.openExecutable(as: "podlab-init"), .mapIDs(idMap)]
        steps.append(.guarded(control: control, cgroup: cgroup?.birthplace))
        // The guard stays where podlab is: what the learner does to a cgroup is not done to it.
        steps += cgroup?.entering ?? [.unshare([.cgroup])]
        steps.append(.unshare(.sandbox.subtracting(first).subtracting([.network, .cgroup])))
        steps.append(.openTree(.path(courseRoot.string), as: "course root"))
        if let images { steps.append(.openTree(.path(images.string), as: "images")) }
        if let programs { steps.append(.openTree(.path(programs.string), as: "programs")) }
        steps += [
            .setCredentials()
        ]
        // Before anybody is inside who could take them off.
        if images != nil {
            steps.append(.lockMountOptions([.readOnly, .noSuid, .noDevices], ofTree: "images", at: staging))
        }
        steps += [
            // The files of a network namespace below /proc/net belong to the root of its user namespace as it is mapped at
            // this moment; made before the map, they would belong to nobody.
            .unshare([.network])
        ]
        steps += limits.inside
        // Nothing that is mounted in here reaches the host.
        steps.append(.setPropagation(.private))
        return steps
    }

    private var layers: [Isolation.Step] {
        [
            .mount(.tmpfs(size: writable, mode: 0o755), on: .path(staging)),
            .makeDirectory(.path(staging + "/lower")),
            .makeDirectory(.path(staging + "/upper")),
            .makeDirectory(.path(staging + "/work")),
            .makeDirectory(.path(root)),
            .bind(from: .opened("course root"), to: .path(staging + "/lower")),
            .mount(
                .overlay(lower: [staging + "/lower"], upper: staging + "/upper", work: staging + "/work"),
                on: .path(root)),
        ]
    }

    /// A user namespace may mount a new proc or sysfs only where an unobstructed one is visible, so nothing is mounted over
    /// these, and a spare of each stays for `ip netns exec`, which takes /sys away before it mounts another.
    private var kernelFileSystems: [Isolation.Step] {
        [
            .mount(.proc, on: .path(root + "/proc")),
            .mount(.sysfs, on: .path(root + "/sys")),
            .mount(.tmpfs(size: 64 << 20, mode: 0o755), on: .path(root + "/run")),
            .makeDirectory(.path(root + PlaygroundPath.folder)),
            .makeDirectory(.path(root + PlaygroundPath.folder + "/spare-proc")),
            .makeDirectory(.path(root + PlaygroundPath.folder + "/spare-sys")),
            .mount(.proc, on: .path(root + PlaygroundPath.folder + "/spare-proc")),
            .mount(.sysfs, on: .path(root + PlaygroundPath.folder + "/spare-sys")),
            .makeDirectory(.path(root + "/run/netns")),
            .makeDirectory(.path(root + "/run/lock"), mode: 0o1777),
        ]
    }

    /// What `podlab pod` needs on a node.
    private var podFolders: [Isolation.Step] {
        var steps: [Isolation.Step] = [
            .makeFile(.path(root + NodePaths.mark)),
            .makeDirectory(.path(root + NodePaths.standard.pods), parents: true),
            .mount(.tmpfs(size: writable, mode: 0o755), on: .path(root + NodePaths.standard.pods)),
            .makeDirectory(.path(staging + "/nothing")),
        ]
        if images != nil {
            // The store itself: overlays of containers lie over its layers, and an overlay over an overlay shows no whiteouts. Whoever
            // is root in here could take the flag off another read-only mount, and write to the user's own files; not off this one.
            steps += [
                .makeDirectory(.path(root + NodePaths.images), parents: true),
                .bind(from: .opened("images"), to: .path(root + NodePaths.images)),
            ]
        }
        if programs != nil { steps += nodeProgram }
        return steps
    }

    /// A folder of this machine that nobody in here can write to: an overlay without an upper layer cannot be made writable, and what it
    /// lies over is out of reach once the root is pivoted.
    private var nodeProgram: [Isolation.Step] {
        let (lower, place) = (staging + "/programs", root + PlaygroundPath.programs)
        return [
            .makeDirectory(.path(lower)),
            .bind(from: .opened("programs"), to: .path(lower)),
            .makeDirectory(.path(place), parents: true),
            .mount(.overlay(lower: [lower, staging + "/nothing"]), on: .path(place)),
            .makeSymbolicLink(
                .path(root + PlaygroundPath.command), to: PlaygroundPath.programs + "/" + NodeProgram.name),
        ]
    }

    /// mknod is not for user namespaces, so the host's own harmless devices are bound in. /dev must have mode 0755: in a sticky
    /// folder that all may write, `fs.protected_regular` refuses every `2>/dev/null`.
    private var devices: [Isolation.Step] {
        let dev = root + "/dev"
        var steps: [Isolation.Step] = [.mount(.tmpfs(size: 1 << 20, mode: 0o755), on: .path(dev))]
        for name in ["null", "zero", "full", "random", "urandom", "tty"] {
            steps.append(.makeFile(.path("\(dev)/\(name)"), mode: 0o666))
            steps.append(.bind(from: .path("/dev/\(name)"), to: .path("\(dev)/\(name)")))
        }
        for (name, target) in [
            ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
        ] {
            steps.append(.makeSymbolicLink(.path("\(dev)/\(name)"), to: target))
        }
        return steps + [
            .makeDirectory(.path(dev + "/pts")),
            .mount(.devpts(), on: .path(dev + "/pts")),
            .makeDirectory(.path(dev + "/shm")),
            .mount(.tmpfs(size: 64 << 20, mode: 0o1777), on: .path(dev + "/shm")),
            .makeDirectory(.path(dev + "/mqueue")),
            .mount(.mqueue, on: .path(dev + "/mqueue")),
        ]
    }

    private var ownFiles: [Isolation.Step] {
        [
            .writeFile(.path(root + PlaygroundPath.shellStartUp), contents: shellStartUp),
            .writeFile(.path(root + "/etc/hostname"), contents: hostname + "\n"),
        ]
    }

    private var sceneFiles: [Isolation.Step] {
        scene.directories.map { .makeDirectory(.inside(root: root, $0), parents: true) }
            + scene.files.flatMap { file -> [Isolation.Step] in
                let folder = FilePath(file.path).removingLastComponent().string
                return [
                    .makeDirectory(.inside(root: root, folder), parents: true),
                    .writeFile(.inside(root: root, file.path), contents: file.text, mode: file.mode),
                ]
            }
    }

    /// The prompts are single control characters that terminals do not show; `Typist` takes them out again. They are not
    /// exported, so that a shell which the learner starts has the prompt that it has everywhere.
    private var shellStartUp: String {
        """
        # Start-up file of the playground's own shell.
        PS1=$'\\x1e'
        PS2=$'\\x1f'
        PROMPT_COMMAND=
        export -n PS1 PS2
        HISTFILE=
        shopt -s checkwinsize
        """ + "\n"
    }
}
