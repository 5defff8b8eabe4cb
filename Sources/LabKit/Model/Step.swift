// Steps of a lab: a task, its checks, its hints, and how to tell that the scene is broken.

/// A part of a lab: a few paragraphs of the lesson, one task, its checks.
package struct Step: Sendable, Equatable, Identifiable {
    package var id: String
    /// Equal to the heading of its section in lesson.md.
    package var title: String
    /// What to do, in a few words: shown by the verb `task`.
    package var task: String
    package var checks: [Check]
    package var hints: [Hint]
    package var broken: [BrokenScene]

    /// Whether the learner must type a fact here.
    package var asksForAnswer: Bool { question != nil }

    /// The first question of the step.
    package var question: Question? { checks.lazy.compactMap(\.probe.base.question).first }
}

/// A state from which the step cannot be finished. The scene is broken when the probe *passes*.
package struct BrokenScene: Sendable, Equatable {
    package var probe: AnyProbe
    /// What happened and that `reset` is the way out.
    package var message: String
}

/// One hint, plain or held back until something was observed.
package struct Hint: Sendable, Equatable {
    package enum Condition: Sendable, Equatable {
        case status(Status)
        /// The probe noted this key; with a value, noted it with this value.
        case observed(key: String, value: String?)
    }

    package struct When: Sendable, Equatable {
        package var check: CheckReference
        package var condition: Condition
    }

    package var text: String
    package var when: When?
}
