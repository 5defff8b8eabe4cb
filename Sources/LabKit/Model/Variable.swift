// Values drawn per learner, so that an answer copied from a neighbour fails.

import Text

/// A value of a lab that differs between learners: `{{name}}` in texts, `$NAME` in the playground's shell.
package struct Variable: Sendable, Equatable {
    package enum Choice: Sendable, Equatable {
        /// One of these values.
        case oneOf([String])
        /// The prefix followed by one of these words.
        case prefixed(String, words: [String])
        /// Not drawn: that of the first word that fits this machine; the default where none does.
        case byMachine([MachineValue])

        /// Every value that can be drawn, in the order of the file.
        package var values: [String] {
            switch self {
            case .oneOf(let values): values
            case .prefixed(let prefix, let words): words.map { prefix + $0 }
            case .byMachine: []
            }
        }
    }

    /// A value for one kind of machine.
    package struct MachineValue: Sendable, Equatable {
        /// A word of `MachineWords`, such as `memory-v1`.
        package var word: String
        package var value: String

        package init(word: String, value: String) {
            self.word = word
            self.value = value
        }
    }

    package var name: String
    /// The value without a seed: what the lesson shows on a code host.
    package var defaultValue: String
    package var choice: Choice?

    /// The value for a seed. Stable for ever: a learner's values must not change with podlab's version. It is the value
    /// numbered `first SplitMix64 output of FNV-1a("SEED\0LAB\0NAME") modulo the number of values`.
    package func value(seed: String?, lab: String, machine: MachineWords = .current) -> String {
        if case .byMachine(let values) = choice {
            return values.first { machine.words.contains($0.word) }?.value ?? defaultValue
        }
        guard let seed, let values = choice?.values, !values.isEmpty else { return defaultValue }
        var generator = SplitMix64(state: fnv1a("\(seed)\0\(lab)\0\(name)"))
        return values[Int(generator.next() % UInt64(values.count))]
    }
}

/// FNV-1a, 64 bits: the hash that names the start of a random sequence.
func fnv1a(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

/// SplitMix64 (Steele, Lea, Flood 2014). Written here because Swift's generators may change between releases.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// The values of one learner for one lab.
package struct VariableValues: Sendable, Equatable {
    private var values: [String: String]

    package init(_ values: [String: String] = [:]) { self.values = values }

    /// What lab.yaml says of each, whatever the machine is.
    package init(defaultsOf variables: [Variable]) {
        values = Dictionary(variables.map { ($0.name, $0.defaultValue) }, uniquingKeysWith: { first, _ in first })
    }

    /// The values for a seed; the defaults without one.
    package init(lab: Lab, seed: String? = nil) {
        values = Dictionary(
            lab.variables.map { ($0.name, $0.value(seed: seed, lab: lab.id)) }, uniquingKeysWith: { first, _ in first })
    }

    package subscript(name: String) -> String? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// For the playground's shell: `$BOX` for `{{box}}`, `$POD_NAME` for `{{pod-name}}`.
    package var environment: [String: String] {
        Dictionary(
            values.map { (Self.environmentName($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    package static func environmentName(_ name: String) -> String {
        name.uppercased().replacing("-", with: "_")
    }

    /// Replaces every `{{name}}` that is defined; leaves the others as they stand.
    package func substitute(in text: String) -> String { filled(text) ?? text }

    /// The same; nil: there is nothing to replace.
    func filled(_ text: String) -> String? {
        let uses = VariableUse.all(in: text)
        guard uses.contains(where: { values[$0.name] != nil }) else { return nil }
        var result = ""
        var rest = text[...]
        for use in uses {
            guard let value = values[use.name] else { continue }
            result += rest[..<use.range.lowerBound]
            result += value
            rest = text[use.range.upperBound...]
        }
        return result + rest
    }
}

/// One `{{name}}` in a text.
struct VariableUse {
    var name: String
    var range: Range<String.Index>

    /// Every use in a text, in order. Names are lower-case letters, digits and hyphens, so that a shell's or a template
    /// engine's own braces (`{{.Name}}`, `{{ x }}`) are left alone.
    static func all(in text: String) -> [VariableUse] {
        guard text.hasPair("{", "{") else { return [] }
        let bytes = text.utf8
        var uses: [VariableUse] = []
        var start = bytes.startIndex
        while let open = bytes[start...].firstIndex(of: UInt8(ascii: "{")) {
            start = bytes.index(after: open)
            guard bytes[start...].first == UInt8(ascii: "{") else { continue }
            let name = bytes[start...].dropFirst().prefix { $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "}") }
            let close = bytes[name.endIndex...].prefix(2)
            guard close.elementsEqual("}}".utf8), CheckReference.isName(String(Substring(name))) else { continue }
            uses.append(VariableUse(name: String(Substring(name)), range: open..<close.endIndex))
            start = close.endIndex
        }
        return uses
    }
}
