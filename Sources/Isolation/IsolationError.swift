// The one error of this module: which operation, on what, what the kernel said, and what to do next.

import SystemPackage

/// Why a plan could not be started or a child not be waited for.
package struct IsolationError: Error, Sendable, Equatable {
    /// The operation with its object, as the step describes itself: `mount proc on /proc`.
    package var operation: String
    /// The step that failed; nil when none is to blame.
    package private(set) var failed: Step?
    /// Where in the plan it went wrong, counted from zero; nil when that is outside the plan.
    package var step: Int?
    /// How many steps the plan has.
    package var steps: Int?
    /// What the system call answered; nil when none was made (an invalid plan).
    package var errno: Errno?
    /// The errno in words, and what the kernel logged about it; or what is wrong with the plan.
    package var meaning: String
    /// What to do next, where that is known.
    package var hint: String?
    /// What is to be mounted would have come to lie where nothing may; nil: it failed otherwise.
    package var refusal: PlaceRefusal?

    init(
        _ operation: String, step: Int? = nil, of steps: Int? = nil, errno: Errno? = nil, meaning: String? = nil,
        hint: String? = nil
    ) {
        self.operation = operation
        self.step = step
        self.steps = steps
        self.errno = errno
        self.meaning = meaning ?? errno.map { $0.words } ?? "failed"
        self.hint = hint
    }

    /// A step of a plan has failed.
    init(_ index: Int, of plan: Plan, errno: Errno? = nil, meaning: String? = nil, hint: String? = nil) {
        let step = plan.steps.indices.contains(index) ? plan.steps[index] : nil
        self.init(
            step?.summary ?? "start", step: index, of: plan.steps.count, errno: errno, meaning: meaning, hint: hint)
        failed = step
    }

    /// The plan makes no sense.
    init(_ error: PlanError, of plan: Plan) {
        self.init(error.operation, step: error.step, of: plan.steps.count, meaning: error.problem)
        failed = error.failed
    }

    /// Whether this very step has failed: not the way to it, and no other one.
    package func isAbout(_ step: Step) -> Bool { failed == step }
}

extension IsolationError: CustomStringConvertible {
    /// `mount proc on /proc: EPERM (operation not permitted) [step 7 of 19]`, and the hint on a line of its own.
    package var description: String {
        var text = operation + ": "
        if let errno { text += "\(errno.symbol) (\(meaning))" } else { text += meaning }
        if let step, let steps { text += " [step \(step + 1) of \(steps)]" }
        if let hint { text += "\n  " + hint }
        return text
    }
}

/// What is wrong with a plan before anything has happened.
package struct PlanError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The step at which it stops to make sense, counted from zero; nil: the plan as a whole.
    package let step: Int?
    /// That step.
    package let failed: Step?
    package let problem: String

    init(_ index: Int, _ step: Step, _ problem: String) {
        self.step = index
        failed = step
        self.problem = problem
    }

    /// The plan as a whole.
    init(_ problem: String) {
        step = nil
        failed = nil
        self.problem = problem
    }

    /// The step as it describes itself.
    var operation: String { failed?.summary ?? "the plan" }

    package var description: String {
        (step.map { "step \($0 + 1), " } ?? "") + operation + ": " + problem
    }
}

extension Errno {
    /// `EPERM`.
    package var symbol: String {
        Self.symbols[rawValue] ?? "errno \(rawValue)"
    }

    /// `operation not permitted`: strerror(3) of the C locale, in lower case where it is no name.
    package var words: String {
        let text = description
        guard let first = text.first, text.dropFirst().first?.isUppercase != true else { return text }
        return first.lowercased() + text.dropFirst()
    }

    private static let symbols: [CInt: String] = [
        1: "EPERM", 2: "ENOENT", 3: "ESRCH", 4: "EINTR", 5: "EIO", 6: "ENXIO", 7: "E2BIG", 8: "ENOEXEC", 9: "EBADF",
        10: "ECHILD", 11: "EAGAIN", 12: "ENOMEM", 13: "EACCES", 14: "EFAULT", 15: "ENOTBLK", 16: "EBUSY",
        17: "EEXIST", 18: "EXDEV", 19: "ENODEV", 20: "ENOTDIR", 21: "EISDIR", 22: "EINVAL", 23: "ENFILE",
        24: "EMFILE", 25: "ENOTTY", 26: "ETXTBSY", 27: "EFBIG", 28: "ENOSPC", 29: "ESPIPE", 30: "EROFS",
        31: "EMLINK", 32: "EPIPE", 34: "ERANGE", 36: "ENAMETOOLONG", 38: "ENOSYS", 39: "ENOTEMPTY", 40: "ELOOP",
        71: "EPROTO", 75: "EOVERFLOW", 87: "EUSERS", 90: "EMSGSIZE", 93: "EPROTONOSUPPORT", 95: "EOPNOTSUPP",
        97: "EAFNOSUPPORT", 98: "EADDRINUSE", 99: "EADDRNOTAVAIL", 100: "ENETDOWN", 101: "ENETUNREACH",
        104: "ECONNRESET", 105: "ENOBUFS", 107: "ENOTCONN", 110: "ETIMEDOUT", 113: "EHOSTUNREACH", 116: "ESTALE",
        125: "ECANCELED",
    ]
}

extension Errno {
    /// From a result of `CIsolation`, which is -errno.
    init(negated result: Int32) { self.init(rawValue: -result) }
}
