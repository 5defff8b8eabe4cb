// Processes that were killed and have not ended: who, why, and what to do about it.

import CIsolation
import Glibc
import SystemPackage
import Synchronization

/// What no end could wait for any longer. It is collected, for the front end to say when its work is done.
package enum Unended {
    private static let collected = Mutex<[String]>([])
    private static let most = 64

    /// What was noted since it was asked last, a sentence each.
    package static func take() -> [String] {
        collected.withLock { notes in
            defer { notes = [] }
            return notes
        }
    }

    /// Notes what has not ended in time.
    package static func note(_ text: String) {
        collected.withLock { if $0.count < most, !$0.contains(text) { $0.append(text) } }
    }

    static func note(_ process: Int32, after patience: Duration) {
        note("\(words(for: process)), \(patience) after SIGKILL; `podlab clean` tries again")
    }

    /// `process 812 (sleep) has not ended: …`.
    static func words(for process: Int32) -> String {
        let stat = readFile("/proc/\(process)/stat", limit: 4096) ?? ""
        // The name may have blanks and parentheses in it.
        guard let begin = stat.firstIndex(of: "("), let end = stat.lastIndex(of: ")"), begin < end else {
            return "process \(process) has only just ended"
        }
        let name = String(stat[stat.index(after: begin)..<end].map { $0.isASCII && $0 >= " " && $0 <= "~" ? $0 : "?" })
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        let flags = fields.count > 6 ? UInt64(fields[6]) ?? 0 : 0
        return "process \(process) (\(name)) has not ended: "
            + reason(process, state: fields.first.map(String.init) ?? "", flags: flags)
    }

    private static func reason(_ process: Int32, state: String, flags: UInt64) -> String {
        let isExiting = flags & 4 != 0  // PF_EXITING
        if state == "Z" || state == "X" {
            let tracer = (readFile("/proc/\(process)/status", limit: 8192) ?? "").split(separator: "\n")
                .first { $0.hasPrefix("TracerPid:") }?.split(whereSeparator: \.isWhitespace).last
            guard let tracer, tracer != "0" else { return "it is a zombie, and its parent has not waited for it" }
            return "it is a zombie, and process \(tracer), which traces it, has not waited for it"
        }
        if isExiting { return "it is ending, and waits for others of its pid namespace to be waited for" }
        if let path = Thaw.cgroup(of: process),
            let freezer = CgroupLayout.current().hierarchy(of: .freezer), let folder = freezer.folder(of: path),
            let frozen = readFile(folder + "/freezer.state"), frozen != "THAWED\n"
        {
            return "the cgroup \(folder) is frozen"
        }
        return state == "D"
            ? "it is in a system call that no signal ends" : "the kernel has not come to it (state \(state))"
    }
}
