// From what a container writes to the lines of its log.

/// One output of a container. Holds at most one part of a line.
package struct LineSplitter: Sendable {
    private let stream: LogStream
    private var held: [UInt8] = []

    package init(_ stream: LogStream) { self.stream = stream }

    /// The lines that are whole now, and parts of those that are longer than `LogLine.longest`.
    package mutating func add(_ bytes: ArraySlice<UInt8>, at time: LogTime) -> [LogLine] {
        var lines: [LogLine] = []
        var rest = bytes
        while !rest.isEmpty {
            let room = LogLine.longest - held.count
            if let end = rest.prefix(room + 1).firstIndex(of: UInt8(ascii: "\n")) {
                held += rest[..<end]
                lines.append(take(isPartial: false, at: time))
                rest = rest[(end + 1)...]
            } else if rest.count > room {
                held += rest.prefix(room)
                lines.append(take(isPartial: true, at: time))
                rest = rest.dropFirst(room)
            } else {
                held += rest
                break
            }
        }
        return lines
    }

    /// What was written last without a newline; nil: nothing.
    package mutating func finish(at time: LogTime) -> LogLine? {
        held.isEmpty ? nil : take(isPartial: true, at: time)
    }

    private mutating func take(isPartial: Bool, at time: LogTime) -> LogLine {
        defer { held = [] }
        return LogLine(time: time, stream: stream, isPartial: isPartial, text: held)
    }
}
