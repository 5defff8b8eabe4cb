// answers.yaml: what a learner answered beside the scripts, `LAB/STEP: value` in each line.

import LabKit
import StrictYAML
import Text

/// The answers of one file, and what is wrong with it. No key is passed over in silence.
package struct AnswersFile: Sendable, Equatable {
    package static let name = "answers.yaml"

    /// By `LAB/STEP`.
    package private(set) var answers: [String: String] = [:]
    /// Each with its place in the file.
    package private(set) var problems: [String] = []

    /// A file that is wrong everywhere is not told of everywhere.
    private static let mostProblems = 20

    /// - Parameter labs: the ids of the steps of each lab, by lab.
    package init(_ text: String, labs: [String: [String]]) {
        // Nothing but comments: no answers, and no fault.
        guard textLines(text).contains(where: { !Self.saysNothing($0) }) else { return }
        let reader = YAMLReader(file: Self.name, text: text)
        if let root = reader.root(of: text, aliases: false) { read(root, reader, labs) }
        problems = reader.diagnostics.prefix(Self.mostProblems).map(\.description)
        if reader.diagnostics.count > Self.mostProblems { problems.append("\(Self.name): more is wrong with it") }
    }

    private static func saysNothing(_ line: String) -> Bool {
        line.unicodeScalars.first { $0 != " " && $0 != "\t" }.map { $0 == "#" } ?? true
    }

    private mutating func read(_ root: Node, _ reader: YAMLReader, _ labs: [String: [String]]) {
        guard case .mapping(let mapping) = root else {
            reader.error("not a mapping of LAB/STEP to a value", at: SourcePosition(root))
            return
        }
        for (key, value) in mapping {
            guard reader.diagnostics.count <= Self.mostProblems else { return }
            guard case .scalar(let word) = key, case .scalar(let answer) = value else {
                reader.error("every line is LAB/STEP: value", at: SourcePosition(key))
                continue
            }
            do throws(Refusal) {
                let name = try Self.resolve(word.string, labs)
                guard answers[name] == nil else { throw Refusal(words: "\(name) is answered a second time") }
                // The text as it stands: YAML 1.1 would read the answer 40:12 as the number 2412.
                answers[name] = answer.string
            } catch {
                reader.error(error.words, at: SourcePosition(key))
            }
        }
    }

    private struct Refusal: Error { var words: String }

    /// `1/where` is `01-chroot/where`.
    private static func resolve(_ key: String, _ labs: [String: [String]]) throws(Refusal) -> String {
        let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw Refusal(words: "'\(clipped(key))' is not LAB/STEP") }
        let ids = labs.keys.sorted()
        guard let lab = try? LabCatalog.find(clipped(parts[0]), in: ids) else {
            throw Refusal(words: "there is no lab '\(clipped(parts[0]))'" + Spelling.suggestion(for: parts[0], in: ids))
        }
        let steps = labs[lab] ?? []
        guard steps.contains(parts[1]) else {
            throw Refusal(
                words: "\(lab) has no step '\(clipped(parts[1]))'" + Spelling.suggestion(for: parts[1], in: steps))
        }
        return "\(lab)/\(parts[1])"
    }
}
