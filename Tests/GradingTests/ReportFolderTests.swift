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
    func names(learner: String, file: String) { #expect(ReportFolder.fileName(for: learner, suffix: "json") == file) }

    @Test("a link that lies where a report belongs is replaced, and what it leads to is not touched")
    func links() throws {
        try withFolder(["elsewhere": "kept", "out/x": ""]) { path in
            symlink("../elsewhere", path.appending("out/ada.json").string)
            symlink("../elsewhere", path.appending("out/.podlab-\(getpid()).new").string)
            let folder = try ReportFolder(path.appending("out"), suffix: "json")
            try folder.write("report", for: "ada", from: "class/ada")
            #expect(try String(contentsOfFile: path.appending("elsewhere").string, encoding: .utf8) == "kept")
            #expect(try String(contentsOfFile: path.appending("out/ada.json").string, encoding: .utf8) == "report")
            let names = try FileManager.default.contentsOfDirectory(atPath: path.appending("out").string).sorted()
            #expect(names == [".podlab-folders.json", "ada.json", "x"])
        }
    }

    @Test("a second learner of the same name does not replace the first, and a name that is too long is an error")
    func refusals() throws {
        try withFolder([:]) { path in
            let folder = try ReportFolder(path.appending("new/out"), suffix: "json")
            try folder.write("one", for: "ada", from: "a/ada")
            let twice = #expect(throws: Folder.Failure.self) { try folder.write("two", for: "ada", from: "b/ada") }
            #expect(twice?.description.contains("a/ada") == true)
            let long = String(repeating: "n", count: 255)
            #expect(throws: Folder.Failure.self) { try folder.write("x", for: long, from: "x") }
            let names = try FileManager.default.contentsOfDirectory(atPath: path.appending("new/out").string)
            #expect(names.filter { !$0.hasPrefix(".") } == ["ada.json"])
        }
    }

    @Test("a report of an earlier run is replaced by that of the same folder, and by no other's")
    func laterRuns() throws {
        try withFolder(["class/ada/x": "", "class/eve/ada/x": ""]) { path in
            let (ada, other) = (path.appending("class/ada"), path.appending("class/eve/ada"))
            try ReportFolder(path.appending("out"), suffix: "json").write("one", for: "ada", from: ada)
            let refused = #expect(throws: Folder.Failure.self) {
                try ReportFolder(path.appending("out"), suffix: "json").write("two", for: "ada", from: other)
            }
            #expect(refused?.description.contains("class/ada") == true)
            try ReportFolder(path.appending("out"), suffix: "json").write("again", for: "ada", from: ada)
            let file = path.appending("out/ada.json").string
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "again")
            // What was taken away is nobody's any more.
            unlink(file)
            try ReportFolder(path.appending("out"), suffix: "json").write("other", for: "ada", from: other)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "other")
        }
    }
}
