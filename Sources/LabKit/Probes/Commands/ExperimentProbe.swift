// experiment: do something inside, and the same as control elsewhere.

import Isolation
import KernelState
import StrictYAML
import SystemPackage
import Text

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

extension ExperimentProbe.Counter: Keyword {
    package static var placeholder: ExperimentProbe.Counter { .memoryKills }
}

extension ExperimentProbe: MappingDecodable {
    package static let shape = Shape(
        "experimentProbe", "Does something inside, and as control the same elsewhere.",
        [
            .required("run", .filledList(.text)),
            .required("expect", .mapping("commandExpectation")),
            .optional("inside", .place, "`node`, or the one process that a selector picks."),
            .optional("cgroup", .mapping("trialCgroup")),
            .optional("control", .mapping("control")),
            .optional("timeout", .integer(1...600), default: 10, "Seconds."),
        ])

    package init(fields: Fields) {
        trial = Trial(
            place: fields.optional("inside") ?? .node, run: fields.nonEmpty("run"), expect: fields.required("expect"))
        cgroup = fields.optional("cgroup")
        control = fields.optional("control")
        timeout = fields.number("timeout")
    }
}

extension ExperimentProbe.TrialCgroup: MappingDecodable {
    package static let shape = Shape(
        "trialCgroup",
        "The trial, not the control, runs in a cgroup of its own that has the limits of this one; decided by the kernel's counter.",
        [
            .required("controller", .word("controller")),
            .required("path", .absolutePath, "From the playground's root cgroup."),
            .required(
                "counts", .word("counter"),
                "Counted there before, by the learner's own try, and by the trial in its own."),
        ])

    package init(fields: Fields) {
        controller = fields.required("controller")
        path = fields.required("path")
        counts = fields.required("counts")
        CgroupProbe.checkPath(path, of: fields)
    }
}

extension ExperimentProbe.Trial: MappingDecodable {
    package static let shape = Shape(
        "control", "The control of an experiment.",
        [
            .required("run", .filledList(.text)),
            .required("expect", .mapping("commandExpectation")),
            .optional("inside", .place, "`node`, or the one process that a selector picks."),
        ])

    package init(fields: Fields) {
        place = fields.optional("inside") ?? .node
        run = fields.nonEmpty("run")
        expect = fields.required("expect")
    }
}

extension ExperimentProbe: Probe {
    package static let key = "experiment"
    package static let asks = "what does a program come to here, and as control there?"
    package static let reads = "a program run there"
    package static let onlyReads = false
    package static let innerShapes = [Trial.shape, TrialCgroup.shape]
    package static let wordLists = [WordList("counter", Counter.self, "A counter of the kernel.")]

    package var refers: References { References(controllers: cgroup.map { [$0.controller.rawValue] } ?? []) }

    /// The trial and the control must both come to what is expected of them; a control that does not makes the experiment an
    /// *error*, because it has shown nothing.
    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let trial =
            if let cgroup {
                try run(self.trial, in: cgroup, look)
            } else {
                try look.run(
                    self.trial.run, in: self.trial.place, expecting: self.trial.expect, seconds: timeout)
            }
        guard let control, trial.status != .error, trial.status != .skip else { return trial }
        var result = trial
        let counter = try look.run(control.run, in: control.place, expecting: control.expect, seconds: timeout)
        result.evidence += counter.evidence.map { Evidence(source: "control: \($0.source)", value: $0.value) }
        if counter.status != .pass {
            result.status = .error
            result.reason = "the control came to something else: \(counter.actual ?? counter.reason ?? "nothing")"
        }
        return result
    }
}

extension ExperimentProbe.Counter {
    /// As the kernel calls it.
    var word: String {
        switch self {
        case .memoryKills: "oom_kill"
        case .refusedForks: "max"
        case .throttledPeriods: "nr_throttled"
        }
    }

    /// What a check notes of it.
    var key: String {
        switch self {
        case .memoryKills: "kills"
        case .refusedForks: "forks"
        case .throttledPeriods: "throttled"
        }
    }
}

extension CgroupFolder {
    func reading(of counter: ExperimentProbe.Counter) throws(KernelStateError) -> CgroupReading {
        switch counter {
        case .memoryKills: try memoryKills()
        case .refusedForks: try refusedForks()
        case .throttledPeriods: try throttledPeriods()
        }
    }
}
