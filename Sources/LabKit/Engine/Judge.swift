// Answers probes: reads the kernel and says what was expected, what is, and which file or query said so.

import Glibc
import KernelState
import Playgrounds
import SystemPackage

/// One look at a playground, for the checks of one step. Readings are shared between the checks of a look, so that they
/// speak of one moment; make a new judge for the next look.
package final class Judge {
    package let node: NodeView
    /// Decoys by name, as they were started.
    package let decoys: [String: ProcessIdentity]
    /// Signals that were witnessed since the step began.
    package let signals: [SignalRecord]
    /// Pid namespaces that were seen since the step began, and what became of them.
    package var sightings: [NamespaceSighting]
    /// Processes whose restart is waited for, as they were seen since the step began.
    package var restarts: [RestartSighting]
    /// Somebody has just looked for them, so the first look of this judge's would say the same.
    package var isInformedOfRestarts = false
    /// Cgroups whose counters are asked for, as they were seen since the step began.
    package var limits: [LimitSighting]
    /// What the learner answered in this step.
    package let answer: String?

    /// The root cgroup of the playground by controller, and why there is none.
    package let cgroups: CgroupRecord

    /// The course's programs, as the playground was started with them.
    package let programs: ProgramRecord

    private var table: ProcessTable?
    /// Whom an agent holds by pidfds, by the agent.
    var holdings: [ProcessID: Set<ProcessID>] = [:]
    /// What is to be said of programs of the course that the probe at hand asks for and that are not known, or not what they were.
    var programNotes: [CourseProgram: Evidence] = [:]
    /// Why selectors of the probe at hand fit nobody, whoever is there.
    var unknownPrograms: [String] = []
    /// Network namespaces in which something was still on its way when they were first looked at.
    var unsettled: [NamespaceID: Bool] = [:]

    package init(
        node: NodeView, decoys: [String: ProcessIdentity] = [:], signals: [SignalRecord] = [],
        sightings: [NamespaceSighting] = [], restarts: [RestartSighting] = [], limits: [LimitSighting] = [],
        answer: String? = nil,
        cgroups: CgroupRecord = CgroupRecord(), programs: ProgramRecord = ProgramRecord()
    ) {
        self.node = node
        self.decoys = decoys
        self.signals = signals
        self.sightings = sightings
        self.restarts = restarts
        self.limits = limits
        self.answer = answer
        self.cgroups = cgroups
        self.programs = programs
    }

    /// Who stands for what in the trial at hand.
    var witnesses = Witnesses()

    /// What a probe comes to with those who stand for its selectors now.
    func evaluateOnce(_ probe: any Probe) -> ProbeOutcome {
        programNotes = [:]
        unknownPrograms = []
        var result = outcome(of: probe)
        result.evidence += programNotes.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
        if result.status == .pass, let reason = unknownPrograms.first {
            // Nobody was found because nobody could be: that shows nothing.
            result.status = .error
            result.reason = reason
        }
        return result
    }

    private func outcome(of probe: any Probe) -> ProbeOutcome {
        guard node.isAlive else {
            return ProbeOutcome(status: .error, reason: "the playground has ended")
        }
        do {
            return try probe.judge(self)
        } catch {
            return ProbeOutcome(status: .error, reason: "\(error)")
        }
    }

    /// The processes of the playground at this look.
    func processes() throws(KernelStateError) -> ProcessTable {
        if let table { return table }
        let read = try node.processes(fields: [.status, .root, .executable, .namespaces])
        table = read
        return read
    }

    func isAlive(_ process: ProcessIdentity) -> Bool {
        guard let state = ProcessState.read(process.pid, fields: []) else { return false }
        return state.identity == process && !state.isZombie
    }
}
