// How long a submission may take: per line, step, lab and in all, and which of these limits is over.

/// The limits of one run of `podlab grade`, in seconds.
package struct GradingLimits: Sendable, Equatable {
    /// For one typed line.
    package var line: Double
    /// For the lines of one step, in scripts that are cut by steps.
    package var step: Double
    /// For one lab, its playground and its checks included.
    package var lab: Double
    /// For all that one learner handed in.
    package var submission: Double

    /// A limit that is not given is never shorter than the one below it.
    package init(line: Double = 30, step: Double? = nil, lab: Double? = nil, submission: Double? = nil) {
        self.line = line
        self.step = step ?? max(300, line)
        self.lab = lab ?? max(900, self.step)
        self.submission = submission ?? max(3600, self.lab)
    }
}

/// A limit that has begun to count.
struct TimeLimit: Sendable {
    /// What it is for. The raw value is the option that sets it.
    enum Scope: String, Sendable {
        case line = "--patience"
        case step = "--step-limit"
        case lab = "--lab-limit"
        case submission = "--submission-limit"
    }

    let scope: Scope
    let seconds: Double
    private let end: ContinuousClock.Instant

    init(_ scope: Scope, seconds: Double) {
        self.scope = scope
        self.seconds = seconds
        end = .now + .seconds(seconds)
    }

    /// Seconds that are left; 0: none.
    var left: Double { max(0, (end - .now) / .seconds(1)) }

    /// `the lab's 900 s were over (--lab-limit)`
    var words: String {
        let text = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
        return "the \(scope)'s \(text) s were over (\(scope.rawValue))"
    }
}

extension [TimeLimit] {
    /// The first that is over.
    var over: TimeLimit? { first { $0.left <= 0 } }

    /// The one with the least left.
    var nearest: TimeLimit? { self.min { $0.left < $1.left } }
}
