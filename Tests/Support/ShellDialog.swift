// Shells that read commands from a pipe: tests do with them what people do.

import SystemPackage

/// Commands that a shell reads from its standard input, one lot after another, and what it prints until each is over.
package struct ShellDialog {
    private let input: FileDescriptor
    private let output: FileDescriptor

    /// - Parameters:
    ///   - input: the end into which commands are written.
    ///   - output: the end from which comes what the shell prints.
    package init(input: FileDescriptor, output: FileDescriptor) {
        self.input = input
        self.output = output
    }

    /// Commands that failed, or whose end was not seen.
    package struct Failure: Error, CustomStringConvertible {
        package let commands: String
        /// An exit status, or why there is none.
        package let status: String
        /// What was printed until then.
        package let text: String

        package var description: String { "\(commands): \(status): \(text)" }
    }

    /// What the commands print, errors included. What others have to say (a shell in the background, whose job was killed, prints so
    /// when it comes to it) may follow the end of the commands even in one reading; it is dropped.
    ///
    /// - Parameter strictly: the first command that fails is the last. Then the commands run in a subshell.
    /// - Throws: ``Failure`` when the last of them fails, when the shell ends, and when it is silent for too long (``Deadline``).
    @discardableResult
    package func run(_ commands: String, strictly: Bool = false) throws -> String {
        let body = strictly ? "(set -e\n\(commands)\n)" : "{ \(commands)\n}"
        try input.writeAll(Array("\(body) 2>&1 </dev/null; printf '\\n:end %d:\\n' $?\n".utf8))
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        func failure(_ status: String) -> Failure {
            Failure(commands: commands, status: status, text: String(decoding: bytes, as: UTF8.self))
        }
        while true {
            if let end = Self.end(in: bytes) {
                bytes = Array(bytes[..<end.offset])
                guard end.status == "0" else { throw failure("exit status \(end.status)") }
                return String(decoding: bytes, as: UTF8.self)
            }
            guard try Deadline.wait(for: output) else { throw failure("nothing in time") }
            let count = try chunk.withUnsafeMutableBytes { try output.read(into: $0) }
            guard count > 0 else { throw failure("the shell has ended") }
            bytes += chunk[..<count]
        }
    }

    /// Where the line stands that tells of the end, the line break before it included, and what it tells.
    static func end(in bytes: [UInt8]) -> (offset: Int, status: String)? {
        let mark = Array("\n:end ".utf8)
        guard bytes.count > mark.count else { return nil }
        for offset in 0..<(bytes.count - mark.count) where bytes[offset..<offset + mark.count].elementsEqual(mark) {
            let rest = bytes[(offset + mark.count)...]
            let status = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            if !status.isEmpty, rest.dropFirst(status.count).starts(with: ":\n".utf8) {
                return (offset, String(decoding: status, as: UTF8.self))
            }
        }
        return nil
    }
}
