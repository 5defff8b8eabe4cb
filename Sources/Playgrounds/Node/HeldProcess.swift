// A process of somebody else that was seen before, held so that no other can be meant.

import CLinux
import Glibc
import KernelState
import Linux
import SystemPackage

/// By a pidfd for as long as this object lives. The number that was seen may be another's by now: then there is no such object.
package final class HeldProcess {
    private let handle: ProcessHandle
    package let identity: ProcessIdentity
    package var pidfd: Int32 { handle.descriptor }

    /// - Throws: `PlaygroundError.notAttached` when it has ended, whoever has its number now.
    package init(_ identity: ProcessIdentity) throws(PlaygroundError) {
        do throws(SystemError) {
            handle = try ProcessHandle(identity.pid.rawValue) {
                guard let state = ProcessState.read(identity.pid, fields: []) else { return false }
                return state.identity == identity && !state.isZombie
            }
        } catch {
            throw error.errno == .noSuchProcess
                ? .notAttached("process \(identity.pid) has ended")
                : .system(operation: "open process \(identity.pid)", errno: error.errno.rawValue)
        }
        self.identity = identity
    }

    /// False: it has ended, or this user may not.
    @discardableResult
    package func signal(_ number: Int32) -> Bool { (try? handle.signal(number)) ?? false }
}
