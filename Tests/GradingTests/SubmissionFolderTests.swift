// A submission as it lies on disk: what is read, what is refused, and that nothing of it is trusted.

import Foundation
import Glibc
import SystemPackage
import Testing
import Text

@testable import Grading

@Suite struct SubmissionFolderTests {
    private static let labs = ["01-chroot": ["where", "pack"], "02-mounts": ["look"]]

    @Test("scripts are found by the lab's number or name, answers by lab and step")
    func reads() throws {
        try withFolder(["1.sh": "one", "02-mounts.sh": "two", "answers.yaml": "01-chroot/where: 40:12\n"]) { path in
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(folder.scripts == ["01-chroot": "one", "02-mounts": "two"])
            #expect(folder.answers == ["01-chroot/where": "40:12"])
            #expect(folder.problems.isEmpty && folder.learner == "kim")
        }
    }

    @Test(
        "an answer stays the text that it is, whatever YAML makes of such a text",
        arguments: ["40:12", "1_000", "0x1f", "yes", "null", "~", "2026-01-01", "1e3", "012", "1.10"])
    func plainText(answer: String) throws {
        try withFolder(["answers.yaml": "01-chroot/where: \(answer)\n"]) { path in
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(folder.answers["01-chroot/where"] == answer)
        }
    }

    @Test(
        "answers that are none, or no mapping, are said so", arguments: ["- a\n", "[", "a: [1]\n", "text\n", "---\n"])
    func brokenAnswers(text: String) throws {
        try withFolder(["answers.yaml": text]) { path in
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(folder.problems.count == 1 && folder.problems[0].hasPrefix("answers.yaml:"))
        }
    }

    @Test("an empty answers.yaml answers nothing", arguments: ["", "# not yet\n", "\n"])
    func emptyAnswers(text: String) throws {
        try withFolder(["answers.yaml": text]) { path in
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(folder.answers.isEmpty && folder.problems.isEmpty)
        }
    }

    @Test("links, pipes, folders and what is too large are named and not read")
    func hostile() throws {
        try withFolder(["02-mounts.sh": String(repeating: "x", count: 256 << 10)]) { path in
            symlink("/etc/passwd", path.appending("01-chroot.sh").string)
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(folder.scripts.keys.sorted() == ["02-mounts"] && folder.problems.count == 1)
        }
        try withFolder(["02-mounts.sh": String(repeating: "x", count: (256 << 10) + 1)]) { path in
            mkfifo(path.appending("01-chroot.sh").string, 0o600)
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(
                folder.problems == ["01-chroot.sh: not a regular file", "02-mounts.sh: larger than 262144 bytes"])
        }
        try withFolder(["01-chroot.sh/x": "", "other.sh": "true"]) { path in
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(
                folder.problems == ["01-chroot.sh: not a regular file", "other.sh: there is no lab 'other'"]
                    && folder.scripts.isEmpty)
        }
    }

    @Test("two scripts for one lab are both named, and neither is judged", arguments: ["1.sh", "chroot.sh", "01.sh"])
    func twoScripts(other: String) throws {
        try withFolder(["01-chroot.sh": "good", other: "other", "02-mounts.sh": "two"]) { path in
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(folder.scripts == ["02-mounts": "two"])
            let reason = try #require(folder.unreadable["01-chroot"])
            #expect(reason.contains(other) && reason.contains("01-chroot.sh") && folder.problems == [reason])
        }
    }

    @Test("what was meant to be read and is not is said", arguments: ["answers.yml", "Answers.yaml", "01-chroot.SH"])
    func nearlyRight(name: String) throws {
        try withFolder(["02-mounts.sh": "two", name: "x", "notes.txt": "x"]) { path in
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(folder.problems.count == 1 && folder.problems[0].hasPrefix("\(name): is it meant to be"))
        }
    }

    @Test("a lab is handed in by an answer alone")
    func answersAlone() throws {
        try withFolder(["answers.yaml": "2/look: x\n"]) { path in
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(folder.isHandedIn("02-mounts") && !folder.isHandedIn("01-chroot"))
        }
    }

    @Test("names that a terminal would act on are escaped in what is said of them, and cut where they are long")
    func names() throws {
        let long = String(repeating: "n", count: 250)
        try withFolder(["\u{1b}[2J\n.sh": "x", "\(long).sh": "x"]) { path in
            let folder = try SubmissionFolder(Folder(path), learner: "kim", labs: Self.labs)
            #expect(folder.problems.count == 2)
            for problem in folder.problems {
                #expect(problem.unicodeScalars.allSatisfy { !isHazardous($0) } && problem.count < 400, "\(problem)")
            }
        }
    }
}
