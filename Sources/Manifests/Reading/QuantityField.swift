// Quantities as they stand in manifests: with and without quotes.

import StrictYAML

extension ObjectFields {
    func quantity(_ name: String) -> Quantity? {
        node(name).flatMap { quantity($0, at: child(name)) }
    }

    /// A quantity that is not below zero; nil when there is none, which is noted.
    func quantity(_ node: Node, at path: String) -> Quantity? {
        let text: String
        switch node.meaning {
        case .text(let written): text = written
        // Nothing is zero, as Go decodes it.
        case .null: text = "0"
        case .integer(let number): text = "\(number)"
        case .number: text = node.scalar?.string.filter { $0 != "_" } ?? ""
        case .flag, nil:
            wrongType(node, at: path, expected: "a quantity such as 200Mi or 250m")
            return nil
        }
        do throws(Quantity.Malformed) {
            let quantity = try Quantity(text)
            guard !quantity.isBelowZero else {
                throw Quantity.Malformed(detail: "must be greater than or equal to 0")
            }
            return quantity
        } catch {
            reader.error(
                "\(path): Invalid value: \"\(shown(text))\": \(error.detail)",
                at: SourcePosition(node))
            return nil
        }
    }
}
