// Where reports go: into their folder, each under a name of its own.

import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Grading

@Suite struct ReportFolderTests {
    @Test(
        "no name leads out of the folder, hides, or prints more than text, and two names stay two",
        arguments: [
            ("ada", "ada.json"), ("..", "%2e..json"), ("a/b", "a%2fb.json"), (".hid", "%2ehid.json"),
            ("a\n\u{1b}", "a%0a%1b.json"), ("50%", "50%25.json"), ("%2e", "%252e.json"), ("zoë", "zoë.json"),
            ("\u{9b}", "%c2%9b.json"),
        ])
    func names(learner: String, file: String) { #expect(ReportFolder.fileName(for: learner) == file) }

    @Test("a link that lies where a report belongs is replaced, and what it leads to is not touched")
    func links() throws {
        try withFolder(["elsewhere": "kept", "out/x": ""]) { path in
            symlink("../elsewhere", path.appending("out/ada.json").string)
            symlink("../elsewhere", path.appending("out/.podlab-\(getpid()).new").string)
            let folder = try ReportFolder(path.appending("out"))
            try folder.write("report", for: "ada", from: "class/ada")
            #expect(try String(contentsOfFile: path.appending("elsewhere").string, encoding: .utf8) == "kept")
            #expect(try String(contentsOfFile: path.appending("out/ada.json").string, encoding: .utf8) == "report")
            let names = try FileManager.default.contentsOfDirectory(atPath: path.appending("out").string).sorted()
            #expect(names == ["ada.json", "x"])
        }
    }

    @Test("a second learner of the same name does not replace the first, and a name that is too long is an error")
    func refusals() throws {
        try withFolder([:]) { path in
            let folder = try ReportFolder(path.appending("new/out"))
            try folder.write("one", for: "ada", from: "a/ada")
            let twice = #expect(throws: Folder.Failure.self) { try folder.write("two", for: "ada", from: "b/ada") }
            #expect(twice?.description.contains("a/ada") == true)
            let long = String(repeating: "n", count: 255)
            #expect(throws: Folder.Failure.self) { try folder.write("x", for: long, from: "x") }
            let names = try FileManager.default.contentsOfDirectory(atPath: path.appending("new/out").string)
            #expect(names == ["ada.json"])
        }
    }
}
