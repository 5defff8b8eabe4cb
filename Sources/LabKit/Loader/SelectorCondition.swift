// What a selector demands, and by which words a task says so.

import Playgrounds
import StrictYAML

/// A condition of a selector, as the rules of lint need it: a learner is to be told of it, or it only tells which process is meant.
struct SelectorCondition: Hashable {
    /// The keys of a selector.
    enum Key: String, Keyword {
        case root, notRoot, executable, program, name, innerNumber, writes, namespaces, sharing, apart, ancestorOf,
            descendantOf

        static var placeholder: Key { .root }
    }

    /// The key of the outermost selector that it stands under.
    var key: Key
    /// As lab.yaml has it, such as `sharing pid`.
    var words: String
    /// Any of these says it.
    var sayings: [String]

    /// What a variable has filled in is said by the variable's name as well: `box` and `$BOX` for `{{box}}`.
    mutating func mayBeSaid(by variables: [Variable]) {
        for variable in variables where sayings.contains(variable.defaultValue) {
            sayings += [variable.name, "$" + VariableValues.environmentName(variable.name)]
        }
    }

    /// Whether a text says it, in whatever case.
    func isSaid(in text: String) -> Bool {
        let text = text.lowercased()
        return sayings.contains { saying in
            text.ranges(of: saying.lowercased()).contains { range in
                // Part of a longer word is another word.
                let before = text[..<range.lowerBound].last
                let after = text[range.upperBound...].first
                return !(Self.isOfWord(saying.first) && Self.isOfWord(before))
                    && !(Self.isOfWord(saying.last) && Self.isOfWord(after))
            }
        }
    }

    private static func isOfWord(_ character: Character?) -> Bool {
        character.map { $0.isLetter || $0.isNumber } ?? false
    }

    private static let prefix = "condition"

    /// The name under which a reader keeps it.
    func note(in step: String) -> String {
        ([Self.prefix, step, key.rawValue, words] + sayings).joined(separator: "\n")
    }

    /// What a reader has kept; nil for a note of another kind.
    static func noted(_ note: String) -> (step: String, condition: SelectorCondition)? {
        let parts = note.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 4, parts[0] == prefix, let key = Key(rawValue: parts[2]) else { return nil }
        return (parts[1], SelectorCondition(key: key, words: parts[3], sayings: Array(parts[4...])))
    }
}

extension Selector {
    /// All that it demands, of others as well.
    var conditions: [SelectorCondition] {
        var all: [SelectorCondition] = []
        func add(_ key: SelectorCondition.Key, _ value: String, _ sayings: [String]) {
            all.append(SelectorCondition(key: key, words: "\(key.rawValue) \(value)", sayings: sayings))
        }
        for (key, path) in [(SelectorCondition.Key.root, root), (.notRoot, notRoot), (.writes, writes)] {
            guard let path else { continue }
            // The node's own root is the one that everybody has.
            add(key, path, path == "/" ? ["root of the node", "node's root"] : [path, Self.lastPart(of: path)])
        }
        if let executable { add(.executable, executable, [Self.lastPart(of: executable)]) }
        if let program { add(.program, program.rawValue, [program.rawValue]) }
        if let name { add(.name, name, [name]) }
        if let number = innerNumber {
            let first = number == 1 ? ["first process"] : []
            add(.innerNumber, "\(number)", ["number \(number)", "process \(number)", "PID \(number)"] + first)
        }
        for (kind, relation) in namespaces.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            add(.namespaces, "\(kind.rawValue) \(relation.rawValue)", kind.sayings)
        }
        for (key, relation) in [(SelectorCondition.Key.sharing, sharing), (.apart, apart)] {
            for kind in relation?.kinds ?? [] { add(key, kind.rawValue, kind.sayings) }
        }
        for (key, inner) in [
            (SelectorCondition.Key.sharing, sharing?.with.value), (.apart, apart?.with.value),
            (.ancestorOf, ancestorOf?.value), (.descendantOf, descendantOf?.value),
        ] {
            for condition in inner?.conditions ?? [] { add(key, condition.words, condition.sayings) }
        }
        return all
    }

    private static func lastPart(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

extension NamespaceKind {
    fileprivate var sayings: [String] { words == rawValue ? [words] : [words, rawValue] }
}
