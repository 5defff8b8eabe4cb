// signal: was a decoy signalled, by whom, and did it end? Recorded by the witness, so an edge.

import StrictYAML

package struct SignalProbe: Sendable, Equatable {
    /// The name of a decoy of the scene.
    package var target: String
    /// Signals that count, by name without SIG; any when empty.
    package var signals: [String]
    /// The sender's root was this directory of the node, by device and inode.
    package var senderRoot: String?
    /// Whether the target must have ended by it.
    package var ended: Bool
    /// Whether a signal was meant for the target, by its number in the node, from a pid namespace where that number is not
    /// the target's, and the target lives.
    package var missed: Bool
}

extension SignalProbe: MappingDecodable {
    package static let shape = Shape(
        name: "signalProbe", required: ["target"], optional: ["signals", "senderRoot", "ended", "missed"])

    package init(fields: Fields) {
        target = fields.required("target")
        signals = (fields.optional("signals", as: [SignalName].self) ?? []).map(\.rawValue)
        senderRoot = fields.optional("senderRoot")
        ended = fields.optional("ended") ?? false
        missed = fields.optional("missed") ?? false
        if ended, missed { fields.reader.error("'missed' does not go with 'ended'", at: fields.place("missed")) }
        fields.reader.note("decoy \(target)", at: fields.place("target"))
    }
}
