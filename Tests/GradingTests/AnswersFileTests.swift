// answers.yaml from strangers: bounded, every key accounted for, every value the text that it is.

import TestSupport
import Testing
import Text

@testable import Grading

@Suite struct AnswersFileTests {
    private static let labs = ["01-chroot": ["where", "pack"], "02-mounts": ["look"]]

    private func read(_ text: String) -> AnswersFile { AnswersFile(text, labs: Self.labs) }

    /// Lists of lists by aliases: 2 to the power of `levels` values, if anybody followed them.
    private static func bomb(_ levels: Int, last: String) -> String {
        "a0: &a0 [x, x]\n" + (1...levels).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined() + last
    }

    @Test(
        "an alias in any place is refused in no time",
        arguments: [
            bomb(40, last: "? *a40\n: x\n"), bomb(40, last: "01-chroot/where: *a40\n"),
            bomb(40, last: "? [*a40, *a40]\n: *a39\n"), "a: &a 01-chroot/where\n*a : x\n",
            "&k 01-chroot/where: &v x\n? *v\n: *k\n",
        ])
    func aliases(text: String) {
        var file = read("")
        let time = processorTime { file = read(text) }
        #expect(file.answers.isEmpty && file.problems.count == 1 && file.problems[0].contains("alias"), "\(file)")
        #expect(time < .seconds(5))
    }

    @Test(
        "an answer to no lab or step, or that is none, is named with its place",
        arguments: [
            ("01-chroot/wher: x\n", "answers.yaml:1:1: 01-chroot has no step 'wher' (did you mean 'where'?)"),
            ("\n09-none/where: x\n", "answers.yaml:2:1: there is no lab '09-none'"),
            ("where: x\n", "answers.yaml:1:1: 'where' is not LAB/STEP"),
            ("1/where: x\n01-chroot/where: y\n", "answers.yaml:2:1: 01-chroot/where is answered a second time"),
            ("01-chroot/where: x\n01-chroot/where: y\n", "stands here a second time"),
            ("01-chroot/where: [x]\n", "answers.yaml:1:1: every line is LAB/STEP: value"),
            ("? {a: b}\n: x\n", "every line is LAB/STEP: value"), ("<<: {a: b}\n", "answers.yaml:1:1: "),
            ("--- x\n--- y\n", "not YAML"), ("\u{1b}]0;x\u{7}: y\n", "answers.yaml:"),
        ])
    func unknown(text: String, problem: String) {
        let file = read(text)
        #expect(file.problems.count == 1 && file.problems[0].contains(problem), "\(file.problems)")
    }

    @Test("a lab may be called by its number")
    func numbers() {
        #expect(read("1/where: 40:12\n2/look: y\n").answers == ["01-chroot/where": "40:12", "02-mounts/look": "y"])
    }

    @Test("a file that is wrong everywhere is told of in a few lines and read in little time")
    func wrongEverywhere() {
        var file = read("")
        let text = (0..<20_000).map { "k\($0)/x: y\n" }.joined()
        let time = processorTime { file = read(text) }
        #expect(file.problems.count == 21 && time < .seconds(20), "\(file.problems.count), \(time)")
    }

    @Test(
        "nesting of any depth is refused",
        arguments: ["[", "{", "? ", "- ", "[{", "? - "])
    func depth(opener: String) {
        let file = read(String(repeating: opener, count: SubmissionFolder.largestFile / opener.utf8.count))
        #expect(file.answers.isEmpty && file.problems.count == 1, "\(file.problems)")
    }

    @Test("10,000 damaged files are read or refused, and what is said of them is fit to print", .timeLimit(.minutes(3)))
    func damage() {
        let seeds = [
            "01-chroot/where: \"40:12\"\n02-mounts/look: |\n  one\n  two\n", "# c\n1/where: 'it''s'\n? 2/look\n: *x\n",
            "%YAML 1.2\n---\n01-chroot/pack: !!str &a x\n...\n", Self.bomb(3, last: "? *a3\n: {<<: *a1}\n"),
            "{01-chroot/where: \"\\x41\\u263a\\N\", 02-mounts/look: >-\n}\n",
        ]
        var dice = SeededGenerator(seed: 40)
        var (good, bad) = (0, 0)
        var longest = Duration.zero
        for round in 0..<10_000 {
            let bytes = Array(seeds[round % seeds.count].utf8).damaged(by: &dice)
            let text = String(decoding: bytes, as: UTF8.self)
            var file = read("")
            longest = max(longest, processorTime { file = read(text) })
            if file.problems.isEmpty { good += 1 } else { bad += 1 }
            #expect(file.problems.count <= 21)
            for problem in file.problems where problem.unicodeScalars.contains(where: isHazardous) {
                Issue.record("\(problem.debugDescription)")
            }
            for key in file.answers.keys where !["01-chroot/where", "01-chroot/pack", "02-mounts/look"].contains(key) {
                Issue.record("\(key)")
            }
        }
        #expect(longest < .seconds(10))
        // A generator that only makes one kind proves little.
        #expect(good > 300 && bad > 300, "\(good) good, \(bad) bad")
    }
}
