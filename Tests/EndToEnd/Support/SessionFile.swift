// A session's record as another process finds it, and processes as the kernel has them.

import Foundation
import Glibc
import KernelState

struct SessionFile: Decodable {
    struct Process: Decodable {
        var pid: Int32
        var startTime: UInt64
    }

    var owner: Process
    var playground: Process
    var decoys: [String: Process]
    var step: String?
}

extension Home {
    /// The record of the only session; nil before its playground is up.
    func record() throws -> SessionFile? {
        var record: SessionFile?
        _ = eventually {
            guard let name = sessions.first,
                let data = FileManager.default.contents(atPath: path + "/run/podlab/sessions/\(name)/session.json")
            else { return false }
            record = try? JSONDecoder().decode(SessionFile.self, from: data)
            return record?.step != nil
        }
        return record
    }
}

func isRunning(_ process: SessionFile.Process) -> Bool {
    guard let state = ProcessState.read(ProcessID(process.pid), fields: []) else { return false }
    return state.identity.startTime == process.startTime && !state.isZombie
}

/// The playgrounds on this machine whose podlab is gone: PID 1s with neither a podlab nor a test suite above them.
func orphans() throws -> [String] {
    let table = try ProcessTable.read(fields: [.status])
    return table.all.filter { process in
        guard process.comm == "podlab-init" || process.comm == "kubelet" else { return false }
        guard (process.status?.numbers.count ?? 0) > 1, !process.isZombie else { return false }
        return !table.ancestors(of: process.pid).contains { $0.comm == "podlab" || $0.comm.hasPrefix("podlabPackage") }
    }.map { "\($0.comm) \($0.pid)" }
}
