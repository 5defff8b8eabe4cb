// A submission as it lies on disk: what is read, what is refused, and that nothing of it is trusted.

import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Grading

@Suite struct SubmissionFolderTests {
    private static let labs = ["01-chroot", "02-mounts"]

    /// A folder with these files; the folder is gone afterwards.
    private func withFolder<Value>(
        _ files: [String: String], _ body: (FilePath) throws -> Value
    ) throws -> Value {
        let path = FilePath(NSTemporaryDirectory()).appending("podlab-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: path.string) }
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
        for (name, text) in files {
            let file = path.appending(name)
            try FileManager.default.createDirectory(
                atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file.string))
        }
        return try body(path)
    }

    @Test("scripts are found by the lab's number or name, answers by lab and step")
    func reads() throws {
        try withFolder(["1.sh": "one", "02-mounts.sh": "two", "answers.yaml": "01-chroot/where: 40:12\n"]) { path in
            let folder = try SubmissionFolder(path: path, labs: Self.labs)
            #expect(folder.scripts == ["01-chroot": "one", "02-mounts": "two"])
            #expect(folder.answers == ["01-chroot/where": "40:12"])
            #expect(folder.problems.isEmpty && folder.learner == path.lastComponent?.string)
        }
    }

    @Test(
        "an answer stays the text that it is, whatever YAML makes of such a text",
        arguments: ["40:12", "1_000", "0x1f", "yes", "null", "~", "2026-01-01", "1e3", "012", "1.10"])
    func plainText(answer: String) throws {
        try withFolder(["answers.yaml": "01-chroot/where: \(answer)\n"]) { path in
            let folder = try SubmissionFolder(path: path, labs: Self.labs)
            #expect(folder.answers["01-chroot/where"] == answer)
        }
    }

    @Test(
        "answers that are none, or no mapping, are said so", arguments: ["- a\n", "[", "a: [1]\n", "text\n", "---\n"])
    func brokenAnswers(text: String) throws {
        try withFolder(["answers.yaml": text]) { path in
            let folder = try SubmissionFolder(path: path, labs: Self.labs)
            #expect(folder.problems.count == 1 && folder.problems[0].hasPrefix("answers.yaml: "))
        }
    }

    @Test("an empty answers.yaml answers nothing", arguments: ["", "# not yet\n", "\n"])
    func emptyAnswers(text: String) throws {
        try withFolder(["answers.yaml": text]) { path in
            let folder = try SubmissionFolder(path: path, labs: Self.labs)
            #expect(folder.answers.isEmpty && folder.problems.isEmpty)
        }
    }

    @Test("links, pipes, folders and what is too large are named and not read")
    func hostile() throws {
        try withFolder(["02-mounts.sh": String(repeating: "x", count: 256 << 10)]) { path in
            symlink("/etc/passwd", path.appending("01-chroot.sh").string)
            let folder = try SubmissionFolder(path: path, labs: Self.labs)
            #expect(folder.scripts.keys.sorted() == ["02-mounts"] && folder.problems.count == 1)
        }
        try withFolder(["02-mounts.sh": String(repeating: "x", count: (256 << 10) + 1)]) { path in
            mkfifo(path.appending("01-chroot.sh").string, 0o600)
            let folder = try SubmissionFolder(path: path, labs: Self.labs)
            #expect(
                folder.problems == ["01-chroot.sh: not a regular file", "02-mounts.sh: larger than 262144 bytes"])
        }
        try withFolder(["01-chroot.sh/x": "", "other.sh": "true"]) { path in
            let folder = try SubmissionFolder(path: path, labs: Self.labs)
            #expect(
                folder.problems == ["01-chroot.sh: not a regular file", "other.sh: there is no lab 'other'"]
                    && folder.scripts.isEmpty)
        }
    }

    @Test("a folder of submissions stands for the submissions in it, in order")
    func find() throws {
        try withFolder(["b/01.sh": "", "a/answers.yaml": "", "c/notes.txt": "", "d.txt": ""]) { path in
            let found = try SubmissionFolder.find(path), one = try SubmissionFolder.find(path.appending("b"))
            let none = try SubmissionFolder.find(path.appending("c"))
            #expect(
                found.map { $0.lastComponent?.string } == ["a", "b"] && one == [path.appending("b")] && none.isEmpty)
        }
    }
}
