// What a YAML file says, with the place of each part.

/// A value of YAML. Aliases are not among them: the value that was meant stands in their place.
package enum Node: Sendable {
    case scalar(Scalar)
    case sequence(Sequence)
    case mapping(Mapping)

    package struct Scalar: Sendable {
        /// How it is written: a plain one may mean a number, a truth value or nothing. See YAML 1.2.2, chapter 7.
        package enum Style: Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }

        /// The text without quotes, escapes and indentation.
        package let string: String
        package let style: Style
        /// As written, with what `%TAG` makes of it: `tag:yaml.org,2002:str` for `!!str`, `!` for a lone one.
        package let tag: String?
        package let position: SourcePosition
        /// What the file has, where placeholders in it were filled in; see `Node.filling`.
        package internal(set) var original: String?

        /// It is text, whatever it looks like.
        package var isText: Bool {
            style != .plain || tag == "!" || tag == "tag:yaml.org,2002:str" || original != nil
        }
    }

    package struct Sequence: Sendable {
        package var nodes: [Node]
        package let position: SourcePosition
    }

    package struct Mapping: Sendable {
        /// In the order of the file. No two keys are the same text.
        package var pairs: [(key: Node, value: Node)]
        package let position: SourcePosition

        package init(_ pairs: [(key: Node, value: Node)], at position: SourcePosition) {
            self.pairs = pairs
            self.position = position
        }
    }

    package var scalar: Scalar? { if case .scalar(let scalar) = self { scalar } else { nil } }
    package var sequence: Sequence? { if case .sequence(let sequence) = self { sequence } else { nil } }
    package var mapping: Mapping? { if case .mapping(let mapping) = self { mapping } else { nil } }

    /// Where it begins.
    package var position: SourcePosition {
        switch self {
        case .scalar(let scalar): scalar.position
        case .sequence(let sequence): sequence.position
        case .mapping(let mapping): mapping.position
        }
    }
}

extension Node.Sequence: RandomAccessCollection, MutableCollection {
    package var startIndex: Int { nodes.startIndex }
    package var endIndex: Int { nodes.endIndex }
    package subscript(index: Int) -> Node {
        get { nodes[index] }
        set { nodes[index] = newValue }
    }
}

extension Node.Mapping: RandomAccessCollection {
    package var startIndex: Int { pairs.startIndex }
    package var endIndex: Int { pairs.endIndex }
    package subscript(index: Int) -> (key: Node, value: Node) { pairs[index] }

    /// The value of a key that is this text.
    package subscript(key: String) -> Node? { pairs.first { $0.key.scalar?.string == key }?.value }
}
