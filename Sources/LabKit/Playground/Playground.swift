// A running playground: started, entered, ended.

import CIsolation
import Foundation
import Glibc
import Isolation
import KernelState
import SystemPackage

/// The disposable sandbox in which the learner is root; it plays the node of the lessons. It lives as long as this object: the
/// control socket that PID 1 watches is closed with it, by the kernel too when this process is killed.
package final class Playground {
    /// The playground as checks see it.
    package let node: NodeView
    package private(set) var decoys: [String: ProcessIdentity] = [:]
    private let initChild: Child
    private let control: ControlSocket
    private let environment: [String]
    private var shells: [Weak<PlaygroundShell>] = []
    private var witnesses: [SignalWitness] = []
    private var isOver = false

    /// Starts a playground and its scene, and returns when PID 1 is ready.
    /// - Parameter variables: environment of everything that runs inside: `BOX` and the like.
    package static func start(
        courseRoot: FilePath, scene: Scene = Scene(), variables: [String: String] = [:]
    ) throws -> Playground {
        var ends: [Int32] = [-1, -1]
        let made = iso_socket_pair(&ends)
        guard made >= 0 else { throw PlaygroundError.system(operation: "make a socket pair", errno: -made) }
        let own = ControlSocket(ends[0])
        let theirs = ControlSocket(ends[1])
        let plan = PlaygroundPlan(
            courseRoot: courseRoot, idMap: .automatic, scene: scene, control: theirs.descriptor
        ).plan
        do {
            let child = try plan.start(StartOptions(streams: .null))
            theirs.close()
            let playground = try Playground(child, control: own, scene: scene, variables: variables)
            if let box = scene.box { try playground.pack(box, from: courseRoot) }
            return playground
        } catch let error as IsolationError {
            throw PlaygroundError.refused(error)
        }
    }

    private init(_ child: Child, control: ControlSocket, scene: Scene, variables: [String: String]) throws {
        var environment = [
            "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash", "LANG": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        environment.merge(variables) { _, new in new }
        self.environment = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        self.control = control
        initChild = child
        guard Self.awaitReady(control.descriptor) else {
            child.close()
            throw PlaygroundError.notReady("PID 1 ended before it was ready")
        }
        node = try NodeView(initProcess: ProcessID(child.pid))
        for decoy in scene.decoys { try startDecoy(decoy) }
    }

    deinit { end() }

    /// Whether the other end said that it is ready, within five seconds.
    private static func awaitReady(_ socket: Int32) -> Bool {
        guard iso_poll(socket, Int32(POLLIN), 5000) & Int32(POLLIN) != 0 else { return false }
        var byte: UInt8 = 0
        var none: Int32 = -1
        return iso_receive(socket, &byte, 1, &none) == 1 && byte == UInt8(ascii: "r")
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
    func entering(directory: String) -> [Isolation.Step] {
        [
            .join(.sandbox, of: .process(pidfd: initChild.pidfd)),
            .enterProcessNamespace,
            .setCredentials(),
            .changeDirectory(.path(directory)),
        ]
    }

    /// Starts a decoy and waits until it has its name and its parent.
    private func startDecoy(_ decoy: Scene.Decoy) throws {
        var ends: [Int32] = [-1, -1]
        let made = iso_socket_pair(&ends)
        guard made >= 0 else { throw PlaygroundError.system(operation: "make a socket pair", errno: -made) }
        let own = ControlSocket(ends[0])
        let theirs = ControlSocket(ends[1])
        let plan = Plan(
            [.openExecutable(as: "podlab")] + entering(directory: "/") + [
                .newSession,
                .duplicate(theirs.descriptor, as: 3),
                .execute(
                    .opened("podlab"), arguments: [decoy.name] + decoy.arguments,
                    environment: ["PODLAB_ROLE=decoy", "PODLAB_CONTROL=3"]),
            ])
        let starter = try started { try plan.start(StartOptions(streams: .null)) }
        defer { starter.close() }
        theirs.close()
        guard Self.awaitReady(own.descriptor) else {
            throw PlaygroundError.notReady("the decoy \(decoy.name) ended before it was ready")
        }
        _ = try? starter.wait(for: .seconds(5))
        // It is a child of PID 1 now, as a daemon is, and no learner has come yet who could have another of its name.
        let table = try node.processes(fields: [])
        guard let state = table.children(of: node.initProcess.pid).first(where: { $0.comm == decoy.name }) else {
            throw PlaygroundError.notReady("the decoy \(decoy.name) is not there")
        }
        decoys[decoy.name] = state.identity
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
        var steps: [Isolation.Step] = program == .opened("podlab") ? [.openExecutable(as: "podlab")] : []
        steps += entering(directory: "/root")
        steps.append(.setControllingTerminal(pty.slave))
        if journal != nil { steps.append(.witnessSignals) }
        steps.append(.execute(program, arguments: arguments, environment: environment + ["TERM=\(terminal)"]))
        let child = try started { try Plan(steps).start(StartOptions(streams: .terminal(pty.slave))) }
        // What a shell started may outlive it and is watched on, so the witness belongs to the playground.
        if let journal, let listener = child.takeListener() {
            witnesses.append(
                try SignalWitness(listener: listener, node: node, decoys: decoys, journal: journal))
        }
        let shell = PlaygroundShell(child: child, terminal: pty, playground: self)
        shells.append(Weak(value: shell))
        return shell
    }

    /// Runs a program as the playground's root with the standard streams of this process, and waits for its end.
    package func run(_ command: [String]) throws -> ExitStatus {
        let plan = Plan(
            entering(directory: "/root") + [
                .execute(.path(command.first ?? ""), arguments: command, environment: environment + ["TERM=dumb"])
            ])
        do {
            return try plan.run()
        } catch {
            throw PlaygroundError.notRun(error)
        }
    }

    private func started(_ body: () throws -> Child) throws -> Child {
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
        let root = Glibc.open("/proc/\(node.initProcess.pid)/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { return }
        defer { close(root) }
        let folder = iso_openat2(
            root, parts.removingLastComponent().string, UInt64(O_RDONLY | O_DIRECTORY), 0,
            UInt64(ISO_RESOLVE_IN_ROOT | ISO_RESOLVE_NO_MAGICLINKS | ISO_RESOLVE_NO_SYMLINKS))
        guard folder >= 0 else { return }
        unlinkat(folder, name, 0)
        close(folder)
    }

    // MARK: Ending

    /// Ends PID 1, and with it everything inside, and waits until the kernel has taken all of it down.
    package func end() {
        guard !isOver else { return }
        isOver = true
        try? initChild.signal(SIGKILL)
        // PID 1 is gone only when every process of its namespace has been reaped, and those that podlab brought in are
        // podlab's to reap.
        for shell in shells { shell.value?.end() }
        initChild.close()
        // Nobody is left to be watched.
        for witness in witnesses { witness.stop() }
        control.close()
    }
}

/// One end of a socket pair to a process of the playground; closed once, at the latest with its owner.
private final class ControlSocket {
    private(set) var descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}

/// A reference that does not keep alive.
private struct Weak<Object: AnyObject> {
    weak var value: Object?
}
