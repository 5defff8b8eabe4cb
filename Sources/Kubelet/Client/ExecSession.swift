// A command in a container, from its start to its exit code, on the person's terminal or on plain streams.

import FoundationEssentials
import Glibc
import Terminals

package struct ExecSession {
    private let connection: AgentConnection
    private var request: ExecRequest

    package init(_ connection: AgentConnection, _ request: ExecRequest) {
        self.connection = connection
        self.request = request
    }

    /// - Parameters:
    ///   - input: it has standard input.
    ///   - terminal: it has a terminal, where standard input is one.
    ///   - note: is told what the person should know.
    /// - Returns: its exit code.
    package func run(input: Bool, terminal: Bool, note: (String) -> Void) throws -> Int32 {
        if terminal && input && isatty(STDIN_FILENO) != 1 {
            note("Unable to use a TTY - input is not a terminal or the right kind of file")
        }
        if terminal && isatty(STDIN_FILENO) == 1 { return try runOnTerminal() }
        return try runOnStreams(input: input)
    }

    private func runOnStreams(input: Bool) throws -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        let relay = try StreamRelay(source: input ? STDIN_FILENO : nil)
        try connection.execute(request, streams: relay.programStreams)
        relay.closeProgramStreams()
        let output = ContainerOutput(STDOUT_FILENO)
        let error = ContainerOutput(STDERR_FILENO)
        try relay.run(until: connection.descriptor) { bytes, stream in
            (stream == STDERR_FILENO ? error : output).write(bytes)
        }
        return try connection.exitCode()
    }

    private func runOnTerminal() throws -> Int32 {
        var request = request
        let size = TerminalRelay.windowSize(of: STDIN_FILENO) ?? (24, 80)
        request.terminal = ExecRequest.Size(rows: size.rows, columns: size.columns)
        request.terminalName = ProcessInfo.processInfo.environment["TERM"]
        let pty = try PseudoTerminal(
            master: try connection.executeOnTerminal(request), rows: size.rows, columns: size.columns)
        var relay = TerminalRelay(pty)
        guard try relay.run({ connection.descriptor }) == .programEnded else { return 128 + SIGHUP }
        return try connection.exitCode(seconds: 10)
    }
}
