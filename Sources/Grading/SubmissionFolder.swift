// A learner's submission on disk: one script for each lab, and answers.

import Foundation
import LabKit
import SystemPackage
import Yams

/// A folder named for the learner, with `01-chroot.sh` … and an optional `answers.yaml` (`LAB/STEP: value`).
package struct SubmissionFolder: Sendable {
    package let learner: String
    package let path: FilePath
    /// Script texts by lab id.
    package var scripts: [String: String] = [:]
    /// By `LAB/STEP`.
    package var answers: [String: String] = [:]
    /// Why a lab's script could not be read, by lab id.
    package private(set) var unreadable: [String: String] = [:]
    /// What could not be read or belongs to no lab.
    package var problems: [String] = []

    /// An empty submission, for scripts that come from elsewhere.
    package init(learner: String) {
        self.learner = learner
        path = FilePath(".")
    }

    /// No file of a submission is larger, in bytes.
    private static let largestFile = 256 << 10

    /// Reads a folder. Nothing of it is trusted: links are not followed, only regular files of bounded size are read.
    package init(path: FilePath, labs: [String]) throws {
        self.path = path
        learner = path.lexicallyNormalized().lastComponent?.string ?? path.string
        for name in try FileManager.default.contentsOfDirectory(atPath: path.string).sorted() {
            let file = path.appending(name)
            if name == "answers.yaml" {
                readAnswers(file)
            } else if name.hasSuffix(".sh") {
                let word = String(name.dropLast(3))
                guard let lab = try? LabCatalog.find(word, in: labs) else {
                    problems.append("\(name): there is no lab '\(word)'")
                    continue
                }
                do {
                    scripts[lab] = try Self.text(of: file)
                } catch {
                    problems.append("\(name): \(error)")
                    unreadable[lab] = "\(error)"
                }
            }
        }
    }

    /// Whether a folder is a submission itself, not a folder of them.
    package static func isSubmission(_ path: FilePath) -> Bool {
        ((try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? [])
            .contains { $0.hasSuffix(".sh") || $0 == "answers.yaml" }
    }

    /// The submissions that a path stands for: itself, or the folders in it.
    package static func find(_ path: FilePath) throws -> [FilePath] {
        if isSubmission(path) { return [path] }
        let names = try FileManager.default.contentsOfDirectory(atPath: path.string).sorted()
        return names.map { path.appending($0) }.filter { LabsLocation.isDirectory($0) && isSubmission($0) }
    }

    private mutating func readAnswers(_ file: FilePath) {
        do {
            // Composed, not loaded: YAML 1.1 would read the answer 40:12 as the number 2412.
            guard let document = try Yams.compose(yaml: try Self.text(of: file)) else { return }
            guard let mapping = document.mapping else {
                problems.append("answers.yaml: not a mapping of LAB/STEP to a value")
                return
            }
            for (key, value) in mapping {
                guard let key = key.scalar?.string, let text = value.scalar?.string else {
                    problems.append("answers.yaml: every line is LAB/STEP: value")
                    continue
                }
                answers[key] = text
            }
        } catch {
            problems.append("answers.yaml: \(error)")
        }
    }

    private struct ReadError: Error, CustomStringConvertible { var description: String }

    private static func text(of path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
        defer { try? file.close() }
        var status = stat()
        guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ReadError(description: "not a regular file")
        }
        guard status.st_size <= largestFile else { throw ReadError(description: "larger than \(largestFile) bytes") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw ReadError(description: "not UTF-8 text")
        }
        return text
    }
}
