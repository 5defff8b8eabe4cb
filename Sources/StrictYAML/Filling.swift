// Placeholders in values, filled in before anything is read from them.

extension Node {
    /// The same with the texts of its scalars changed, keys excepted; nil: nothing in it is to be changed.
    /// - Parameter change: what takes a text's place; nil: it stays.
    package func filling(_ change: (String) -> String?) -> Node? {
        switch self {
        case .scalar(let scalar):
            return change(scalar.string).map { text in
                .scalar(
                    Scalar(
                        string: text, style: scalar.style, tag: scalar.tag, position: scalar.position,
                        original: scalar.string))
            }
        case .sequence(var sequence):
            var isChanged = false
            for index in sequence.indices {
                guard let node = sequence[index].filling(change) else { continue }
                sequence[index] = node
                isChanged = true
            }
            return isChanged ? .sequence(sequence) : nil
        case .mapping(var mapping):
            var isChanged = false
            for index in mapping.indices {
                guard let node = mapping[index].value.filling(change) else { continue }
                mapping.pairs[index].value = node
                isChanged = true
            }
            return isChanged ? .mapping(mapping) : nil
        }
    }

    /// Where the first value in it stands that was filled in; nil: there is none.
    package var firstFilled: SourcePosition? { scalars.first { $0.original != nil }?.position }

    /// Those in it, keys excepted.
    package var scalars: [Scalar] {
        switch self {
        case .scalar(let scalar): [scalar]
        case .sequence(let sequence): sequence.flatMap(\.scalars)
        case .mapping(let mapping): mapping.flatMap(\.value.scalars)
        }
    }
}
