// A container: started into its pod's sandbox, signalled, looked at, removed.

import CIsolation
import Glibc
import Isolation
import Linux
import SystemPackage

/// One run of one container. A restart is another one. Used from one thread.
package final class PodContainer {
    package let id: String
    package let name: String
    /// Its first process.
    package let child: Child
    let sandbox: PodSandbox
    let folder: ContainerFolder
    let cgroup: Cgroup?
    let process: ContainerProcess
    let rights: ContainerRights
    let outOfMemoryScore: Int
    /// Where neither a cgroup nor a pid namespace holds its processes together, this tells them.
    private let mountNamespace: ino_t?
    /// What is executed in it beside its first process.
    private var others: [WeakChild] = []
    private var isRemoved = false

    /// 64 random hexadecimal digits.
    package static func newID() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Starts it, and returns when its program has been executed; or leaves nothing behind.
    /// - Parameters:
    ///   - restart: how many runs of this container there were before.
    ///   - output, error: where its streams lead; they stay the caller's, who closes them.
    ///   - input: nil: /dev/null.
    package static func start(
        _ container: ContainerSpec, of spec: PodSpec, image: ContainerImage, in sandbox: PodSandbox, id: String,
        restart: UInt32, output: Int32, error: Int32, input: Int32? = nil
    ) throws(PodError) -> PodContainer {
        let node = sandbox.node
        func refuse(_ meaning: String, _ reason: String, hint: String? = nil, errno: Errno? = nil) -> PodError {
            PodError("start container", container.name, errno: errno, meaning: meaning, hint: hint, reason: reason)
        }
        guard !id.isEmpty, id.utf8.allSatisfy({ $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ".") && $0 != 0 }) else {
            throw refuse("\(id) is no name of a folder", "CreateContainerError")
        }
        guard !image.layers.isEmpty else { throw refuse("the image has no layers", "CreateContainerError") }
        let rights: ContainerRights
        let process: ContainerProcess
        do {
            let user = try ContainerUser(
                container: container.securityContext, pod: spec.securityContext, image: image.user,
                database: try node.users(of: image), known: node.ids)
            rights = try ContainerRights(user: user, container.securityContext)
            process = try ContainerProcess(
                container, image: image, hostname: spec.effectiveHostname, home: user.home)
        } catch let error as UserError {
            throw refuse(error.problem, "CreateContainerError", hint: error.hint)
        } catch let error as CapabilityError {
            throw refuse("unknown capability \(error.name)", "CreateContainerError", hint: "see capabilities(7)")
        } catch let error as ProcessError {
            throw refuse(error.problem, "CreateContainerError")
        } catch let error as Errno {
            throw refuse(
                "read the image's users: \(error.named)", "CreateContainerError", errno: error)
        } catch {
            throw refuse("\(error)", "CreateContainerError")
        }
        let folder = sandbox.folder.container(id)
        let volumes = try volumeSteps(container, in: sandbox, folder: folder)
        let score = QualityOfService(spec).outOfMemoryScore(
            of: container, memory: node.memory, floor: node.outOfMemoryFloor)
        // What a user other than root is to write to must be his: `>/dev/stdout` opens it anew.
        if rights.user.uid != 0 {
            for stream in [output, error] { fchown(stream, rights.user.uid, rights.user.gid) }
        }
        do throws(PodError) {
            try ContainerLayers(image: image, folder: folder).correct(known: node.ids)
        } catch {
            TreeRemoval.remove(folder.path)
            throw error
        }
        var cgroup: Cgroup?
        // The plan has descriptors as numbers: of the cgroup, and of pause.
        defer { withExtendedLifetime((cgroup, sandbox)) {} }
        do throws(IsolationError) {
            if let pod = sandbox.cgroup {
                cgroup = try node.cgroups?.container(id, in: pod, limits: ResourceLimits(container.resources))
            }
            let plan = ContainerPlan(
                pod: sandbox.folder, folder: folder, image: image, process: process, rights: rights,
                isRootReadOnly: container.securityContext.readOnlyRootFilesystem, pause: sandbox.pause.pidfd,
                sharesProcessNamespace: spec.shareProcessNamespace, joining: cgroup?.stepsOfJoining ?? [],
                cgroups: cgroup.map { CgroupMounts($0) }, outOfMemoryScore: score, volumes: volumes,
                terminationMessage: container.terminationMessagePath
            ).plan
            let streams = StandardStreams(
                input: input.map { .descriptor($0) } ?? .null, output: .descriptor(output), error: .descriptor(error))
            let child = try plan.start(StartOptions(streams: streams, cgroup: cgroup?.birthplace))
            return PodContainer(
                id: id, name: container.name, child: child, sandbox: sandbox, folder: folder, cgroup: cgroup,
                process: process, rights: rights, outOfMemoryScore: score)
        } catch {
            try? cgroup?.remove(patience: .seconds(1))
            TreeRemoval.remove(folder.path)
            throw PodError(starting: container.name, process, error)
        }
    }

    private static func volumeSteps(
        _ container: ContainerSpec, in sandbox: PodSandbox, folder: ContainerFolder
    ) throws(PodError) -> [Step] {
        // A mount in a folder of another goes after it, in whatever order they are named.
        func depth(_ mount: VolumeMount) -> Int { mount.place.split(separator: "/").count }
        var steps: [Step] = []
        let mounts = container.volumeMounts.enumerated().sorted {
            (depth($0.element), $0.offset) < (depth($1.element), $1.offset)
        }
        for (number, mount) in mounts {
            func refuse(_ meaning: String) -> PodError {
                PodError("start container", container.name, meaning: meaning, reason: "CreateContainerConfigError")
            }
            guard let volume = sandbox.volumes.first(where: { $0.name == mount.name }) else {
                throw refuse("volumeMounts: no volume is named \(mount.name)")
            }
            guard depth(mount) > 0 else {
                throw refuse("volumeMounts: \(mount.mountPath) is no place below / for volume \(mount.name)")
            }
            if let refusal = ProcMounts.refusal(of: mount.place) {
                throw PodError("start container", container.name, meaning: refusal, reason: "RunContainerError")
            }
            if let part = mount.subPath, part.hasPrefix("/") || part.split(separator: "/").contains("..") {
                throw refuse("volumeMounts: subPath \(part) of volume \(mount.name) is absolute or has .. in it")
            }
            steps += try volume.binding(mount, number: number, into: folder)
        }
        return steps
    }

    private struct WeakChild {
        weak var child: Child?
    }

    private init(
        id: String, name: String, child: Child, sandbox: PodSandbox, folder: ContainerFolder, cgroup: Cgroup?,
        process: ContainerProcess, rights: ContainerRights, outOfMemoryScore: Int
    ) {
        self.id = id
        self.name = name
        self.child = child
        self.sandbox = sandbox
        self.folder = folder
        self.cgroup = cgroup
        self.process = process
        self.rights = rights
        self.outOfMemoryScore = outOfMemoryScore
        let isLoose = sandbox.spec.shareProcessNamespace && cgroup == nil
        mountNamespace = isLoose ? PodNode.mountNamespace(of: "\(child.pid)") : nil
        sandbox.adopt(self)
    }

    deinit { remove() }

    func adopt(_ child: Child) {
        others.removeAll { $0.child == nil }
        others.append(WeakChild(child: child))
    }

    /// To the first process. One that has ended is no error.
    package func signal(_ number: Int32) { try? child.signal(number) }

    /// SIGKILL to all of it, without waiting.
    package func kill() {
        signal(SIGKILL)
        if sandbox.spec.shareProcessNamespace, let part = cgroup?.parts.first(where: { $0.has("cgroup.kill") }) {
            try? part.write("cgroup.kill", "1")
        }
    }

    /// Whether the kernel has killed a process of it for want of memory: its own counter. Asked after its end and before `remove`.
    package func wasOOMKilled() -> Bool {
        guard let cgroup, let cgroups = sandbox.node.cgroups else { return false }
        return cgroups.memoryKills(in: cgroup) > 0
    }

    /// What it has left in its termination message file: the end of it, as the kubelet takes it; nil: nothing.
    package func terminationMessage() -> String? {
        let path = folder.terminationMessage
        guard let file = try? Descriptor.open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let text = try? file.ending(limit: 4096, object: path), !text.isEmpty
        else { return nil }
        return text
    }

    /// Ends what is left of it and takes away its cgroup and its files. The second time it does nothing.
    package func remove() {
        guard !isRemoved else { return }
        isRemoved = true
        // PID 1 of a pid namespace ends when all others have been reaped, which is this process's part. Whoever waits for one of
        // these still finds how it ended.
        signal(SIGKILL)
        for other in others {
            guard let child = other.child else { continue }
            try? child.signal(SIGKILL)
            _ = try? child.wait(for: .seconds(5))
        }
        child.close(patience: .seconds(10))
        // In a pid namespace of its own everything has ended with its first process. In the pod's, what that has left behind is
        // pause's now.
        if sandbox.spec.shareProcessNamespace { endOthers() }
        try? cgroup?.remove(patience: .seconds(2))
        TreeRemoval.remove(folder.path)
    }

    private func endOthers() {
        if let cgroup {
            try? cgroup.kill()
            return
        }
        guard let mountNamespace else { return }
        sandbox.node.endProcesses(withUpperLayerBelow: folder.path + "/", in: mountNamespace)
    }
}

extension PodError {
    /// A container's plan has failed: what could not be executed is told in the words of the kubelet.
    init(starting name: String, _ process: ContainerProcess, _ error: IsolationError) {
        if let refusal = error.refusal, let path = error.failed?.mountPoint {
            let meaning = ProcMounts.words(for: refusal, path)
            self.init("start container", name, errno: error.errno, meaning: meaning, reason: "RunContainerError")
            return
        }
        guard let meaning = PodError.execution(process, error) else {
            self.init("start container", name, error, reason: "CreateContainerError")
            return
        }
        self.init("start container", name, errno: error.errno, meaning: meaning, reason: "RunContainerError")
    }

    /// Why a program could not be executed; nil: another step is to blame.
    static func execution(_ process: ContainerProcess, _ error: IsolationError) -> String? {
        guard case .end(.execute) = error.failed, let errno = error.errno, let program = process.arguments.first
        else { return nil }
        let why: String =
            switch errno {
            case .noSuchFileOrDirectory where program.contains("/"): "stat \(program): no such file or directory"
            case .noSuchFileOrDirectory: "executable file not found in $PATH"
            case .init(rawValue: ENOEXEC): "exec format error"
            default: errno.words
            }
        return "exec: \"\(program)\": \(why)"
    }
}

extension Step {
    /// The path in the container's root at which this step mounts something, or makes the place for it.
    fileprivate var mountPoint: String? {
        let place: Place? =
            switch self {
            case .mounts(.bind(_, let place, _, _)), .mounts(.mount(_, let place, _)),
                .files(.makeDirectory(let place, _, _)), .files(.makeFile(let place, _)):
                place
            case .mounts(.setPropagation), .mounts(.setMountOptions), .mounts(.unmount), .files(.writeFile),
                .files(.makeSymbolicLink), .files(.setMode), .files(.openForAppending), .identity, .descriptors,
                .roots, .networks, .rights, .limits, .process, .end:
                nil
            }
        if case .mountPoint(_, let path, _) = place { return path }
        return nil
    }
}
