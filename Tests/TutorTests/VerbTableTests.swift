// The table of verbs holds every file of Verbs/, in the order in which people read them.

import Foundation
import Testing

@testable import Tutor

@Suite("The table of verbs")
struct VerbTableTests {
    private let tutor = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources/Tutor")

    private func files(in folder: String) throws -> [(name: String, text: String)] {
        let place = tutor.appendingPathComponent(folder).path
        return try FileManager.default.subpathsOfDirectory(atPath: place).filter { $0.hasSuffix(".swift") }.map {
            ($0, try String(contentsOfFile: "\(place)/\($0)", encoding: .utf8))
        }
    }

    @Test("every file of a verb has its row, and every row its file")
    func complete() throws {
        let files = try files(in: "Verbs")
        #expect(Set(files.map(\.name)) == Set(Verb.all.map { "\($0.name.capitalized).swift" }))
        #expect(files.count == Verb.all.count && Set(Verb.all.map(\.name)).count == Verb.all.count)
        for (name, text) in files {
            // A second verb in a file could be missing in the table.
            #expect(text.components(separatedBy: "= Verb(").count == 2, "\(name) is one verb")
        }
    }

    @Test("outside its file and its row nothing asks which verb it is")
    func places() throws {
        let names = Verb.all.map(\.name).joined(separator: "|")
        let pattern = try NSRegularExpression(
            pattern: "Verb\\.(?:\(names))\\b|[!=]= \\.(?:\(names))\\b|verb\\(\\.(?:\(names))\\b")
        let files = try files(in: ".").filter { !$0.name.hasPrefix("Verbs/") }
        // Were nothing read, this would show nothing.
        #expect(files.count > 30)
        for (name, text) in files {
            let hits = pattern.numberOfMatches(in: text, range: NSRange(text.startIndex..., in: text))
            #expect(hits == 0, "\(name): what is of one verb belongs to its file")
        }
    }

    @Test("`help` lists them as people come upon them")
    func order() {
        #expect(
            Verb.all.map(\.usage) == [
                "labs", "start [LAB]", "task", "lesson [STEP]", "check", "hint", "solution", "demo", "answer VALUE",
                "reset", "skip", "next", "back", "goto STEP", "progress", "resume", "help [VERB]", "quit",
            ])
    }

    @Test("Tab offers words to those verbs alone that take one of a list")
    func completion() {
        let known = VerbCompletion(labs: ["01-chroot", "10-pod"], steps: ["where", "pack"])
        let offering = Verb.all.filter { !$0.words.goingOn(known, "").isEmpty }
        #expect(offering.map(\.name) == ["start", "lesson", "goto", "help"])
        for verb in offering { #expect(verb.shape != .nothing, "\(verb.name)") }
        #expect(Verb.named("start")?.words.goingOn(known, "1") == ["10-pod"])
        #expect(VerbCompletion(labs: ["01-chroot"]).words(line: "start 1", wordStart: 6, word: "1") == ["01-chroot"])
    }
}
