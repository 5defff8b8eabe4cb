// answer: the learner types a fact, which is compared with the live kernel.

import CIsolation
import Glibc
import KernelState
import Playgrounds
import StrictYAML
import SystemPackage
import Text

package struct AnswerProbe: Sendable, Equatable {
    package enum Fact: Sendable, Equatable {
        /// Device and inode of a path of the node, written `DEVICE:INODE`.
        case fileIdentity(path: String)
        /// The node's number for the one process that fits.
        case processNumber(Selector)
        /// A fixed text.
        case text(String)
    }

    package var equals: Fact
    /// How the answer is written, shown with the question.
    package var format: String?
}

extension AnswerProbe: MappingDecodable {
    package static let shape = Shape(
        "answerProbe", "The learner types a fact.",
        [
            .required("equals", .mapping("fact")),
            .optional("format", .text, "How it is written, shown with the question."),
        ])

    package init(fields: Fields) {
        equals = fields.required("equals")
        format = fields.optional("format")
    }
}

extension AnswerProbe.Fact: MappingDecodable {
    package static let shape = Shape(
        "fact", "What the answer is compared with.",
        [
            .optional("fileIdentity", .text, "Device and inode of this path of the node."),
            .optional("processNumber", .mapping("selector"), "The node's number for the one process that fits."),
            .optional("text", .text),
        ], isOneKey: true)

    package init(fields: Fields) {
        switch fields.onlyKey {
        case "fileIdentity": self = .fileIdentity(path: fields.required("fileIdentity"))
        case "processNumber": self = .processNumber(fields.required("processNumber"))
        default: self = .text(fields.required("text"))
        }
    }
}

extension AnswerProbe: Probe {
    package static let key = "answer"
    package static let asks = "did the learner name the right fact?"
    package static let reads = "the live kernel"
    package static let onlyReads = true
    package static let innerShapes = [Fact.shape]

    package var question: Question? { Question(format: format) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let truth: [String]
        let evidence: Evidence
        switch equals {
        case .fileIdentity(let path):
            guard let file = try look.node.root().look(at: FilePath(path)).state else {
                return ProbeOutcome(status: .error, reason: "\(path) is not there any more: reset the lab")
            }
            let (device, inode) = (file.identity.device, file.identity.inode)
            // As `stat -c %d` has the device, as mountinfo has it, and as `stat` prints it without a format.
            truth = ["\(device.number)", "\(device.major):\(device.minor)", "\(device.major),\(device.minor)"]
                .map { "\($0):\(inode)" }
            evidence = Evidence(source: "statx \(path) in the playground", value: "\(file.identity)")
        case .processNumber(let selector):
            // Of several that fit, each one's number is right.
            let found = try look.select(selector)
            truth = found.compactMap { look.numberInNode($0)?.description }
            guard let first = found.first, !truth.isEmpty else {
                var absent = try look.nobody(fitting: selector, "a \(selector)")
                absent.observed["count"] = "0"
                return absent
            }
            let named = found.first { look.numberInNode($0)?.description == look.answer?.trimmingWhiteSpace } ?? first
            evidence = Evidence(source: "/proc/\(named.pid)/status NSpid", value: look.name(named))
        case .text(let text):
            truth = [text]
            evidence = Evidence(source: "lab", value: text)
        }
        let expected = format.map { "the right answer, as \($0)" } ?? "the right answer"
        guard let answer = look.answer else {
            return outcome(false, expected, "no answer yet", [], ["none": "true"])
        }
        let given = answer.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let right = truth.contains(given)
        // The truth itself is evidence only once the learner has it.
        return outcome(
            right, expected, "the answer \u{201C}\(terminalSafe(given))\u{201D}", right ? [evidence] : [],
            right ? [:] : ["wrong": given])
    }
}

extension DeviceNumber {
    /// The number as stat(2) gives it in `st_dev`. See makedev(3).
    var number: UInt64 {
        let (major, minor) = (UInt64(major), UInt64(minor))
        return (major & 0xffff_f000) << 32 | (major & 0xfff) << 8 | (minor & 0xffff_ff00) << 12 | minor & 0xff
    }
}
