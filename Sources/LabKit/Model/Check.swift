// Checks: named assertions made of one probe each, with their place in the graph.

/// Names a check across the lab, written `STEP/CHECK`.
package struct CheckReference: Sendable, Hashable, Codable, CustomStringConvertible {
    package var step: String
    package var check: String

    package init(step: String, check: String) {
        self.step = step
        self.check = check
    }

    /// Reads `STEP/CHECK`, or `CHECK` alone when the step is given.
    package init?(_ text: String, in step: String? = nil) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy(Self.isName) else { return nil }
        switch (parts.count, step) {
        case (2, _): self.init(step: parts[0], check: parts[1])
        case (1, .some(let step)): self.init(step: step, check: parts[0])
        default: return nil
        }
    }

    package var description: String { "\(step)/\(check)" }

    /// Identifiers of steps and checks: lower-case words joined by hyphens.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-") else { return false }
        return text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
    }
}

/// When a check must hold.
package enum CheckKind: String, Sendable, Codable, CaseIterable {
    /// It must hold now.
    case level
    /// It must have happened since the step began.
    case edge
}

/// A named assertion: one probe, and what to say when it does not hold.
package struct Check: Sendable, Equatable, Identifiable {
    package var reference: CheckReference
    package var title: String
    package var kind: CheckKind
    package var points: Int
    /// Checks that must pass first; when one does not, this one is skipped and names it.
    package var needs: [CheckReference]
    package var probe: AnyProbe
    /// What to try when it fails.
    package var help: String?
    /// Help that fits what the probe saw, in the order of the file.
    package var observations: [Observation]

    /// The identifier within its step.
    package var id: String { reference.check }

    /// What to try, given what the probe noted: the first observation that fits, else `help`.
    package func help(observed: [String: String]) -> String? {
        observations.first { $0.matches(observed) }?.help ?? help
    }
}

/// A remark for one thing that a probe may note.
package struct Observation: Sendable, Equatable {
    package var key: String
    /// The value it must have; any when nil.
    package var value: String?
    package var help: String

    func matches(_ observed: [String: String]) -> Bool {
        guard let seen = observed[key] else { return false }
        return value == nil || value == seen
    }
}
