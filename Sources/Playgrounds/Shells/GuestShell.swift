// A second shell in a running playground, in the node or in a box: on a terminal of the playground, or on plain streams.

import Glibc
import Isolation
import KernelState
import Linux
import SystemPackage
import Terminals

/// What `podlab enter` opens. It ends with the process that opened it: the kernel sends SIGKILL, and hangs its terminal up.
package struct GuestShell {
    /// How it ended.
    package enum Ending: Equatable, Sendable {
        case exited(ExitStatus)
        /// The playground has ended, and everything in it.
        case playgroundEnded
        /// The person's terminal was closed.
        case terminalClosed
    }

    private let playground: Playground
    /// The process whose namespaces and root it has; nil: those of the node.
    private let target: ProcessIdentity?
    /// Empty: a shell.
    private let command: [String]
    private let journal: FilePath?

    /// - Parameter journal: where signals sent by it are witnessed; nil: nobody watches.
    package init(in playground: Playground, at target: ProcessIdentity?, command: [String], journal: FilePath?) {
        self.playground = playground
        self.target = target
        self.command = command
        self.journal = journal
    }

    /// On a terminal of the playground, relayed to the person's.
    /// - Parameter terminal: what TERM says.
    package func runOnTerminal(_ terminal: String, input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) throws
        -> Ending
    {
        let pty = try PseudoTerminal(in: playground.node)
        var relay = TerminalRelay(pty, input: input, output: output)
        var started: Child?
        defer { started?.close() }
        let ending = try relay.run {
            let child = try start(
                terminal: terminal, streams: .terminal(pty.slave), [.setControllingTerminal(pty.slave)])
            started = child
            return child.pidfd
        }
        guard ending == .programEnded, let started else { return .terminalClosed }
        return try self.ending(of: started)
    }

    /// On the standard streams of this process. In a session of its own, and without any descriptor of outside.
    package func runOnStreams() throws -> Ending {
        let relay = try StreamRelay(source: STDIN_FILENO)
        let theirs = relay.programStreams
        let streams = StandardStreams(
            input: .descriptor(theirs[0]), output: .descriptor(theirs[1]), error: .descriptor(theirs[2]))
        let child = try start(terminal: "dumb", streams: streams, [.newSession])
        defer { child.close() }
        relay.closeProgramStreams()
        try relay.run(until: child.pidfd) { bytes, stream in StreamRelay.write(bytes, to: stream) }
        relay.close()
        let status = try child.wait()
        return playground.node.isAlive ? .exited(status) : .playgroundEnded
    }

    private func ending(of child: Child) throws -> Ending {
        let status = try child.wait()
        return playground.node.isAlive ? .exited(status) : .playgroundEnded
    }

    // MARK: Starting

    private func start(terminal: String, streams: StandardStreams, _ session: [Isolation.Step]) throws -> Child {
        guard let target else {
            let home = (try? playground.node.directory("/root")) != nil
            return try start(
                playground.entering(directory: home ? "/root" : "/") + session, terminal: terminal, streams: streams)
        }
        let visit = try Visit(to: target.pid, expecting: target, calls: playground.calls)
        return try start(visit.entering + session, terminal: terminal, streams: streams)
    }

    private func start(_ entering: [Isolation.Step], terminal: String, streams: StandardStreams) throws -> Child {
        var refusals: [String] = []
        for words in command.isEmpty ? [["/bin/bash"], ["/bin/sh"]] : [command] {
            var steps = entering
            if journal != nil { steps.append(.witnessSignals) }
            steps.append(.dieWithParent())
            let name = words[0].split(separator: "/").last.map(String.init) ?? words[0]
            let execute: Isolation.Step = .execute(
                .path(words[0]), arguments: command.isEmpty ? [name] : words,
                environment: playground.environment + ["TERM=\(terminal)"])
            do {
                let child = try Plan(steps + [execute]).start(StartOptions(streams: streams))
                try playground.witness(child, journal: journal)
                return child
            } catch let error as IsolationError {
                guard playground.node.isAlive else { throw PlaygroundError.notAttached("the playground has ended") }
                guard command.isEmpty, error.isAbout(execute),
                    let errno = error.errno, errno != .resourceTemporarilyUnavailable
                else { throw PlaygroundError.notRun(error) }
                refusals.append("\(words[0]): \(reason(errno, for: words[0]))")
            }
        }
        throw PlaygroundError.noShell(
            "no shell can be started there: \(refusals.joined(separator: "; ")). Name a program that is there: podlab enter"
                + (target.map { " --pid \($0.pid)" } ?? "") + " PROGRAM")
    }

    /// A program that is there may lack its interpreter: the kernel says ENOENT for either.
    private func reason(_ errno: Errno, for path: String) -> String {
        guard errno == .noSuchFileOrDirectory else { return errnoText(errno.rawValue) }
        guard let root = try? RootDirectory(of: target?.pid ?? playground.node.initProcess.pid),
            root.look(at: FilePath(path)).state != nil
        else { return "it is not there" }
        return "it is there, but its program interpreter (ld-linux) is not"
    }
}
