// What this machine can run, found out by trying.

import FoundationEssentials
import Glibc
import Isolation
import KernelState
import Netlink
import Playgrounds
import SystemPackage

/// One thing that labs need, and whether this machine gives it.
package struct Diagnosis: Sendable, Codable, Equatable {
    package enum Verdict: String, Sendable, Codable {
        case yes, no
        /// It works without; something is less.
        case optional
    }

    package var id: String
    package var title: String
    package var verdict: Verdict
    /// What was tried and what came of it.
    package var detail: String
    /// What to do about it, where something can be done.
    package var remedy: String?
}

/// Whether a lab can run here.
package struct LabDiagnosis: Sendable, Codable, Equatable {
    package var id: String
    package var title: String
    package var verdict: Diagnosis.Verdict
    package var detail: String
}

/// The findings of one examination.
package struct Examination: Sendable, Codable, Equatable {
    package var schema = "podlab.doctor/v1"
    package var requirements: [Diagnosis]
    package var labs: [LabDiagnosis]
    /// What a Kubernetes node needs, as a page for learners: whether this machine has it matters to no lab.
    package var node: [Diagnosis]

    package var canRunEverything: Bool { labs.allSatisfy { $0.verdict == .yes } && !labs.isEmpty }

    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// Examines the machine. Every verdict comes from an attempt, not from a version number.
package struct Doctor {
    package let labs: [Lab]
    /// Nil when there is none that can be used; `courseRootProblem` says why.
    package let courseRoot: FilePath?
    package let courseRootProblem: String?

    package init(labs: [Lab], courseRoot: FilePath?, problem: String?) {
        self.labs = labs
        self.courseRoot = courseRoot
        courseRootProblem = problem
    }

    package func examine() -> Examination {
        let requirements = [
            userNamespace, networkNamespace, sourceNAT, seccompNotification, subordinateIDs, courseRootDiagnosis,
            playground,
            limits, cgroups, bounds, images,
        ]
        let missing = Dictionary(
            requirements.filter { $0.verdict == .no }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return Examination(
            requirements: requirements, labs: labs.map { diagnose($0, missing: missing) }, node: NodePrerequisites.all)
    }

    // MARK: Requirements

    private var userNamespace: Diagnosis {
        attempt("userns", "user namespaces without root", []) { "a process was root of a user namespace of its own" }
    }

    private var networkNamespace: Diagnosis {
        guard let near = LinkName("near"), let far = LinkName("far"), let bridge = LinkName("bridge") else {
            preconditionFailure("these are names of links")
        }
        return attempt(
            "network", "network namespaces, cables and bridges",
            [
                .unshare([.network]), .bringUpLoopback, .network(.addLink(.bridge(bridge), [.up])),
                .network(.addLink(.veth(near, peer: far), [.master(bridge), .up])),
            ]
        ) {
            "in a network namespace of its own lo was brought up, and a veth pair plugged into a bridge"
        }
    }

    private var sourceNAT: Diagnosis {
        attempt(
            "nat", "source NAT (nf_tables)",
            [.unshare([.network]), .network(.masquerade(from: .all4, leavingBy: .any))]
        ) {
            "a rule was written in a network namespace of its own"
        }
    }

    private var seccompNotification: Diagnosis {
        attempt("seccomp-notify", "seccomp user notification (who sent a signal)", [.witnessSignals]) {
            "a filter with a listener was installed"
        }
    }

    private func attempt(
        _ id: String, _ title: String, _ steps: [Isolation.Step], _ success: () -> String
    ) -> Diagnosis {
        let plan = Plan(
            [.unshare([.user, .mount]), .openExecutable(as: "podlab-init"), .mapIDs(.automatic), .setCredentials()]
                + steps
                + [.execute(.opened("podlab-init"), arguments: ["podlab-init"], environment: ["PODLAB_ROLE=nothing"])])
        do {
            let child = try plan.start(StartOptions(streams: .null))
            let listener = child.takeListener()
            if let listener { close(listener) }
            child.close()
            return Diagnosis(id: id, title: title, verdict: .yes, detail: success())
        } catch {
            let reason = error.description.split(separator: "\n").first.map(String.init) ?? error.operation
            return Diagnosis(id: id, title: title, verdict: .no, detail: reason, remedy: error.hint)
        }
    }

    /// A user namespace is given the ids that playgrounds have.
    private var subordinateIDs: Diagnosis {
        let title = "a range of subordinate user ids"
        let alone = "inside the playground there is no other user than root, which suffices for the core course"
        func diagnosis(_ verdict: Diagnosis.Verdict, _ detail: String, _ remedy: String? = nil) -> Diagnosis {
            Diagnosis(id: "subordinate-ids", title: title, verdict: verdict, detail: detail, remedy: remedy)
        }
        let plan: Plan = [.unshare([.user]), .mapIDs(.automatic), .setCredentials(), .finish]
        do {
            let ended = try plan.run(StartOptions(streams: .null))
            guard ended.isSuccess else { return diagnosis(.optional, "could not be tried: \(ended)") }
        } catch {
            return diagnosis(.optional, "could not be tried: \(error.operation): \(error.meaning)", error.hint)
        }
        if let refusal = RefusedIDMaps.reason {
            // What the playground below would say once more.
            _ = RefusedIDMaps.take()
            return diagnosis(.optional, "granted, but not to be had: \(refusal.meaning); \(alone)", refusal.hint)
        }
        let map = IDMap.automatic.resolved
        if map == .unprivilegedRange() {
            return diagnosis(
                .yes,
                "a process was given the ids from \(IDMap.rootBase) on, as root maps them; the host's root is never mapped"
            )
        }
        guard case .ranges(let users, _) = map, let range = users.max(by: { $0.count < $1.count }), range.count > 1
        else {
            return diagnosis(
                .optional, "none: \(alone)",
                "as root: apt-get install uidmap, and usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER"
            )
        }
        return diagnosis(.yes, "a process was given \(range.count) ids from \(range.outside) on")
    }

    private var courseRootDiagnosis: Diagnosis {
        Diagnosis(
            id: "course-root", title: "the course root", verdict: courseRoot == nil ? .no : .yes,
            detail: courseRoot.map(\.string) ?? courseRootProblem ?? "there is none",
            remedy: courseRoot == nil ? "podlab root build" : nil)
    }

    private var playground: Diagnosis {
        let title = "a playground: overlay, proc, sysfs, devpts in a user namespace"
        guard let courseRoot else {
            return Diagnosis(id: "overlay", title: title, verdict: .no, detail: "not tried: there is no course root")
        }
        do {
            let start = ContinuousClock.now
            let playground = try Playground.start(courseRoot: courseRoot)
            let shell = try playground.openShell(terminal: "dumb", rows: 24, columns: 80, journal: nil)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            shell.end()
            playground.end()
            return Diagnosis(
                id: "overlay", title: title, verdict: .yes,
                detail: "one was started; its shell took input after \(Int((seconds * 1000).rounded())) ms")
        } catch {
            return Diagnosis(id: "overlay", title: title, verdict: .no, detail: "\(error)")
        }
    }

    /// A process that may have no second one beside it tries to make one.
    private var limits: Diagnosis {
        let title = "limits of a playground"
        let fork: Isolation.Step = .enterProcessNamespace
        let plan = Plan([
            .unshare([.user, .mount]), .openExecutable(as: "podlab-init"), .mapIDs(.automatic), .setCredentials(),
            .setResourceLimit(.processes, soft: 1, hard: 1), .unshare([.pid]), fork,
            .execute(.opened("podlab-init"), arguments: ["podlab-init"], environment: ["PODLAB_ROLE=nothing"]),
        ])
        do {
            try plan.start(StartOptions(streams: .null)).close()
            return Diagnosis(
                id: "limits", title: title, verdict: .optional,
                detail: "a process forked in spite of RLIMIT_NPROC: a fork bomb inside would reach your machine",
                remedy: "limit the tasks of your login: a cgroup's pids.max, or systemd's TasksMax=")
        } catch {
            guard error.isAbout(fork), error.errno == .resourceTemporarilyUnavailable else {
                return Diagnosis(
                    id: "limits", title: title, verdict: .optional, detail: "could not be tried: \(error.operation)")
            }
            let limits = PlaygroundLimits.new
            let counted =
                PlaygroundLimits.countsByNamespace
                ? "counted for the playground alone"
                : "counted with all tasks of its user, as this kernel does; since Linux 5.14 a playground counts alone"
            let score = limits.oomScoreAdjustment.map { "oom_score_adj \($0)" } ?? "oom_score_adj as it is"
            return Diagnosis(
                id: "limits", title: title, verdict: .yes,
                detail: "at most \(limits.processes) tasks (RLIMIT_NPROC, \(counted)), no core files, \(score)")
        }
    }

    private var cgroups: Diagnosis {
        let title = "control groups of one's own (limits)"
        let layout = HostReport.Cgroup.current.rawValue
        switch Cgroups.find() {
        case .delegated(let parent):
            Cgroups.removeUnused()
            let limits = PlaygroundAllowance()
            let names = parent.controllers.map(\.rawValue).sorted().joined(separator: ", ")
            return Diagnosis(
                id: "cgroup", title: title, verdict: .yes,
                detail:
                    "layout \(layout); below \(parent.parts.first?.path ?? "/") with \(names); a playground may take "
                    + "\(limits.memory >> 20) MiB of memory and \(limits.tasks) tasks")
        case .unavailable(let reason, let command):
            return Diagnosis(
                id: "cgroup", title: title, verdict: .no,
                detail: "layout \(layout); \(reason)", remedy: command)
        }
    }

    /// What rlimits and mount options bound, and what only a cgroup does.
    private var bounds: Diagnosis {
        let title = "what a playground may take of this machine"
        let always = "tasks, core files, and the size and number of the files of its own"
        switch Cgroups.find() {
        case .delegated:
            Cgroups.removeUnused()
            return Diagnosis(
                id: "bounds", title: title, verdict: .yes,
                detail:
                    "bounded: \(always), and by a control group memory, whatever is mounted inside, and processor time")
        case .unavailable(_, let command):
            return Diagnosis(
                id: "bounds", title: title, verdict: .optional,
                detail:
                    "bounded: \(always); not bounded without control groups: memory (what is mounted inside may take all of it), "
                    + "processor time, and oom_score_adj, which may be lowered to 0 inside",
                remedy: command.map { "before grading what others have written: \($0)" })
        }
    }

    private var images: Diagnosis {
        let title = "an image for pods (busybox), and the node's program"
        guard let courseRoot else {
            return Diagnosis(
                id: "images", title: title, verdict: .no, detail: "not looked for: there is no course root")
        }
        let program = NodeProgram.problem
        let problem = program ?? NodeImages(beside: courseRoot).problem
        return Diagnosis(
            id: "images", title: title, verdict: problem == nil ? .yes : .no,
            detail: problem ?? "\(NodeImages.wanted) is in the image store",
            remedy: problem == nil ? nil : program == nil ? NodeImages.remedy : NodeProgram.remedy)
    }

    // MARK: Labs

    private func diagnose(_ lab: Lab, missing: [String: Diagnosis]) -> LabDiagnosis {
        var problems = lab.requirements.compactMap { missing[$0.rawValue]?.title }
        if lab.requirements.contains(.cgroup), missing["cgroup"] == nil {
            if let problem = Cgroups.find().problem(for: lab) { problems.append(problem) }
            Cgroups.removeUnused()
        }
        if missing["overlay"] != nil, !lab.requirements.contains(.overlay) { problems.append("a playground") }
        if let courseRoot, let missing = try? MissingTools(of: lab, in: courseRoot) {
            problems += missing.names.map { "\($0) in the course root" }
        } else {
            problems.append("a course root")
        }
        return LabDiagnosis(
            id: lab.id, title: lab.title, verdict: problems.isEmpty ? .yes : .no,
            detail: problems.isEmpty ? "can run" : "lacks \(problems.joined(separator: ", "))")
    }
}
