// A running playground: started or attached to, entered, ended.

import CIsolation
import Glibc
import Images
import Isolation
import KernelState
import Linux
import SystemPackage
import Terminals

/// The disposable sandbox in which the learner is root; it plays the node of the lessons. One that this process has started lives
/// as long as this object: the control socket that PID 1 watches is closed with it, by the kernel too when this process is killed.
/// One that was attached to lives on; only what this process brought in ends with the attachment.
package final class Playground {
    /// The playground as checks see it.
    package let node: NodeView
    /// Decoys and hosts of the scene, by name.
    package internal(set) var decoys: [String: ProcessIdentity] = [:]
    private let hold: PlaygroundHold
    private let limits: PlaygroundLimits
    private let cgroup: PlaygroundCgroup?
    /// Those that are not refused.
    let calls: Set<SystemCallGroup>
    let environment: [String]
    private var shells: [Weak<PlaygroundShell>] = []
    private var witnesses: [SignalWitness] = []
    /// What the agent is started from; nil: this machine has none, or somebody else has started this playground.
    private(set) var nodeProgram: OpenedNodeProgram?
    /// The files of the course's programs, as they were before anybody was in it; of a playground that was attached to, nothing.
    private(set) var programs = ProgramRecord()
    /// The layers that its containers may stand on stay as long as this lives.
    private var storeUse: StoreUse?
    private var isOver = false

    /// Starts a playground and its scene, and returns when PID 1 is ready.
    /// - Parameters:
    ///   - variables: environment of everything that runs inside: `BOX` and the like.
    ///   - images: the image store that its pods have; nil: the one beside the course roots, if there is one.
    ///   - cgroup: where it is limited and where it may make cgroups of its own. Its owner removes it after the end.
    package static func start(
        courseRoot: FilePath, images: FilePath? = nil, scene: Scene = Scene(), variables: [String: String] = [:],
        cgroup: PlaygroundCgroup? = nil
    ) throws -> Playground {
        var ends: [Int32] = [-1, -1]
        let made = iso_socket_pair(&ends)
        guard made >= 0 else { throw PlaygroundError.system(operation: "make a socket pair", errno: -made) }
        let own = ControlSocket(ends[0])
        let theirs = ControlSocket(ends[1])
        let limits = PlaygroundLimits.new
        let programs = NodeProgram.folder
        let images = images ?? NodeImages(beside: courseRoot).store
        let storeUse = try images.flatMap { try StoreUse.begin(ImageStore(path: $0)) }
        let plan = PlaygroundPlan(
            courseRoot: courseRoot, images: images, programs: programs,
            idMap: .automatic, scene: scene, control: theirs.descriptor, cgroup: cgroup,
            limits: limits
        ).plan
        do {
            let child = try plan.start(StartOptions(streams: .null))
            theirs.close()
            for text in RefusedIDMaps.take() { warn(text) }
            if let trouble = Self.awaitReady(own.descriptor) {
                child.close()
                throw PlaygroundError.notReady("PID 1 \(trouble)")
            }
            guard let first = child.guarded else {
                child.close()
                throw PlaygroundError.notReady("PID 1 is not there")
            }
            let playground = Playground(
                .owned(child, first, own), node: try NodeView(initProcess: ProcessID(first.pid)), limits: limits,
                cgroup: cgroup, calls: scene.calls, variables: variables)
            playground.storeUse = storeUse
            if programs != nil { playground.nodeProgram = try OpenedNodeProgram(in: playground.node) }
            playground.programs = try ProgramRecord(in: playground.node)
            for decoy in scene.decoys { try playground.startDecoy(decoy) }
            for host in scene.hosts { try playground.startHost(host) }
            try cgroup?.handOnControllers()
            if let box = scene.box { try playground.pack(box, from: courseRoot) }
            return playground
        } catch let error as IsolationError {
            throw PlaygroundError.refused(error)
        }
    }

    /// Attaches to a playground that another podlab process owns. Its PID 1 is held by a pidfd, and is the recorded process and no
    /// later one with its number.
    /// - Parameters:
    ///   - variables: environment of everything that is brought in: `BOX` and the like.
    ///   - cgroup: the playground's, where what is brought in joins the others.
    ///   - calls: those that are not refused in it.
    /// - Throws: `PlaygroundError.notAttached` when there is no such process any more, or when it is no playground's.
    package static func attach(
        to process: ProcessIdentity, decoys: [String: ProcessIdentity] = [:], variables: [String: String] = [:],
        cgroup: PlaygroundCgroup? = nil, calls: [SystemCallGroup] = []
    ) throws(PlaygroundError) -> Playground {
        let handle = try HeldProcess(process)
        // A record is a file: that it names the first process of a pid namespace that is not our own is asked of the kernel.
        guard let node = try? NodeView(initProcess: process.pid), node.initProcess == process,
            ProcessState.read(process.pid, fields: .status)?.numberInside == 1,
            let own = ProcessState.read(.current, fields: .namespaces)?.namespace(.pid), node.namespaces[.pid] != own
        else {
            throw .notAttached("process \(process.pid) is not PID 1 of a playground of this user")
        }
        let playground = Playground(
            .attached(handle), node: node, limits: PlaygroundLimits(of: process.pid), cgroup: cgroup,
            calls: calls, variables: variables)
        playground.decoys = decoys
        return playground
    }

    private init(
        _ hold: PlaygroundHold, node: NodeView, limits: PlaygroundLimits, cgroup: PlaygroundCgroup?,
        calls: [SystemCallGroup], variables: [String: String]
    ) {
        var environment = [
            "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash", "LANG": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        environment.merge(variables) { _, new in new }
        self.environment = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        self.hold = hold
        self.node = node
        self.limits = limits
        self.cgroup = cgroup
        self.calls = Set(calls)
    }

    deinit { end() }

    /// Waits until the other end says that it is ready. Nil: it has; else what happened instead.
    static func awaitReady(_ socket: Int32) -> String? {
        // A machine under load may need seconds for what takes a millisecond.
        guard iso_poll(socket, Int32(POLLIN), 20_000) & Int32(POLLIN) != 0 else { return "was not ready within 20 s" }
        var byte: UInt8 = 0
        var none: Int32 = -1
        let isReady = iso_receive(socket, &byte, 1, &none) == 1 && byte == UInt8(ascii: "r")
        if none >= 0 { close(none) }
        return isReady ? nil : "ended before it was ready"
    }

    /// Who, outside, is the root of a playground that this process starts: the owner that a course root must have.
    package static var rootOwner: (user: UInt32, group: UInt32) {
        guard case .ranges(let users, let groups) = IDMap.automatic.resolved else { return (geteuid(), getegid()) }
        return (
            users.first { $0.inside == 0 }?.outside ?? geteuid(), groups.first { $0.inside == 0 }?.outside ?? getegid()
        )
    }

    // MARK: Entering

    /// The steps that bring a process into the playground as its root user. The namespaces are those of PID 1, by pidfd.
    func entering(directory: String, openFiles: UInt64 = PlaygroundLimits.openFiles) -> [Isolation.Step] {
        (cgroup?.joining ?? []) + limits.outside + [
            .join(.sandbox, of: .process(pidfd: hold.pidfd)), .setCredentials(),
            .refuseSystemCalls(except: calls),
            .enterProcessNamespace,
        ] + limits.inside(openFiles: openFiles) + [.changeDirectory(.path(directory))]
    }

    /// Opens a terminal with the playground's own bash on it, and waits until it takes input.
    /// - Parameter journal: where signals sent from this shell are witnessed; nil: nobody watches.
    package func openShell(
        terminal: String, rows: UInt16, columns: UInt16, journal: FilePath?
    ) throws -> PlaygroundShell {
        let shell = try open(
            program: .path("/bin/bash"),
            arguments: ["bash", "--noediting", "--rcfile", PlaygroundPath.shellStartUp, "-i"],
            terminal: terminal, rows: rows, columns: columns, journal: journal)
        try shell.typist.settle(seconds: 10)
        return shell
    }

    /// Opens a terminal with podlab itself on it, running inside the playground. Returns at once.
    package func openSelf(arguments: [String], journal: FilePath?) throws -> PlaygroundShell {
        try open(
            program: .opened("podlab"), arguments: ["podlab"] + arguments, terminal: "dumb", rows: 24, columns: 120,
            journal: journal)
    }

    private func open(
        program: Program, arguments: [String], terminal: String, rows: UInt16, columns: UInt16, journal: FilePath?
    ) throws -> PlaygroundShell {
        let pty = try PseudoTerminal(in: node, rows: rows, columns: columns)
        var steps: [Isolation.Step] =
            program == .opened("podlab") ? [.openExecutable(.path("/proc/self/exe"), as: "podlab")] : []
        steps += entering(directory: "/root")
        steps.append(.setControllingTerminal(pty.slave))
        if journal != nil { steps.append(.witnessSignals) }
        steps.append(.execute(program, arguments: arguments, environment: environment + ["TERM=\(terminal)"]))
        let child = try started { try Plan(steps).start(StartOptions(streams: .terminal(pty.slave))) }
        try witness(child, journal: journal)
        let shell = PlaygroundShell(child: child, terminal: pty, playground: self)
        shells.append(Weak(value: shell))
        return shell
    }

    /// Watches what a program does whose plan had `.witnessSignals`. What it started may outlive it and is watched on, so the witness
    /// belongs to the playground.
    func witness(_ child: Child, journal: FilePath?) throws {
        guard let journal, let listener = child.takeListener() else { return }
        // Whoever opens shells without end must not fill this process with the witnesses of those that are gone.
        let over = witnesses.filter(\.isOver)
        witnesses.removeAll { witness in over.contains { $0 === witness } }
        for witness in over { witness.stop() }
        witnesses.append(try SignalWitness(listener: listener, node: node, decoys: decoys, journal: journal))
    }

    func started(_ body: () throws -> Child) throws -> Child {
        do {
            return try body()
        } catch let error as IsolationError {
            throw PlaygroundError.notRun(error)
        }
    }

    // MARK: Files

    /// Removes a file of the playground, if it is there. The folder is found inside the playground's root and nowhere else.
    package func removeFile(_ path: String) {
        let parts = FilePath(path)
        guard let name = parts.lastComponent?.string else { return }
        guard let root = try? Descriptor.root(ofProcess: node.initProcess.pid.rawValue),
            let folder = try? Descriptor.open(
                parts.removingLastComponent().string, inRoot: root.raw, flags: O_RDONLY | O_DIRECTORY, rules: .noLinks)
        else { return }
        unlinkat(folder.raw, name, 0)
    }

    // MARK: Ending

    /// Ends PID 1, and with it everything inside, and waits until the kernel has taken all of it down, but not for ever: what does not
    /// end is noted as `Unended`. Of a playground that was attached to, only the shells that were opened here are ended.
    package func end() {
        guard !isOver else { return }
        isOver = true
        hold.kill()
        // PID 1 is gone only when every process of its namespace has been reaped, and those that podlab brought in are
        // podlab's to reap.
        let deadline = ContinuousClock.now + Child.patience
        for shell in shells {
            shell.value?.end(patience: max(.milliseconds(100), ContinuousClock.now.duration(to: deadline)))
        }
        hold.close()
        // Nobody is left to be watched.
        for witness in witnesses { witness.stop() }
    }
}

/// A reference that does not keep alive.
private struct Weak<Object: AnyObject> {
    weak var value: Object?
}
