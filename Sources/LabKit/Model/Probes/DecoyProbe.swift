// decoy: does a decoy of the scene live?

import StrictYAML

package struct DecoyProbe: Sendable, Equatable {
    package var name: String
    package var alive: Bool
}

extension DecoyProbe: MappingDecodable {
    package static let shape = Shape(name: "decoyProbe", required: ["name", "alive"])

    package init(fields: Fields) {
        name = fields.required("name")
        alive = fields.required("alive")
        fields.reader.note("decoy \(name)", at: fields.place("name"))
    }
}
