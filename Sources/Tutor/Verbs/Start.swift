// `start`: beginning a lab.

import LabKit

extension Verb {
    static let start = Verb(
        "start", .optional("LAB"), summary: "begin a lab, or go on where you left",
        help:
            "Begins a lab: `start 1` or `start 01-chroot`. Without a lab, it begins or goes on with the one that comes next. "
            + "Tab completes the names.",
        words: Verb.Words { known, begun in
            let labs = known.labs.filter { $0.hasPrefix(begun) }
            // A lab's number without its zero is typed more often than with it: `start 1`.
            guard labs.isEmpty, !begun.isEmpty, begun.allSatisfy({ ("0"..."9").contains($0) }) else { return labs }
            return known.labs.filter { $0.drop { $0 == "0" }.hasPrefix(begun) }
        }
    ) { shell, arguments in
        try shell.start(arguments.words.first)
    }
}

extension TutorialShell {
    fileprivate func start(_ name: String?) throws {
        let wanted = name ?? tutorial.progress.currentLab ?? tutorial.catalog.labs.first?.id ?? "1"
        try tutorial.start(wanted)
        guard let lab = tutorial.lab else { return }
        var lines = screen.heading("\(lab.id) · \(lab.title)")
        if tutorial.stepIndex == 0 {
            lines += MarkdownRenderer(style: style).render(lab.lesson.introduction)
        }
        arrive(after: lines)
    }
}
