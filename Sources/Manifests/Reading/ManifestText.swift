// From a manifest's text to the nodes of its objects: JSON in a row, escapes of Go's YAML, merge keys.

import StrictYAML

struct ManifestText {
    let text: String
    let reader: YAMLReader

    /// Objects of JSON in a row that are looked for: more than any node takes pods.
    private static let mostObjects = 200

    /// The tops of all documents; what is wrong is noted.
    func roots() -> [Node] { pieces.flatMap { reader.roots(of: $0) }.map(Self.merged) }

    // MARK: JSON in a row

    /// The text, or where it is JSON each of its objects alone, with what is before it blank, so that places stay what they are.
    private var pieces: [String] {
        guard text.utf8.first(where: { !Self.isSpace($0) }) == UInt8(ascii: "{") else { return [text] }
        let text = JSONEscapes.replaced(in: text)
        let bytes = Array(text.utf8)
        let ends = Self.ends(of: bytes)
        guard ends.count > 1, ends.count <= Self.mostObjects, bytes[(ends.last ?? 0)...].allSatisfy(Self.isSpace) else {
            return [text]
        }
        return zip([0] + ends, ends).map { start, end in
            let before = bytes[..<start]
            let lines = before.count { $0 == UInt8(ascii: "\n") }
            let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }
            return String(repeating: "\n", count: lines) + String(repeating: " ", count: column.count)
                + String(decoding: bytes[start..<end], as: UTF8.self)
        }
    }

    /// Where objects at the top end that only spaces are between; none when it is no row of them.
    private static func ends(of bytes: [UInt8]) -> [Int] {
        var ends: [Int] = []
        var (depth, isInText, index) = (0, false, 0)
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isInText {
                if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "\"") { isInText = false }
                continue
            }
            switch byte {
            case UInt8(ascii: "\"") where depth > 0: isInText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth < 0 { return [] }
                if depth == 0 { ends.append(index) }
            default: if depth == 0, !isSpace(byte) { return [] }
            }
        }
        return depth == 0 && !isInText ? ends : []
    }

    private static func isSpace(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }

    // MARK: Merge keys

    /// `<<: *other` takes over what another object has and this one has not. See YAML's "merge" type.
    private static func merged(_ node: Node) -> Node {
        switch node {
        case .sequence(var sequence):
            for index in sequence.indices { sequence[index] = merged(sequence[index]) }
            return .sequence(sequence)
        case .mapping(let mapping):
            var pairs: [(key: Node, value: Node)] = []
            var others: [Node] = []
            for (key, value) in mapping {
                let value = merged(value)
                if case .scalar(let scalar) = key, scalar.string == "<<", !scalar.isText, let maps = maps(value) {
                    others += maps
                } else {
                    pairs.append((key, value))
                }
            }
            guard !others.isEmpty else { return .mapping(Node.Mapping(pairs, at: mapping.position)) }
            var known = Set(pairs.compactMap { $0.key.scalar?.string })
            for case .mapping(let other) in others {
                for (key, value) in other {
                    guard let name = key.scalar?.string, known.insert(name).inserted else { continue }
                    pairs.append((key, value))
                }
            }
            return .mapping(Node.Mapping(pairs, at: mapping.position))
        default: return node
        }
    }

    /// One object, or a list of them; nil: neither, which stays and is no field that anybody knows.
    private static func maps(_ value: Node) -> [Node]? {
        switch value {
        case .mapping: return [value]
        case .sequence(let sequence):
            let all = Array(sequence)
            return all.allSatisfy { $0.mapping != nil } ? all : nil
        default: return nil
        }
    }
}
