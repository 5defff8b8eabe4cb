// Who is found in a class folder: everybody, whatever the folders are.

import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Grading

@Suite struct ClassFolderTests {
    private func learners(_ path: FilePath, _ names: String...) throws -> [Learner] {
        try ClassFolder().learners(of: names.isEmpty ? [path.string] : names.map { path.appending($0).string })
    }

    @Test("a folder of submissions stands for the submissions in it, in order; a submission for itself")
    func find() throws {
        try withFolder(["b/01.sh": "", "a/answers.yaml": "", "d.txt": ""]) { path in
            let found = try learners(path), one = try learners(path, "b")
            #expect(found.map(\.name) == ["a", "b"] && found.allSatisfy { $0.fault == nil })
            #expect(one.map(\.name) == ["b"] && one[0].path == path.appending("b"))
        }
    }

    @Test("a learner who handed in nothing, a link or a name that is no text is found, with the fault")
    func faults() throws {
        try withFolder(["good/01.sh": "", "none/notes.txt": "", ".hidden/x": "", "eve.sh/01.sh": ""]) { path in
            symlink("good", path.appending("link").string)
            symlink("nowhere", path.appending("lost").string)
            let bytes = Array(path.string.utf8CString.dropLast()) + [0x2f, CChar(bitPattern: 0xe9), 0]
            #expect(mkdir(bytes, 0o700) == 0)
            let found = try learners(path)
            let faults = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.fault) })
            #expect(faults.keys.sorted() == [".hidden", "\\xe9", "eve.sh", "good", "link", "lost", "none"])
            #expect(faults["good"] == .some(nil) && faults["eve.sh"] == .some(nil))
            for name in ["none", ".hidden"] { #expect(faults[name]??.contains("holds no submission") == true) }
            for name in ["link", "lost"] { #expect(faults[name]??.contains("symbolic link") == true) }
            #expect(faults["\\xe9"]??.contains("not UTF-8") == true)
        }
    }

    @Test(
        "a folder that may not be read is a learner all the same",
        .enabled(if: geteuid() != 0, "root may read anything"))
    func modeZero() throws {
        try withFolder(["a/01.sh": "", "b/01.sh": ""]) { path in
            chmod(path.appending("a").string, 0)
            defer { chmod(path.appending("a").string, 0o700) }
            let found = try learners(path)
            #expect(found.map(\.name) == ["a", "b"] && found[0].fault?.contains("cannot be read") == true)
            #expect(try learners(path, "a", "b")[0].fault != nil)
        }
    }

    @Test("of several folders named, one that is a link or empty does not stop the others", arguments: ["", "/"])
    func several(slash: String) throws {
        try withFolder(["good/01.sh": "", "empty/notes.txt": ""]) { path in
            symlink("good", path.appending("link").string)
            let found = try ClassFolder().learners(of: ["empty", "link", "good"].map { "\(path)/\($0)\(slash)" })
            #expect(found.map(\.name) == ["empty", "link", "good"])
            #expect(found.map { $0.fault == nil } == [false, false, true])
        }
    }

    @Test("of several folders named each is a learner, whatever its learner has put into it")
    func pretender() throws {
        try withFolder(["mallory/zoe/01.sh": "", "zoe/01.sh": ""]) { path in
            let found = try learners(path, "mallory", "zoe")
            #expect(found.map(\.name) == ["mallory", "zoe"])
            #expect(found.map { $0.fault == nil } == [false, true])
        }
    }

    @Test("two folders of one name are told of and neither is graded; two names that only look alike are two")
    func sameName() throws {
        try withFolder(["a/ann/01.sh": "", "b/ann/01.sh": "", "jos\u{e9}/01.sh": ""]) { path in
            // A key of the dictionary above it could not be: for text the two are one.
            try FileManager.default.copyItem(atPath: path.string + "/a/ann", toPath: path.string + "/jose\u{301}")
            let found = try learners(path, "a/ann", "b/ann", "jos\u{e9}", "jose\u{301}")
            #expect(found.count == 4)
            #expect(found.map { $0.fault == nil } == [false, false, true, true])
        }
    }

    @Test("folders of submissions beside a script are not passed over in silence")
    func nested() throws {
        try withFolder(["01.sh": "", "ann/01.sh": "", "notes/x.txt": ""]) { path in
            let found = try learners(path)
            #expect(found.count == 1 && found[0].fault == nil && found[0].problem?.hasSuffix(": ann") == true)
        }
    }

    @Test("with labs that are judged for everybody an empty folder is a submission; the folder of reports is none")
    func judgesAll() throws {
        try withFolder(["good/01.sh": "", "empty/notes.txt": "", "reports/good.json": ""]) { path in
            var all = ClassFolder()
            all.judgesAll = true
            all.excluded = try Folder(path.appending("reports")).identity
            let found = try all.learners(of: [path.string])
            #expect(found.map(\.name) == ["empty", "good"] && found.allSatisfy { $0.fault == nil })
        }
    }

    @Test(
        "what is no folder, and a folder alone with nothing in it, is wrong usage", arguments: ["x.txt", "absent", "c"])
    func usage(name: String) throws {
        try withFolder(["x.txt": "", "c/notes.txt": ""]) { path in
            #expect(throws: ClassFolder.UsageProblem.self) { try learners(path, name) }
        }
    }
}
