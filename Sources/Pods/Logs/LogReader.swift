// Reads the log of one run of a container: the last lines of it, and what is added while somebody looks on.

import Glibc
import Linux

/// Goes through the file that was put aside, then the current one, and follows when the writer begins another.
package final class LogReader {
    private let folder: LogFolder
    package let restart: UInt32
    private var file: SharedDescriptor?
    private var held: [UInt8] = []
    private var position = 0
    private let withTimes: Bool
    private let since: Timestamp?

    /// - Parameters:
    ///   - tail: only the last lines; nil: all that is kept.
    ///   - withTimes: each line begins with its time.
    ///   - since: without the lines that were written before.
    package init(
        _ folder: LogFolder, restart: UInt32, tail: Int? = nil, withTimes: Bool = false, since: Timestamp? = nil
    ) {
        self.folder = folder
        self.restart = restart
        self.withTimes = withTimes
        self.since = since
        let aside = LogFolder.open(folder.rotated(restart: restart))
        let current = LogFolder.open(folder.file(restart: restart))
        guard let tail else {
            file = aside ?? current
            return
        }
        // Lines are counted from the end, file by file.
        var wanted = tail
        file = current
        if let current { position = Self.start(ofLast: &wanted, in: current.raw) }
        guard let aside, wanted > 0 else { return }
        file = aside
        position = Self.start(ofLast: &wanted, in: aside.raw)
    }

    /// What `logs` prints next, about `limit` bytes; empty: there is no more for now.
    package func next(limit: Int = 64 << 10) -> [UInt8] {
        var printed: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 32 << 10)
        while printed.count < limit {
            guard let file = file ?? LogFolder.open(folder.file(restart: restart)) else { break }
            self.file = file
            let count = pread(file.raw, &chunk, chunk.count, position)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                if follow(after: file) { continue }
                break
            }
            position += count
            held += chunk[..<count]
            take(into: &printed)
        }
        return printed
    }

    /// At the end of a file that was put aside meanwhile, the current one is next.
    private func follow(after file: SharedDescriptor) -> Bool {
        guard let current = LogFolder.open(folder.file(restart: restart)) else { return false }
        var before = stat()
        var now = stat()
        guard fstat(file.raw, &before) == 0, fstat(current.raw, &now) == 0, before.st_ino != now.st_ino else {
            return false
        }
        self.file = current
        position = 0
        held = []
        return true
    }

    private func take(into printed: inout [UInt8]) {
        var rest = held[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            if let line = LogLine(rest[..<end]), since.map({ line.time.timestamp >= $0 }) ?? true {
                if withTimes { printed += Array("\(line.time) ".utf8) }
                printed += line.printed
            }
            rest = rest[(end + 1)...]
        }
        // No writer of ours makes a longer one; whoever else has written here is not waited for.
        held = rest.count > LogLine.prefixLength + LogLine.longest ? [] : Array(rest)
    }

    /// Where the last lines of a file begin, and how many of them are still to be found before it. A line that was written in parts
    /// counts as one.
    private static func start(ofLast wanted: inout Int, in file: Int32) -> Int {
        var starts: [Int] = []
        var offset = 0
        var held: [UInt8] = []
        var lineStart = 0
        var goesOn = false
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = pread(file, &chunk, chunk.count, offset)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            offset += count
            held += chunk[..<count]
            var rest = held[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                if !goesOn { starts.append(lineStart) }
                goesOn = LogLine(rest[..<end])?.isPartial ?? false
                lineStart += end - rest.startIndex + 1
                rest = rest[(end + 1)...]
            }
            held = Array(rest)
        }
        let taken = min(wanted, starts.count)
        wanted -= taken
        return taken == 0 ? offset : starts[starts.count - taken]
    }
}
