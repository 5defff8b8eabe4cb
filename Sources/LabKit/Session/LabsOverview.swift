// The list of labs with what a learner has done of each.

import FoundationEssentials
import Text

/// One line a lab.
package struct LabsOverview: Codable {
    package struct Entry: Codable {
        package var id: String
        package var title: String
        package var summary: String
        package var minutes: Int
        package var steps: [String]
        package var finished: [String]
        package var isCurrent: Bool
    }

    package var schema = "podlab.labs/v1"
    package var labs: [Entry]

    package init(labs outlines: [LabOutline], progress: Progress) {
        labs = outlines.map { lab in
            let done = progress.labs[lab.id]?.finishedSteps ?? [:]
            return Entry(
                id: lab.id, title: lab.title, summary: lab.summary, minutes: lab.minutes, steps: lab.steps,
                finished: lab.steps.filter { done[$0] != nil }, isCurrent: progress.currentLab == lab.id)
        }
    }

    package var text: String {
        let width = labs.map { $0.id.count }.max() ?? 0
        let titleWidth = labs.map { $0.title.count }.max() ?? 0
        return labs.map { lab in
            let mark = lab.isCurrent ? "*" : " "
            let id = lab.id.padded(to: width)
            let title = lab.title.padded(to: titleWidth)
            return
                "\(mark) \(id)  \(title)  \(lab.finished.count) of \(lab.steps.count) steps done  ~\(lab.minutes) min"
        }.joined(separator: "\n")
    }

    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
