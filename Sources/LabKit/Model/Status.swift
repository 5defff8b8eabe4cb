// The four statuses and how many of them become one.

/// How a check, step, lab or run came out.
///
/// Many become one by precedence **error > fail > skip > pass**: one thing that could not be found out leaves the
/// whole unjudged; *pass* is said only when everything passed.
package enum Status: String, Sendable, Codable, CaseIterable {
    /// It holds.
    case pass
    /// The kernel says no.
    case fail
    /// podlab could not find out. Never the learner's fault, never a pass.
    case error
    /// Blocked by an earlier check, or not possible on this machine.
    case skip

    private var precedence: Int {
        switch self {
        case .error: 3
        case .fail: 2
        case .skip: 1
        case .pass: 0
        }
    }

    /// The status of the whole. Nothing at all was measured: *error*.
    package static func combining(_ statuses: some Sequence<Status>) -> Status {
        statuses.max { $0.precedence < $1.precedence } ?? .error
    }
}

/// What a command of podlab says by its exit code.
package enum ExitCode: Int32, Sendable {
    case allPass = 0
    /// At least one check failed, and everything could be judged.
    case failed = 1
    /// An error, or nothing was measured.
    case notJudged = 2
    /// Wrong usage (EX_USAGE of sysexits.h).
    case usage = 64

    /// The exit code for a set of checks: 2 when any is an error or none was measured (all skipped, or there are none),
    /// 1 when any failed, else 0. Checks skipped because this machine cannot run them do not turn a run red as long as
    /// something was measured; the report names them.
    package init(_ statuses: some Sequence<Status>) {
        let all = Set(statuses)
        if all.contains(.error) {
            self = .notJudged
        } else if all.contains(.fail) {
            self = .failed
        } else {
            self = all.contains(.pass) ? .allPass : .notJudged
        }
    }
}
