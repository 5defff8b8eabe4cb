// podlab enter: a second shell in the running session, or in a box inside it.

import ArgumentParser
import FoundationEssentials
import Glibc
import Isolation
import KernelState
import LabKit
import Playgrounds
import PodCommands

struct EnterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enter", abstract: "Open a second shell in the running session, or in a box inside it.",
        discussion: """
            With --pid the shell has the namespaces and the root of that process: a number as `ps` shows it in the node, or its number \
            on the host. Without a terminal the command (or a shell) runs on the standard streams. Ends with the exit code of the \
            shell or command; 2 when it could not be started, or when the playground has ended meanwhile.
            """)

    @Option(help: ArgumentHelp("Enter the namespaces and the root of this process.", valueName: "number"))
    var pid: Int32?
    @OptionGroup var session: SessionChoice
    @Argument(parsing: .captureForPassthrough, help: "A program and its arguments; without it a shell.")
    var command: [String] = []

    func validate() throws {
        if let pid, pid < 1 { throw ValidationError("--pid takes a process number from 1 on, not \(pid).") }
    }

    func run() throws {
        try command.asksForHelp(of: Self.self)
        try reportingErrors {
            var words = command
            if words.first == "--" { words.removeFirst() }
            let (session, lab) = try session.find()
            let process = try pid.map { try session.node.process(numbered: $0) }
            if let note = process?.note { complain(note + "\n") }
            let shell = try session.guestShell(lab, at: process?.state.identity, command: words)
            if isatty(STDIN_FILENO) == 1, words.isEmpty {
                complain(
                    "a second shell in the playground of \(session.lab); `exit` leaves it. Verbs such as `check` are for "
                        + "the tutorial shell's own prompt; outside a playground it is `podlab check`\n")
            }
            let ending =
                isatty(STDIN_FILENO) == 1
                ? try shell.runOnTerminal(ProcessInfo.processInfo.environment["TERM"] ?? "dumb")
                : try shell.runOnStreams()
            try ending.end()
        }
    }
}

extension GuestShell.Ending {
    /// Ends podlab as the program has ended.
    func end() throws {
        switch self {
        case .exited(.exited(0)): break
        case .exited(.exited(let code)): throw ArgumentParser.ExitCode(code)
        case .exited(.signaled(let number)): throw ArgumentParser.ExitCode(128 + number)
        case .terminalClosed: throw ArgumentParser.ExitCode(128 + SIGHUP)
        case .playgroundEnded:
            complain("the playground has ended\n")
            throw ArgumentParser.ExitCode(2)
        }
    }
}
