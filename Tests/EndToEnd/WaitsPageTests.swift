// docs/waits.md lists every call of the sources that can wait, with its bound or the reason why it has none: this holds the two together.

import Foundation
import Testing

@Suite struct WaitsPageTests {
    /// What is looked for, by the names that the page gives.
    private static let kinds: [(name: String, pattern: String, suffixes: Set<String>)] = [
        ("poll", #"(?<!case )(?<![\w.])(?:iso_|p)?poll\(|SYS_p?poll\b|(?<!func )(?<![\w.])waitFor\("#, ["swift", "c"]),
        ("wait", #"(?<![\w])(?:waitpid|wait4|waitid|iso_wait_pidfd)\(|SYS_wait(?:id|4)\b|\.wait\(\)"#, ["swift", "c"]),
        ("lock", #"(?<![\w])(?:flock|lockf)\(|F_(?:OFD_)?SETLKW"#, ["swift", "c"]),
        (
            "connect", #"(?:(?<![\w.])|Glibc\.)(?:connect|accept4?)\((?=fd|raw|descriptor|listener|socket)"#,
            ["swift", "c"]
        ),
        (
            "receive",
            #"(?:(?<![\w.])|Glibc\.)(?:recv|recvmsg|recvfrom)\(|SYS_recv(?:msg|from)|"#
                + #"(?<![\w])iso_(?:receive|receive_report|notice_receive)\("#,
            ["swift", "c"]
        ),
        ("read", #"(?:Glibc\.|(?<![\w.]))readv?\((?=[^)]*(?:&|baseAddress))"#, ["swift", "c"]),
        ("sleep", #"(?<![\w.])(?:usleep|nanosleep|sleep)\(|Thread\.sleep|Task\.sleep"#, ["swift", "c"]),
        ("thread", #"pthread_(?:join|cond_wait|timedjoin_np)|Dispatch(?:Semaphore|Group)\("#, ["swift", "c"]),
        (
            "whole", #"readDataToEndOfFile|readToEnd\(|waitUntilExit|readLine\(\)|availableData|\.read\(upToCount"#,
            ["swift"]
        ),
        ("pause", #"(?<![\w.])(?:pause|sigwait|sigwaitinfo|sem_wait|epoll_wait|sigsuspend)\(|SYS_futex"#, ["c"]),
    ]

    private static let folders = ["Labs", "Sources", "rootfs-builder/Sources"]

    /// `poll 2, read 1`, by file.
    private func found() throws -> [String: String] {
        let patterns = try Self.kinds.map { try NSRegularExpression(pattern: $0.pattern) }
        var found: [String: String] = [:]
        for folder in Self.folders {
            let top = Executable.checkout + "/" + folder
            for name in try FileManager.default.subpathsOfDirectory(atPath: top) {
                let suffix = String(name.split(separator: ".").last ?? "")
                guard suffix == "swift" || suffix == "c" else { continue }
                let text = Self.withoutComments(try String(contentsOfFile: "\(top)/\(name)", encoding: .utf8))
                let range = NSRange(text.startIndex..., in: text)
                let counts = zip(Self.kinds, patterns).compactMap { kind, pattern -> String? in
                    guard kind.suffixes.contains(suffix) else { return nil }
                    let count = pattern.numberOfMatches(in: text, range: range)
                    return count == 0 ? nil : "\(kind.name) \(count)"
                }
                if !counts.isEmpty { found["\(folder)/\(name)"] = counts.joined(separator: ", ") }
            }
        }
        return found
    }

    private static func withoutComments(_ text: String) -> String {
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            lines.append(line.range(of: "//").map { line[..<$0.lowerBound] } ?? line)
        }
        return lines.joined(separator: "\n").replacing(/\/\*(?:.|\n)*?\*\//, with: "")
    }

    /// The rows of the page: file, calls, and why they come to an end.
    private func listed() throws -> [String: (calls: String, reason: String)] {
        let page = try String(contentsOfFile: Executable.checkout + "/docs/waits.md", encoding: .utf8)
        var rows: [String: (calls: String, reason: String)] = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 3 else { continue }
            rows[cells[0].trimmingCharacters(in: ["`"])] = (cells[1], cells[2...].joined(separator: "|"))
        }
        return rows
    }

    @Test("every call that can wait is on the page docs/waits.md, and nothing else is")
    func page() throws {
        let found = try found()
        let listed = try listed()
        // Were nothing found, this would show nothing.
        #expect(found.count > 40)
        for (file, calls) in found.sorted(by: { $0.key < $1.key }) where listed[file]?.calls != calls {
            Issue.record(
                """
                \(file) has the waits \(calls), and docs/waits.md lists \(listed[file]?.calls ?? "none"). Give each a bound, or a reason \
                why it cannot hang an end, and this row: | `\(file)` | \(calls) | … |
                """)
        }
        for (file, row) in listed.sorted(by: { $0.key < $1.key }) {
            #expect(found[file] != nil, "docs/waits.md lists \(file), which has no waits any more")
            #expect(row.reason.count > 3, "docs/waits.md does not say why the waits of \(file) end")
        }
    }
}
