// How an answer that is not right may be read all the same, and what is said of it.

import Testing

@testable import LabKit

@Suite struct AnswerReadingTests {
    private let format = "DEVICE:INODE, both decimal"

    @Test(
        "numbers in other words are found again",
        arguments: [
            ("2:43", "43:2", "order"), ("43 2", "43:2", "write them as"), ("43/2", "43:2", "write them as"),
            ("0,43:2", "0:43:2", "write them as"), ("`43:2`", "43:2", "without quotes"),
            ("43:2.", "43:2", "without quotes"),
            ("2b:2", "43:2", "hexadecimal"), ("2bh/43d 2", "43:2", "write them as"),
        ])
    func near(answer: String, truth: String, words: String) throws {
        let reading = try #require(
            AnswerReading.all(of: answer, format: format).first { $0.text == truth },
            "\(answer) is not read as \(truth)")
        #expect(reading.remark.contains(words), "\(reading.remark)")
    }

    @Test("a right answer has no reading that is the answer itself")
    func itself() {
        #expect(!AnswerReading.all(of: "43:2", format: format).contains { $0.text == "43:2" })
    }

    @Test("a list of numbers is not searched for the right one")
    func guesses() {
        let list = (1...1000).map(String.init).joined(separator: " ")
        #expect(!AnswerReading.all(of: list, format: format).contains { $0.text == "43" })
        #expect(AnswerReading.all(of: "the number is 43", format: nil).contains { $0.text == "43" })
    }

    @Test(
        "what is wrong however it is read gets a line where one fits",
        arguments: [
            ("/", "2 parts"), ("43", "2 parts"), ("DEVICE:INODE", "put that in its place"),
            ("stat -c %d /", "a command"),
            ("a:b", "made of numbers"),
        ])
    func wrong(answer: String, words: String) {
        #expect(AnswerReading.remark(on: answer, format: format)?.contains(words) == true)
        #expect(AnswerReading.remark(on: "43:3", format: format) == nil)
    }
}
