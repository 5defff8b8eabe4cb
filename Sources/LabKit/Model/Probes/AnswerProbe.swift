// answer: the learner types a fact, which is compared with the live kernel.

import StrictYAML

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
    package static let shape = Shape(name: "answerProbe", required: ["equals"], optional: ["format"])

    package init(fields: Fields) {
        equals = fields.required("equals")
        format = fields.optional("format")
    }
}

extension AnswerProbe.Fact: MappingDecodable {
    package static let shape = Shape(
        name: "fact", optional: ["fileIdentity", "processNumber", "text"], isOneKey: true)

    package init(fields: Fields) {
        switch fields.onlyKey {
        case "fileIdentity": self = .fileIdentity(path: fields.required("fileIdentity"))
        case "processNumber": self = .processNumber(fields.required("processNumber"))
        default: self = .text(fields.required("text"))
        }
    }
}
