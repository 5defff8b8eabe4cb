// The parser of /proc/PID/stat.

import Glibc

/// One line of /proc/PID/stat, as far as podlab uses it. See proc_pid_stat(5).
package struct ProcessStat: Hashable, Sendable {
    package var pid: ProcessID
    /// The command name: 15 bytes that the process itself may choose, `) R 1` and newlines included.
    package var comm: String
    /// `R`, `S`, `D`, `Z`, `T`, `t`, `X`, `I`.
    package var state: Character
    package var parent: ProcessID
    package var processGroup: ProcessID
    package var session: ProcessID
    /// The controlling terminal, or nil without one.
    package var terminal: DeviceNumber?
    /// The foreground process group of the controlling terminal, or nil without one.
    package var foregroundGroup: ProcessID?
    package var threads: Int
    /// It has begun to end (`PF_EXITING` of <linux/sched.h>).
    package var isExiting: Bool
    /// When it started, in clock ticks (`sysconf(_SC_CLK_TCK)`) since boot.
    package var startTime: UInt64

    /// Nil when the bytes are not such a line. The name ends at the *last* closing parenthesis, because it may hold
    /// any byte, and nothing after it can.
    package init?(parsing bytes: [UInt8]) {
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")),
            let close = bytes.lastIndex(of: UInt8(ascii: ")")), open < close,
            let pid = bytes[..<open].words.first?.number(as: pid_t.self)
        else { return nil }
        let rest = bytes[(close + 1)...].split(whereSeparator: { $0.isBlank || $0 == .newline })
        // Field 3 of the man page is rest[0].
        guard rest.count >= 20, rest[0].count == 1, let letter = rest[0].first,
            let parent = rest[1].number(as: pid_t.self), let group = rest[2].number(as: pid_t.self),
            let session = rest[3].number(as: pid_t.self), let terminal = rest[4].number(as: Int32.self),
            let foreground = rest[5].number(as: pid_t.self), let flags = rest[6].number(as: UInt32.self),
            let threads = rest[17].number(as: Int.self),
            let started = rest[19].number(as: UInt64.self)
        else { return nil }
        self.pid = ProcessID(pid)
        comm = bytes[(open + 1)..<close].text
        state = Character(Unicode.Scalar(letter))
        self.parent = ProcessID(parent)
        processGroup = ProcessID(group)
        self.session = ProcessID(session)
        self.terminal = terminal == 0 ? nil : DeviceNumber(terminalNumber: terminal)
        foregroundGroup = foreground <= 0 ? nil : ProcessID(foreground)
        self.threads = threads
        isExiting = flags & 0x4 != 0
        startTime = started
    }
}
