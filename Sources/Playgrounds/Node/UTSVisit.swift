// The host name that a process sees: somebody who joins its uts namespace for a moment and asks.

import CIsolation
import Glibc
import Isolation
import KernelState
import Linux
import SystemPackage

/// Nothing is executed there: a process that is in the user namespace of others, and in the mount namespace of this machine, would leave it
/// to them which program that is. See the kernel's documentation of binfmt_misc.
package enum UTSVisit {
    package static func hostname(of process: ProcessID) throws(PlaygroundError) -> String {
        let pidfd: Descriptor
        do throws(Errno) {
            pidfd = try Descriptor(result: iso_pidfd_open(process.rawValue))
        } catch {
            throw .system(operation: "open process \(process)", errno: error.rawValue)
        }
        let plan: Plan = [.join([.user, .uts], of: .process(pidfd: pidfd.raw)), .readHostname, .finish]
        do {
            let child = try plan.start(StartOptions(streams: .null, patience: .seconds(10)))
            defer { child.close() }
            guard let name = child.said else {
                throw PlaygroundError.system(operation: "read the host name of process \(process)", errno: EIO)
            }
            return name
        } catch let error as IsolationError {
            throw .notRun(error)
        } catch let error as PlaygroundError {
            throw error
        } catch {
            throw .system(operation: "read the host name of process \(process)", errno: EIO)
        }
    }
}
