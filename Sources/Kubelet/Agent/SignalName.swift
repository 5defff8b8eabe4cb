// The stop signal of an image: a name or a number.

import Glibc

enum SignalName {
    /// `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`, `SIGRTMAX-2`; nil: none of these.
    static func number(_ text: String) -> Int32? {
        if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
        let name = text.uppercased()
        let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
        // The kernel counts real-time signals from 32; the first two are libc's own, and programs count from 34.
        if short.hasPrefix("RTMIN") {
            let rest = short.dropFirst(5)
            let offset = rest.isEmpty ? 0 : Int32(rest)
            return offset.flatMap { (0...30).contains($0) ? 34 + $0 : nil }
        }
        if short.hasPrefix("RTMAX") {
            let rest = short.dropFirst(5)
            let offset = rest.isEmpty ? 0 : Int32(rest)
            return offset.flatMap { (-30...0).contains($0) ? 64 + $0 : nil }
        }
        return names[short]
    }

    private static let names: [String: Int32] = [
        "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ILL": SIGILL, "TRAP": SIGTRAP, "ABRT": SIGABRT, "IOT": SIGABRT,
        "BUS": SIGBUS, "FPE": SIGFPE, "KILL": SIGKILL, "USR1": SIGUSR1, "SEGV": SIGSEGV, "USR2": SIGUSR2,
        "PIPE": SIGPIPE, "ALRM": SIGALRM, "TERM": SIGTERM, "STKFLT": 16, "CHLD": SIGCHLD, "CLD": SIGCHLD,
        "CONT": SIGCONT, "STOP": SIGSTOP, "TSTP": SIGTSTP, "TTIN": SIGTTIN, "TTOU": SIGTTOU, "URG": SIGURG,
        "XCPU": SIGXCPU, "XFSZ": SIGXFSZ, "VTALRM": SIGVTALRM, "PROF": SIGPROF, "WINCH": SIGWINCH, "IO": SIGIO,
        "POLL": SIGIO, "PWR": SIGPWR, "SYS": SIGSYS,
    ]
}
