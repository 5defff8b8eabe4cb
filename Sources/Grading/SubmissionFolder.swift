// A learner's submission on disk: one script for each lab, and answers.

import LabKit
import SystemPackage
import Text

/// A folder named for the learner, with `01-chroot.sh` … and an optional `answers.yaml` (`LAB/STEP: value`).
package struct SubmissionFolder: Sendable {
    package let learner: String
    /// Script texts by lab id.
    package var scripts: [String: String] = [:]
    /// The name of each script's file, by lab id.
    package private(set) var files: [String: String] = [:]
    /// By `LAB/STEP`.
    package private(set) var answers: [String: String] = [:]
    /// Why a lab's script could not be read, by lab id; it names the file.
    package private(set) var unreadable: [String: String] = [:]
    /// What could not be read or belongs to no lab, each in one line.
    package private(set) var problems: [String] = []

    /// An empty submission, for scripts that come from elsewhere.
    package init(learner: String) { self.learner = learner }

    /// No file of a submission is larger, in bytes.
    package static let largestFile = 256 << 10

    /// Reads a folder. Nothing of it is trusted: links are not followed, only regular files of bounded size are read.
    /// - Parameter labs: the ids of the steps of each lab, by lab.
    package init(_ folder: Folder, learner: String, labs: [String: [String]]) throws(Folder.Failure) {
        self.learner = learner
        for entry in try folder.entries() {
            switch Self.role(of: entry) {
            case .answers: readAnswers(folder, labs)
            case .script(let word): readScript(entry, word, folder, labs.keys.sorted())
            case .almost(let meant): note("\(entry.shown): is it meant to be \(meant)? It is not read")
            case .none: break
            }
        }
    }

    /// Whether there is anything to judge of a lab.
    package func isHandedIn(_ lab: String) -> Bool {
        scripts[lab] != nil || unreadable[lab] != nil || answers.keys.contains { $0.hasPrefix("\(lab)/") }
    }

    /// What a file of a submission is for.
    private enum Role {
        case answers
        case script(String)
        /// Its name is nearly right, so that somebody thinks it is read.
        case almost(String)
        case none
    }

    private static func role(of entry: Folder.Entry) -> Role {
        guard let name = entry.name else {
            return entry.bytes.suffix(3) == Array(".sh".utf8)[...] ? .almost("a LAB.sh with a name in UTF-8") : .none
        }
        if name == AnswersFile.name { return .answers }
        if name.hasSuffix(".sh") { return .script(String(name.dropLast(3))) }
        if case .folder = entry.kind { return .none }
        let lower = name.lowercased()
        if lower == AnswersFile.name || lower == "answers.yml" { return .almost(AnswersFile.name) }
        return lower.hasSuffix(".sh") ? .almost("LAB.sh") : .none
    }

    /// Whether a folder with these entries is a submission itself, not a folder of them. Folders in it do not make it one, whatever
    /// they are called.
    package static func isSubmission(_ entries: [Folder.Entry]) -> Bool {
        entries.contains { entry in
            guard !entry.isFolderLike else { return false }
            switch role(of: entry) {
            case .answers, .script, .almost: return true
            case .none: return false
            }
        }
    }

    private mutating func readScript(_ entry: Folder.Entry, _ word: String, _ folder: Folder, _ labs: [String]) {
        guard let name = entry.name, let lab = try? LabCatalog.find(word, in: labs) else {
            note("\(entry.shown): there is no lab '\(terminalSafe(clipped(word)))'")
            return
        }
        guard files[lab] == nil else {
            let reason =
                "\(terminalSafe(files[lab] ?? "")) and \(entry.shown) are both for \(lab): only one may be there"
            note(reason)
            scripts[lab] = nil
            unreadable[lab] = reason
            return
        }
        files[lab] = name
        do {
            scripts[lab] = try folder.text(of: entry.bytes, limit: Self.largestFile)
        } catch {
            note("\(entry.shown): \(error)")
            unreadable[lab] = "\(entry.shown): \(error)"
        }
    }

    private mutating func readAnswers(_ folder: Folder, _ labs: [String: [String]]) {
        do {
            let text = try folder.text(of: Array(AnswersFile.name.utf8), limit: Self.largestFile)
            let file = AnswersFile(text, labs: labs)
            answers = file.answers
            for problem in file.problems { note(problem) }
        } catch {
            note("\(AnswersFile.name): \(error)")
        }
    }

    /// What is wrong in very many places is not told of everywhere.
    private mutating func note(_ problem: String) {
        if problems.count < 100 {
            problems.append(problem)
        } else if problems.count == 100 {
            problems.append("more is wrong with this submission than is told here")
        }
    }
}
