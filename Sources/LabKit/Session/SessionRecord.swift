// A learner's session as other podlab processes see it: what is said of the playground, and what was seen and answered in it.

import Playgrounds

/// What another process needs to check a session, in one file: the record of its playground, and since when each step runs, what was answered
/// and what the checks have to remember.
@dynamicMemberLookup
package struct SessionRecord: Sendable, Equatable {
    package var node: NodeRecord
    /// When each step began, in nanoseconds of CLOCK_BOOTTIME.
    package var began: [String: UInt64] = [:]
    package var answers: [String: String] = [:]
    /// Edge checks that have held since their step began, by `STEP/CHECK`, with what was seen then.
    package var edges: [String: Edge] = [:]
    /// Pid namespaces that a `namespaceEnd` check of a step has seen since the step began, by step.
    package var sightings: [String: [NamespaceSighting]] = [:]
    /// Processes that a `restart` check of a step has seen since the step began, by step.
    package var restarts: [String: [RestartSighting]] = [:]
    /// Cgroups whose counters a check of a step asks for, as they were seen since the step began, by step.
    package var limits: [String: [LimitSighting]] = [:]

    package init(_ node: NodeRecord) { self.node = node }

    package subscript<Value>(dynamicMember member: WritableKeyPath<NodeRecord, Value>) -> Value {
        get { node[keyPath: member] }
        set { node[keyPath: member] = newValue }
    }

    /// What an edge check saw when it held.
    package struct Edge: Codable, Sendable, Equatable {
        package var expected: String?
        package var actual: String?
        package var evidence: [Evidence]
    }
}

/// One object holds both: the keys of the playground's record stand beside these.
extension SessionRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case began, answers, edges, sightings, restarts, limits
    }

    package init(from decoder: any Decoder) throws {
        node = try NodeRecord(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // A session that is about to begin has none of them.
        began = try container.decodeIfPresent([String: UInt64].self, forKey: .began) ?? [:]
        answers = try container.decodeIfPresent([String: String].self, forKey: .answers) ?? [:]
        edges = try container.decodeIfPresent([String: Edge].self, forKey: .edges) ?? [:]
        sightings = try container.decodeIfPresent([String: [NamespaceSighting]].self, forKey: .sightings) ?? [:]
        restarts = try container.decodeIfPresent([String: [RestartSighting]].self, forKey: .restarts) ?? [:]
        limits = try container.decodeIfPresent([String: [LimitSighting]].self, forKey: .limits) ?? [:]
    }

    package func encode(to encoder: any Encoder) throws {
        try node.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(began, forKey: .began)
        try container.encode(answers, forKey: .answers)
        try container.encode(edges, forKey: .edges)
        try container.encode(sightings, forKey: .sightings)
        try container.encode(restarts, forKey: .restarts)
        try container.encode(limits, forKey: .limits)
    }
}
