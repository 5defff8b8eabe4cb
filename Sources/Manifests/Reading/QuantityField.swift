// Quantities as they stand in manifests: with and without quotes.

import StrictYAML
import Yams

extension ObjectFields {
    func quantity(_ name: String) -> Quantity? {
        node(name).flatMap { quantity($0, at: child(name)) }
    }

    /// A quantity that is not below zero; nil when there is none, which is noted.
    func quantity(_ node: Node, at path: String) -> Quantity? {
        guard case .scalar(let scalar) = node else {
            wrongType(node, at: path, expected: "a quantity such as 200Mi or 250m")
            return nil
        }
        switch node.plainMeaning {
        case .bool, .null:
            wrongType(node, at: path, expected: "a quantity such as 200Mi or 250m")
            return nil
        default: break
        }
        do throws(Quantity.Malformed) {
            let quantity = try Quantity(scalar.string)
            guard !quantity.isBelowZero else {
                throw Quantity.Malformed(detail: "must be greater than or equal to 0")
            }
            return quantity
        } catch {
            reader.error(
                "\(path): Invalid value: \"\(shown(scalar.string))\": \(error.detail)",
                at: SourcePosition(node))
            return nil
        }
    }
}
