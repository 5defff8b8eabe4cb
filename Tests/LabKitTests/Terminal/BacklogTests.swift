// What is kept of what was printed while nobody looked.

import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct BacklogTests {
    @Test("all is kept while it fits, and taken once")
    func small() {
        var backlog = Backlog(limit: 10)
        backlog.add(Array("abc".utf8))
        backlog.add(Array("def\n".utf8))
        #expect(!backlog.hasForgotten && backlog.take() == Array("abcdef\n".utf8))
        #expect(backlog.isEmpty && backlog.take().isEmpty)
    }

    @Test("whole lines are taken alone, unless there are too many")
    func lines() {
        var backlog = Backlog(limit: 100)
        backlog.add(Array("one\ntwo\nthr".utf8))
        #expect(backlog.takeLines(atMost: 5).isEmpty)
        #expect(backlog.takeLines(atMost: 50) == Array("one\ntwo\n".utf8))
        #expect(backlog.takeLines(atMost: 50).isEmpty && backlog.take() == Array("thr".utf8))
        backlog.add(Array(String(repeating: "line\n", count: 1000).utf8))
        #expect(backlog.takeLines(atMost: 10_000).isEmpty && !backlog.take().isEmpty)
    }

    @Test("the newest is kept, from the beginning of a line", arguments: [1, 3, 7, 1000])
    func large(size: Int) {
        var backlog = Backlog(limit: 100)
        let text = Array((0..<1000).map { "line \($0)\n" }.joined().utf8)
        for start in stride(from: 0, to: text.count, by: size) {
            backlog.add(text[start..<min(text.count, start + size)])
        }
        let kept = String(decoding: backlog.take(), as: UTF8.self)
        #expect(
            kept.hasPrefix("line ") && kept.hasSuffix("line 999\n") && kept.utf8.count <= 100 && kept.utf8.count > 80)
    }
}
