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
    /// The record of the only session that has a playground; nil before that is up. (A class that is graded has a folder too.)
    func record() throws -> SessionFile? {
        var record: SessionFile?
        _ = eventually {
            record = sessions.lazy.compactMap { [path] name in
                FileManager.default.contents(atPath: path + "/run/podlab/sessions/\(name)/session.json")
                    .flatMap { try? JSONDecoder().decode(SessionFile.self, from: $0) }
            }.first { $0.step != nil }
            return record != nil
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
    // PID 1 of a playground that another test has just killed waits, past its own end and without memory, for those whom this machine's
    // PID 1 has yet to reap.
    func hasMemory(_ pid: ProcessID) -> Bool {
        ((try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? "").contains("\nVmSize:")
    }

    let table = try ProcessTable.read(fields: [.status])
    return table.all.filter { process in
        guard process.comm == "podlab-init" || process.comm == "kubelet" else { return false }
        guard (process.status?.numbers.count ?? 0) > 1, !process.isZombie, hasMemory(process.pid) else { return false }
        return !table.ancestors(of: process.pid).contains { $0.comm == "podlab" || $0.comm.hasPrefix("podlabPackage") }
    }.map { "\($0.comm) \($0.pid)" }
}
