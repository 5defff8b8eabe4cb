// Finding a session that another podlab process runs, and checking it from here.

import KernelState
import SystemPackage

package enum RunningSessionError: Error, CustomStringConvertible {
    case none(lab: String)

    package var description: String {
        switch self {
        case .none(let lab):
            "no session of \(lab) is running: start one with `podlab` and `start \(lab)`, or check a script with --file"
        }
    }
}

/// A session of this user, found by its folder.
package struct RunningSession {
    package let record: SessionRecord
    package let checker: SessionChecker
    package let currentStep: String

    /// The newest live session of a lab.
    package static func find(lab: Lab, in sessions: FilePath) throws -> RunningSession {
        let found = SessionFolder.all(in: sessions).filter(\.isLive).compactMap { folder -> RunningSession? in
            guard let record = folder.read(), record.lab == lab.id, let playground = record.playground,
                playground.isAlive, let node = try? NodeView(initProcess: ProcessID(playground.pid))
            else { return nil }
            let own = lab.substituting(VariableValues(lab: lab, seed: record.seed))
            return RunningSession(
                record: record,
                checker: SessionChecker(record: record, lab: own, folder: folder, node: node),
                currentStep: record.step ?? own.steps[0].id)
        }
        guard let newest = found.max(by: { ($0.record.began.values.max() ?? 0) < ($1.record.began.values.max() ?? 0) })
        else {
            throw RunningSessionError.none(lab: lab.id)
        }
        return newest
    }
}
