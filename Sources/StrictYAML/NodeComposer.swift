// From events to nodes: aliases are followed, and counted as they come; no two keys of a mapping are alike.

import Text

/// Which parts of a text are wanted. Most of the time that reading takes goes into making values of its parts.
package indirect enum NodeParts: Sendable {
    case all
    /// Of mappings, the values of these keys; lists are looked through.
    case keys([String: NodeParts])

    /// Of a mapping that is made of these parts, how much of the value of a key; nil: nothing.
    fileprivate func value(of key: Node) -> NodeParts? {
        switch self {
        case .all: .all
        case .keys(let wanted): key.scalar.flatMap { wanted[$0.string] }
        }
    }
}

/// The documents of a text, one at a time.
struct NodeComposer: ~Copyable {
    private var events: EventStream
    private let hasAliases: Bool
    private let parts: NodeParts
    /// What stands for an anchor's name, and how many values that is.
    private var anchors: [String: (node: Node, values: Int)] = [:]
    /// Values that are there through aliases alone, in all documents.
    private var multiplied = 0
    private var open: [Frame] = []

    /// Deeper than anybody writes; what walks over nodes may go down by recursion.
    private static let mostLevels = 200
    /// So many values may be there through aliases alone.
    private static let mostMultiplied = 1_000_000

    /// A sequence or mapping whose end has not come.
    private struct Frame {
        let anchor: String?
        let position: SourcePosition
        let isMapping: Bool
        let parts: NodeParts
        var nodes: [Node] = []
        var pairs: [(key: Node, value: Node)] = []
        var key: Node?
        var known: Set<String> = []
        /// The values in it, itself among them.
        var values = 1

        /// Of the value that comes next; nil: it is not wanted.
        var next: NodeParts? {
            guard isMapping else { return parts }
            return key.map { parts.value(of: $0) } ?? .all
        }

        mutating func add(_ node: Node) throws(YAMLFault) {
            guard isMapping else {
                nodes.append(node)
                return
            }
            if let key {
                pairs.append((key, node))
                self.key = nil
                return
            }
            if let scalar = node.scalar, !known.insert(scalar.string).inserted {
                throw YAMLFault(kind: .secondKey(scalar.string), position: scalar.position)
            }
            key = node
        }

        var node: Node {
            isMapping
                ? .mapping(Node.Mapping(pairs, at: position))
                : .sequence(Node.Sequence(nodes: nodes, position: position))
        }
    }

    /// - Parameter aliases: whether there may be any.
    init(_ text: String, aliases: Bool, parts: NodeParts) throws(YAMLFault) {
        events = try EventStream(text)
        hasAliases = aliases
        self.parts = parts
    }

    /// The top of the next document, and where it begins; nil after the last.
    mutating func nextRoot() throws(YAMLFault) -> Node? {
        // What another document has named is unknown in this one.
        anchors = [:]
        open = []
        var root: Node?
        while true {
            guard let wanted = open.isEmpty ? parts : open[open.count - 1].next else {
                try events.skipValue()
                open[open.count - 1].key = nil
                continue
            }
            switch try events.next() {
            case .streamEnd: return nil
            case .documentStart: continue
            case .documentEnd: return root
            case .alias(let name, let position): root = try add(meant(by: name, at: position)) ?? root
            case .scalar(let scalar, let anchor): root = try add((.scalar(scalar), 1), as: anchor) ?? root
            case .sequenceStart(let position, let anchor):
                try begin(Frame(anchor: anchor, position: position, isMapping: false, parts: wanted))
            case .mappingStart(let position, let anchor):
                try begin(Frame(anchor: anchor, position: position, isMapping: true, parts: wanted))
            case .sequenceEnd, .mappingEnd:
                guard let frame = open.popLast() else { continue }
                root = try add((frame.node, frame.values), as: frame.anchor) ?? root
            }
        }
    }

    private mutating func begin(_ frame: Frame) throws(YAMLFault) {
        guard open.count < Self.mostLevels else {
            throw YAMLFault(kind: .syntax("nested too deeply"), position: frame.position)
        }
        open.append(frame)
    }

    /// - Returns: what is in nothing else.
    private mutating func add(_ part: (node: Node, values: Int), as anchor: String? = nil) throws(YAMLFault) -> Node? {
        if let anchor { anchors[anchor] = part }
        guard !open.isEmpty else { return part.node }
        open[open.count - 1].values += part.values
        try open[open.count - 1].add(part.node)
        return nil
    }

    private mutating func meant(by name: String, at position: SourcePosition) throws(YAMLFault) -> (Node, Int) {
        guard hasAliases else { throw YAMLFault(kind: .alias, position: position) }
        guard let part = anchors[name] else {
            throw YAMLFault(kind: .syntax("nothing before it is anchored as &\(clipped(name))"), position: position)
        }
        multiplied += part.values
        guard multiplied <= Self.mostMultiplied else { throw YAMLFault(kind: .growth, position: position) }
        return part
    }
}
