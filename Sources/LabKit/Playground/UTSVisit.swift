// The host name that a process sees: podlab itself, started for a moment in that process's uts namespace.

import CIsolation
import Glibc
import Isolation
import KernelState

/// /proc/sys/kernel/hostname tells the name of whoever reads it, so that somebody must be there to read.
enum UTSVisit {
    static func hostname(of process: ProcessID) throws(PlaygroundError) -> String {
        let pidfd = iso_pidfd_open(process.rawValue)
        guard pidfd >= 0 else { throw .system(operation: "open process \(process)", errno: -pidfd) }
        defer { close(pidfd) }
        do {
            let output = try Plan([
                .openExecutable(as: "podlab-init"),
                .join([.user, .uts], of: .process(pidfd: pidfd)),
                .execute(
                    .opened("podlab-init"), arguments: ["podlab-init"], environment: ["PODLAB_ROLE=hostname"]),
            ]).output(patience: .seconds(10))
            guard output.status.isSuccess else {
                throw PlaygroundError.system(operation: "read the host name of process \(process)", errno: EIO)
            }
            return output.text
        } catch let error as IsolationError {
            throw .notRun(error)
        } catch let error as PlaygroundError {
            throw error
        } catch {
            throw .system(operation: "read the host name of process \(process)", errno: EIO)
        }
    }
}
