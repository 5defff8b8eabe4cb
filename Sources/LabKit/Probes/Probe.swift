// What a probe is. One probe is one type in a file of its own in this folder, and a row in All.swift.

import StrictYAML

/// One typed reading of kernel state, or one experiment: its keys in lab.yaml and how they become a value, the words for what it expects, its
/// judge, what else of the lab it speaks of, and what must be remembered for it from look to look.
package protocol Probe: MappingDecodable, Sendable, Equatable {
    /// Names it in lab.yaml.
    static var key: String { get }
    /// The question that it answers, and where the answer is read: for the table in docs/authoring.md.
    static var asks: String { get }
    static var reads: String { get }
    /// Whether looking changes nothing: no packet is sent, no program is run, no limit is met. What acts upon a playground may change what a
    /// learner is about to measure.
    static var onlyReads: Bool { get }
    /// The mappings below its own that no other probe has.
    static var innerShapes: [Shape] { get }
    /// The words of its own values that are written as one of a few.
    static var wordLists: [WordList] { get }

    /// What it comes to at this look. What podlab could not find out is thrown, or an *error*; it is never a *fail*.
    func judge(_ look: Judge) throws -> ProbeOutcome

    /// What of the lab it speaks of.
    var refers: References { get }
    /// What no later look can tell.
    var memory: Memory { get }
    /// What the learner is asked, where it is judged by an answer.
    var question: Question? { get }
}

extension Probe {
    package static var innerShapes: [Shape] { [] }
    package static var wordLists: [WordList] { [] }
    package var refers: References { References() }
    package var memory: Memory { Memory() }
    package var question: Question? { nil }

    /// A pass or a fail with its evidence.
    func outcome(
        _ holds: Bool, _ expected: String, _ actual: String, _ evidence: [Evidence] = [],
        _ observed: [String: String] = [:]
    ) -> ProbeOutcome {
        ProbeOutcome(
            status: holds ? .pass : .fail, expected: expected, actual: actual, evidence: evidence, observed: observed)
    }
}

/// Words of which a value is one.
package struct WordList: Sendable {
    /// Among the schema's `$defs`.
    let name: String
    let words: [String]
    /// What they stand for.
    let about: String

    init<Words: Keyword>(_ name: String, _ words: Words.Type, _ about: String) {
        self.name = name
        self.words = Words.allCases.map(\.rawValue)
        self.about = about
    }
}

extension Field.Value {
    /// Where something is looked at.
    static let place = either([.literal("node"), .mapping("selector")])
    static let networkPlace = either([.literal("node"), .mapping("selector"), .mapping("namedNetwork")])
}

/// What of a lab a probe speaks of by name.
package struct References: Sendable, Equatable {
    /// Decoys and hosts of the scene.
    var decoys: [String] = []
    /// Those of them whose signals must be witnessed.
    var signalled: [String] = []
    var networks: [NetworkPlace] = []
    /// Controllers of cgroups that the playground must have, by their v2 names.
    var controllers: [String] = []

    /// The hosts in whose networks it looks.
    var hosts: [String] {
        networks.compactMap { if case .host(let name) = $0 { name } else { nil } }
    }
}

/// What must be looked at again and again from the beginning of a step on, because it is over when somebody asks for it.
package struct Memory: Sendable, Equatable {
    /// Number 1 of pid namespaces, and how it and the others there end.
    var endings: [NamespaceEndProbe] = []
    /// Processes, and who takes their place.
    var restarts: [RestartProbe] = []
    /// Cgroups, and under which limits something was counted.
    var limits: [CgroupProbe] = []

    package static func + (one: Memory, other: Memory) -> Memory {
        Memory(
            endings: one.endings + other.endings, restarts: one.restarts + other.restarts,
            limits: one.limits + other.limits)
    }
}

/// A fact that the learner types.
package struct Question: Sendable, Equatable {
    /// How the answer is written.
    package var format: String?
}

/// Some probe, as a check has it. lab.yaml writes it as a mapping with one key.
package struct AnyProbe: Sendable, Equatable {
    package let base: any Probe

    package init(_ base: any Probe) { self.base = base }

    package var key: String { type(of: base).key }

    /// Whether looking changes nothing.
    package var onlyReads: Bool { type(of: base).onlyReads }

    package static func == (one: AnyProbe, other: AnyProbe) -> Bool { one.base.isEqual(to: other.base) }
}

extension Probe {
    fileprivate func isEqual(to other: any Probe) -> Bool { (other as? Self) == self }

    fileprivate static func read(from fields: Fields) -> any Probe { fields.required(key, as: Self.self) }
}

extension AnyProbe: MappingDecodable {
    package static let shape = Shape(
        "probe", "One typed reading of kernel state, or one experiment: a mapping with one key.",
        Probes.all.map { .optional($0.key, .mapping($0.shape.name)) }, isOneKey: true)

    package init(fields: Fields) {
        // That it is none has been told already; whatever is read then, nobody sees.
        let kind = Probes.all.first { $0.key == fields.onlyKey } ?? Probes.all[0]
        base = kind.read(from: fields)
    }
}
