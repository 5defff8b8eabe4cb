// What the witness wrote down about one signal, and the journal that any podlab process of the session can read.

import Glibc
import KernelState
import Text

/// One system call that asked for a signal, as it was about to happen. Written to the session's journal, one JSON object
/// a line.
package struct SignalRecord: Sendable, Hashable, Codable {
    /// Nanoseconds of CLOCK_BOOTTIME.
    package var time: UInt64
    /// The decoy that the number named, if it was one.
    package var target: String?
    /// The decoy that has this number in the node, when the sender is in another pid namespace and cannot have reached it.
    package var missed: String?
    /// The number as the sender gave it, in its own pid namespace.
    package var targetNumber: Int32
    package var signal: Int32
    /// The sender's number on the host.
    package var sender: Int32
    package var senderComm: String
    /// The sender's root directory as the host names it, and by device and inode.
    package var senderRootPath: String
    package var senderRootDevice: [UInt32]
    package var senderRootInode: UInt64

    /// The sender's root directory.
    package var senderRoot: FileIdentity? {
        guard senderRootDevice.count == 2 else { return nil }
        return FileIdentity(
            device: DeviceNumber(major: senderRootDevice[0], minor: senderRootDevice[1]), inode: senderRootInode)
    }

    /// Without SIG: `TERM`.
    package var signalName: String { SignalName.of(signal) }

    package var senderDescription: String {
        "\(terminalSafe(senderComm)) (\(sender) on the host, root \(terminalSafe(senderRootPath)))"
    }
}
