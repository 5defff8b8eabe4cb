// `lesson`: reading.

import LabKit

extension Verb {
    static let lesson = Verb(
        "lesson", .optional("STEP"), summary: "read the lesson of this step",
        help:
            "Shows the lesson of this step, a screen at a time if it is long. With the word or number of a step, that step's lesson.",
        words: .steps
    ) { shell, arguments in
        try shell.showLesson(of: arguments.words.first)
    }
}

extension TutorialShell {
    fileprivate func showLesson(of name: String?) throws {
        let (attempt, _) = try tutorial.current()
        let index =
            try name.map { name throws(TutorialError) in try tutorial.stepIndex(of: name) } ?? tutorial.stepIndex
        guard attempt.lab.lesson.sections.indices.contains(index) else { return }
        let section = attempt.lab.lesson.sections[index]
        let place = "Step \(index + 1) of \(attempt.lab.steps.count) · \(section.title)"
        page(screen.heading(place) + MarkdownRenderer(style: style).render(section.text))
    }
}
