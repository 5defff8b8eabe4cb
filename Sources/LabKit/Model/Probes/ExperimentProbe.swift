// experiment: do something inside, and the same as control elsewhere. And command, the last resort.

import StrictYAML

/// What a command must have come to. All that is given must hold.
package struct CommandExpectation: Sendable, Equatable {
    package var status: Int?
    /// Ended by this signal, by name without SIG.
    package var signal: String?
    package var stdout: TextExpectation?
    package var stderr: TextExpectation?
}

/// What a text must be.
package struct TextExpectation: Sendable, Equatable {
    package var equals: String?
    package var contains: String?
    /// A regular expression (Swift's `Regex` syntax) that must be found in it.
    package var matches: String?
}

/// Runs a program inside, and a control elsewhere, and expects of each what is said.
package struct ExperimentProbe: Sendable, Equatable {
    /// A cgroup of the playground that the trial, not the control, runs in; see cgroups(7).
    package struct TrialCgroup: Sendable, Equatable {
        package var controller: CgroupProbe.Controller
        /// From the playground's root cgroup: `/box`.
        package var path: String
        /// What the kernel must have counted there before, at the learner's own try, and must count again at the trial.
        package var counts: Counter
    }

    /// A counter of `CgroupProbe.Counters`.
    package enum Counter: String, Sendable, CaseIterable {
        case memoryKills, refusedForks, throttledPeriods
    }

    package struct Trial: Sendable, Equatable {
        package var place: Place
        /// Program and arguments.
        package var run: [String]
        package var expect: CommandExpectation
    }

    package var trial: Trial
    package var cgroup: TrialCgroup?
    package var control: Trial?
    /// After this many seconds the outcome is an error.
    package var timeout: Int
}

/// Runs a program and looks at what it came to. For what no other probe can say.
package struct CommandProbe: Sendable, Equatable {
    package var run: [String]
    package var place: Place
    package var expect: CommandExpectation
    /// After this many seconds the outcome is an error.
    package var timeout: Int
}

extension ExperimentProbe.Counter: Keyword {
    package static var placeholder: ExperimentProbe.Counter { .memoryKills }
}

extension TextExpectation: MappingDecodable {
    package static let shape = Shape(name: "textExpectation", optional: ["equals", "contains", "matches"])

    package init(fields: Fields) {
        equals = fields.optional("equals")
        contains = fields.optional("contains")
        matches = fields.optional("matches")
        fields.needsOne(of: Self.shape.keys)
        if let matches {
            do { _ = try Regex(matches) } catch {
                fields.reader.error("not a regular expression: \(error)", at: fields.place("matches"))
            }
        }
    }
}

extension CommandExpectation: MappingDecodable {
    package static let shape = Shape(name: "commandExpectation", optional: ["status", "signal", "stdout", "stderr"])

    package init(fields: Fields) {
        status = fields.has("status") ? fields.number("status", in: 0...255) : nil
        signal = fields.optional("signal", as: SignalName.self)?.rawValue
        stdout = fields.optional("stdout")
        stderr = fields.optional("stderr")
        fields.needsOne(of: Self.shape.keys)
        if status != nil, signal != nil {
            fields.reader.error("'signal' does not go with 'status'", at: fields.place("signal"))
        }
    }
}

extension ExperimentProbe: MappingDecodable {
    package static let shape = Shape(
        name: "experimentProbe", required: ["run", "expect"], optional: ["inside", "cgroup", "control", "timeout"])

    package init(fields: Fields) {
        trial = Trial(
            place: fields.optional("inside") ?? .node, run: fields.nonEmpty("run"), expect: fields.required("expect"))
        cgroup = fields.optional("cgroup")
        control = fields.optional("control")
        timeout = fields.number("timeout", in: 1...600, default: 10)
    }
}

extension ExperimentProbe.TrialCgroup: MappingDecodable {
    package static let shape = Shape(name: "trialCgroup", required: ["controller", "path", "counts"])

    package init(fields: Fields) {
        controller = fields.required("controller")
        path = fields.required("path")
        counts = fields.required("counts")
        CgroupProbe.checkPath(path, of: fields)
    }
}

extension ExperimentProbe.Trial: MappingDecodable {
    package static let shape = Shape(name: "control", required: ["run", "expect"], optional: ["inside"])

    package init(fields: Fields) {
        place = fields.optional("inside") ?? .node
        run = fields.nonEmpty("run")
        expect = fields.required("expect")
    }
}

extension CommandProbe: MappingDecodable {
    package static let shape = Shape(name: "commandProbe", required: ["run", "expect"], optional: ["in", "timeout"])

    package init(fields: Fields) {
        run = fields.nonEmpty("run")
        place = fields.optional("in") ?? .node
        expect = fields.required("expect")
        timeout = fields.number("timeout", in: 1...600, default: 10)
    }
}
