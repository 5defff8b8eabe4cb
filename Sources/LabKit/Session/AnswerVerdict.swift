// What an answer is worth, as soon as it is given: right, nearly right, or not.

/// The verdict on the answer of a step.
package enum AnswerVerdict: Equatable, Sendable {
    case right
    /// It is not; `remark` says what is near about it, or what is missing, when that can be told without giving the answer away.
    case wrong(remark: String?)
    /// podlab could not find out.
    case unknown(reason: String)
}

/// Answers that say the same in other words, each with what was wrong with the words. Whether one of them is right says the judge.
struct AnswerReading: Equatable, Sendable {
    var text: String
    var remark: String

    /// The ways to read what was typed, the likeliest first.
    static func all(of answer: String, format: String?) -> [AnswerReading] {
        let shape = format.map { "`\(firstClause($0))`" } ?? "the plain value"
        var readings: [AnswerReading] = []
        func add(_ text: String, _ remark: String) {
            if text != answer, !text.isEmpty, !readings.contains(where: { $0.text == text }) {
                readings.append(AnswerReading(text: text, remark: remark))
            }
        }
        let bare = answer.trimming { "\"'`\u{201c}\u{201d}.,;()<>[] ".contains($0) }
        add(bare, "The value is right; write it alone, without quotes or punctuation around it.")
        let numbers = answer.split { !$0.isHexDigit }.map(String.init)
        let otherwise = "The numbers are right; write them as \(shape)."
        // More of them are a guess at all of them, and each reading is judged.
        if numbers.count > 1, numbers.count < 5 {
            add(numbers.joined(separator: ":"), otherwise)
            add(
                numbers.reversed().joined(separator: ":"),
                "The numbers are right, and in the wrong order: write \(shape).")
            // `stat` without a format prints `Device: 2bh/43d Inode: 2`, or major and minor number with a comma between them.
            let decimal = numbers.map { word in
                word.last == "d" && Int(word.dropLast()) != nil ? String(word.dropLast()) : word
            }
            add(decimal.suffix(2).joined(separator: ":"), otherwise)
            let fromHex = numbers.map { Int($0, radix: 16).map(String.init) ?? $0 }
            add(
                fromHex.joined(separator: ":"),
                "The numbers are right, in hexadecimal: write them in decimal, as \(shape).")
            if let first = fromHex.first, let last = numbers.last {
                add(
                    "\(first):\(last)", "The first number is right, in hexadecimal: write both in decimal, as \(shape)."
                )
            }
            for number in numbers { add(number, "The number is in there: write it alone.") }
        }
        add(answer.lowercased(), "Right but for capital letters: the kernel tells them apart.")
        add(answer.uppercased(), "Right but for small letters: the kernel tells them apart.")
        return readings
    }

    /// What can be said of an answer that is wrong however it is read.
    static func remark(on answer: String, format: String?) -> String? {
        let shape = format.map { firstClause($0) }
        if let shape, answer == shape {
            return "`\(shape)` stands for the value that you found: put that in its place."
        }
        let first = answer.split(separator: " ").first.map(String.init) ?? ""
        if answer.contains(" -") || ["stat", "ls", "pgrep", "cat", "ps", "readlink", "echo"].contains(first) {
            return "That is a command. `answer $(COMMAND)` hands in what it prints."
        }
        guard let shape else { return nil }
        let parts = shape.split(separator: ":").count
        let given = answer.split(separator: ":").count
        if parts > 1, given != parts { return "The answer has \(parts) parts: `\(shape)`." }
        let wantsNumber = ["INODE", "PID", "NUMBER", "DEVICE"].contains { shape.contains($0) }
        if wantsNumber, !answer.contains(where: \.isNumber) { return "The answer is made of numbers: `\(shape)`." }
        return nil
    }

    /// `DEVICE:INODE, both decimal` without what is behind the comma.
    private static func firstClause(_ format: String) -> String {
        String(format.prefix { $0 != "," })
    }
}

extension String {
    fileprivate func trimming(_ isOut: (Character) -> Bool) -> String {
        let body = drop(while: isOut)
        return String(body.reversed().drop(while: isOut).reversed())
    }
}

extension Attempt {
    /// What the answer of a step is worth; nil where there is none yet, or the step asks for none.
    package func verdict(onAnswerTo step: Step) -> AnswerVerdict? {
        let checker = checker
        guard let check = step.checks.first(where: { $0.probe.base.question != nil }),
            let question = check.probe.base.question, let given = checker.answer(to: step), !given.isEmpty
        else { return nil }
        let outcome = checker.judge(for: step).evaluate(check.probe.base)
        switch outcome.status {
        case .pass: return .right
        case .error, .skip: return .unknown(reason: outcome.reason ?? "podlab could not find out")
        case .fail: break
        }
        let answer = given.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let near = AnswerReading.all(of: answer, format: question.format).first { reading in
            checker.judge(for: step, answer: reading.text).evaluate(check.probe.base).status == .pass
        }
        return .wrong(remark: near?.remark ?? AnswerReading.remark(on: answer, format: question.format))
    }
}
