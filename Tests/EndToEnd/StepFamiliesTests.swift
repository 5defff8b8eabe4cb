// A step that nobody has thought of everywhere must not compile: what the compiler's guard depends on.

import Foundation
import Testing

@Suite struct StepFamiliesTests {
    /// Lines of the Swift sources of a folder that a pattern fits, comments left out.
    private func lines(of folder: String, with pattern: String) throws -> [String] {
        let pattern = try NSRegularExpression(pattern: pattern)
        let top = Executable.checkout + "/" + folder
        let names = try FileManager.default.subpathsOfDirectory(atPath: top).filter { $0.hasSuffix(".swift") }
        #expect(!names.isEmpty)
        return try names.flatMap { name in
            try String(contentsOfFile: "\(top)/\(name)", encoding: .utf8).split(separator: "\n")
                .filter { !$0.drop { $0 == " " }.hasPrefix("//") }
                .filter { pattern.firstMatch(in: String($0), range: NSRange($0.startIndex..., in: $0)) != nil }
                .map { "\(folder)/\(name): \($0)" }
        }
    }

    @Test("what a step is has no default: not in a switch, and not in an extension of what all families answer")
    func exhaustive() throws {
        #expect(try lines(of: "Sources/Isolation/Steps", with: #"\bdefault\s*:|\bextension StepFamily\b"#) == [])
    }

    @Test("nobody finds out by comparing texts which step has failed")
    func typed() throws {
        #expect(try lines(of: "Sources", with: #"\.(?:operation|summary)\s*[!=]="#) == [])
    }
}
