// Signals by their names.

/// The standard signals of signal(7), by name without SIG.
package enum SignalName: String, Sendable, CaseIterable {
    case HUP, INT, QUIT, ILL, TRAP, ABRT, BUS, FPE, KILL, USR1, SEGV, USR2, PIPE, ALRM, TERM, STKFLT, CHLD, CONT, STOP
    case TSTP, TTIN, TTOU, URG, XCPU, XFSZ, VTALRM, PROF, WINCH, IO, PWR, SYS
}

extension SignalName {
    /// The name of a signal's number, without SIG; the number itself for one without a name. The cases stand in the order of
    /// the numbers, from 1. See signal(7).
    package static func of(_ number: Int32) -> String {
        let index = Int(number) - 1
        return Array(allCases).indices.contains(index) ? Array(allCases)[index].rawValue : "\(number)"
    }
}
