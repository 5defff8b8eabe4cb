// One line of a container's log, in the format of the container runtime interface (CRI) of Kubernetes.

/// Which output a line came from.
package enum LogStream: String, Sendable, Equatable {
    case output = "stdout"
    case error = "stderr"
}

/// `2026-11-21T16:08:23.000000001Z stdout F text`: the time in UTC with nanoseconds, the stream, F for the end of a line or P for a
/// part that the next one of its stream goes on with, and what was written, as bytes. See the Kubernetes design proposal
/// "CRI: Log management for container stdout/stderr streams".
package struct LogLine: Sendable, Equatable {
    /// A line that is longer is written in parts of this many bytes.
    package static let longest = 16 << 10
    /// What stands before the text, with its spaces.
    static let prefixLength = 30 + 1 + 6 + 1 + 1 + 1

    package var time: LogTime
    package var stream: LogStream
    /// The next line of this stream belongs to it.
    package var isPartial: Bool
    package var text: [UInt8]

    package init(time: LogTime, stream: LogStream, isPartial: Bool, text: [UInt8]) {
        self.time = time
        self.stream = stream
        self.isPartial = isPartial
        self.text = text
    }

    /// With its newline.
    package var bytes: [UInt8] {
        Array("\(time) \(stream.rawValue) \(isPartial ? "P" : "F") ".utf8) + text + [UInt8(ascii: "\n")]
    }

    /// Reads one line of a log file; nil: it is none of this format.
    /// - Parameter line: without its newline.
    package init?(_ line: ArraySlice<UInt8>) {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let time = LogTime(parts[0]),
            let stream = LogStream(rawValue: String(decoding: parts[1], as: UTF8.self)),
            // Tags may follow after a colon; only the first counts.
            let tag = parts[2].split(separator: UInt8(ascii: ":")).first, tag.count == 1,
            let letter = tag.first, letter == UInt8(ascii: "F") || letter == UInt8(ascii: "P")
        else { return nil }
        self.init(time: time, stream: stream, isPartial: letter == UInt8(ascii: "P"), text: Array(parts[3]))
    }

    /// What `logs` prints of it.
    package var printed: [UInt8] { isPartial ? text : text + [UInt8(ascii: "\n")] }
}
