// The learner's own terminal, as a typist knows it while something runs in the playground's.

package struct LearnerSide {
    /// Where keys come from: a terminal that gives them one by one.
    package var keyboard: Int32
    /// The key that comes back to the tutor's prompt.
    package var escapeKey: EscapeKey
    /// Readable when the window has another size, or podlab was stopped and goes on; -1: nobody says. `onEvent` takes what is there.
    package var events: Int32
    package var onEvent: () -> Void

    package init(
        keyboard: Int32, escapeKey: EscapeKey = .standard, events: Int32 = -1, onEvent: @escaping () -> Void = {}
    ) {
        self.keyboard = keyboard
        self.escapeKey = escapeKey
        self.events = events
        self.onEvent = onEvent
    }
}
