// Finding a session that another podlab process runs: to check it, or to enter its playground.

import KernelState
import Playgrounds
import SystemPackage
import Text

package enum RunningSessionError: Error, CustomStringConvertible {
    /// `lab`: the one asked for, if one was. `others`: what is there that cannot be used, and why.
    case none(lab: String?, others: [String])
    case unknownStep(String, lab: String)

    package var description: String {
        switch self {
        case .none(let lab, let others):
            let which = lab.map { " of \($0)" } ?? ""
            return "no session\(which) is running: start one with `podlab` and `start \(lab ?? "1")`"
                + others.map { "\n  \(terminalSafe($0))" }.joined()
        case .unknownStep(let step, let lab):
            return "the session is at step '\(step)', which \(lab) does not have: name its labs with --labs"
        }
    }
}

/// A session of this user with a live playground, found by its folder.
package struct RunningSession {
    package let folder: SessionFolder
    package let record: SessionRecord
    /// The id of its lab.
    package let lab: String
    package let node: NodeView
    private let playground: ProcessIdentity

    /// One line: which lab, which step, whose.
    package var description: String {
        let step = record.step.map { ", step \($0)" } ?? ""
        return terminalSafe("\(lab)\(step) (podlab is process \(record.owner.pid))")
    }

    /// Nil when its playground does not live.
    private init?(_ folder: SessionFolder, _ record: SessionRecord) {
        guard let lab = record.lab, let playground = record.playground,
            let node = try? NodeView(initProcess: ProcessID(playground.pid)), node.initProcess == playground.identity,
            node.isAlive
        else { return nil }
        self.folder = folder
        self.record = record
        self.lab = lab
        self.node = node
        self.playground = playground.identity
    }

    /// The live sessions, the newest first: the one whose current step began last.
    /// - Parameter lab: only those of this lab, by its id.
    /// - Returns: at least one.
    /// - Throws: `RunningSessionError.none` when there is none.
    package static func all(of lab: String? = nil, in sessions: FilePath) throws(RunningSessionError)
        -> [RunningSession]
    {
        var found: [RunningSession] = []
        var others: [String] = []
        for folder in SessionFolder.all(in: sessions) where folder.isLive {
            guard let record = folder.read(SessionRecord.self) else {
                others.append(
                    "\(folder.path): its record is not one of this podlab's; end that podlab, and start again")
                continue
            }
            // A session that is about to begin has no lab yet.
            guard let name = record.lab, lab == nil || name == lab else { continue }
            if let session = RunningSession(folder, record) {
                found.append(session)
            } else {
                others.append(
                    "the playground of \(name) (podlab is process \(record.owner.pid)) has ended:"
                        + " `reset` there gives a fresh one")
            }
        }
        // By the clock that counts from the start of the machine: nobody sets it.
        func newest(_ session: RunningSession) -> UInt64 { session.record.began.values.max() ?? 0 }
        guard !found.isEmpty else { throw .none(lab: lab, others: others) }
        return found.sorted { newest($0) > newest($1) }
    }

    /// Judges its checks.
    /// - Parameter lab: the session's lab, with whichever values.
    package func checker(_ lab: Lab) throws(LabFilesError) -> SessionChecker {
        SessionChecker(
            record: record, lab: try lab.filled(with: VariableValues(lab: lab, seed: record.seed)), folder: folder,
            node: node
        )
    }

    /// Where the learner is.
    package func currentStep(of lab: Lab) throws(RunningSessionError) -> Step {
        guard let step = record.step else { return lab.steps[0] }
        guard let found = lab.step(step) else { throw .unknownStep(step, lab: lab.id) }
        return found
    }

    /// A second shell in its playground, in the node or with the namespaces and the root of one of its processes. Where the lab
    /// watches signals, this shell is watched too.
    package func guestShell(_ lab: Lab, at process: ProcessIdentity?, command: [String]) throws -> GuestShell {
        let playground = try Playground.attach(
            to: playground, decoys: record.decoys.mapValues(\.identity),
            variables: VariableValues(lab: lab, seed: record.seed).environment,
            cgroup: record.cgroups.roots.isEmpty ? nil : try? Cgroups.find().open(folder.name),
            calls: lab.scene.calls)
        return GuestShell(
            in: playground, at: process, command: command,
            journal: lab.scene.watch.contains(.signals) ? folder.journalPath : nil)
    }
}
