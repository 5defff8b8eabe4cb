// Names that the kernel itself uses for things: process numbers, devices, inodes, namespaces.

import Glibc
import SystemPackage

/// A process number, in the pid namespace of the /proc that it was read from.
package struct ProcessID: Hashable, Comparable, Sendable, RawRepresentable, CustomStringConvertible,
    ExpressibleByIntegerLiteral
{
    package let rawValue: pid_t
    package init(rawValue: pid_t) { self.rawValue = rawValue }
    package init(_ number: pid_t) { rawValue = number }
    package init(integerLiteral value: pid_t) { rawValue = value }
    package static var current: ProcessID { ProcessID(getpid()) }
    package static func < (a: ProcessID, b: ProcessID) -> Bool { a.rawValue < b.rawValue }
    package var description: String { "\(rawValue)" }
}

/// A device number. See makedev(3).
package struct DeviceNumber: Hashable, Sendable, CustomStringConvertible {
    package let major: UInt32
    package let minor: UInt32

    package init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    /// From `st_dev` or `st_rdev`.
    package init(_ device: dev_t) {
        let bits = UInt64(device)
        self.init(
            major: UInt32(truncatingIfNeeded: (bits >> 8) & 0xfff | (bits >> 32) & ~0xfff),
            minor: UInt32(truncatingIfNeeded: bits & 0xff | (bits >> 12) & ~0xff))
    }

    /// From `tty_nr` of /proc/PID/stat, in the kernel's 32-bit form. See proc_pid_stat(5).
    package init(terminalNumber number: Int32) {
        let bits = UInt32(bitPattern: number)
        self.init(major: (bits >> 8) & 0xfff, minor: (bits & 0xff) | ((bits >> 12) & 0xfff00))
    }

    package var description: String { "\(major):\(minor)" }
}

/// Which file something is: device and inode, and the mount through which it was reached when that is known.
///
/// Two identities are equal when device and inode are: the same directory through a bind mount is the same file.
package struct FileIdentity: Hashable, Sendable, CustomStringConvertible {
    package let device: DeviceNumber
    package let inode: UInt64
    /// The first field of mountinfo(5), or nil where the kernel does not say.
    package let mountID: UInt64?

    package init(device: DeviceNumber, inode: UInt64, mountID: UInt64? = nil) {
        self.device = device
        self.inode = inode
        self.mountID = mountID
    }

    package static func == (a: FileIdentity, b: FileIdentity) -> Bool {
        a.device == b.device && a.inode == b.inode
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(inode)
    }

    package var description: String { "device \(device) inode \(inode)" }
}

/// Which file something is, and since when its content, mode and links are as they are. Who writes to the file, replaces it or copies
/// another one over it changes one of them; nobody without the right to set the clock can set `changed` back. See inode(7).
package struct FileStamp: Hashable, Sendable {
    package let identity: FileIdentity
    /// Bytes.
    package let size: UInt64
    /// `st_ctim`: nanoseconds since 1970.
    package let changed: Int64

    package init(identity: FileIdentity, size: UInt64, changed: Int64) {
        self.identity = identity
        self.size = size
        self.changed = changed
    }
}

/// The kinds of namespaces, named as in /proc/PID/ns. See namespaces(7).
package enum NamespaceKind: String, CaseIterable, Hashable, Sendable {
    case cgroup, ipc, mount = "mnt", network = "net", pid, time, user, uts
    /// The pid namespace that the next child will be in.
    case pidForChildren = "pid_for_children"
    case timeForChildren = "time_for_children"

    /// The kind as it stands before the colon in a link's text: `pid` for `pid_for_children`.
    package var linkName: String {
        switch self {
        case .pidForChildren: "pid"
        case .timeForChildren: "time"
        default: rawValue
        }
    }
}

/// One namespace. The kernel promises that equal device and inode mean the same namespace. See namespaces(7).
package struct NamespaceID: Hashable, Sendable, CustomStringConvertible {
    /// `pid` for a `pid_for_children` link, so that the two can be compared.
    package let kind: NamespaceKind
    package let device: DeviceNumber
    package let inode: UInt64

    package init(kind: NamespaceKind, device: DeviceNumber, inode: UInt64) {
        self.kind =
            switch kind {
            case .pidForChildren: .pid
            case .timeForChildren: .time
            default: kind
            }
        self.device = device
        self.inode = inode
    }

    /// As readlink(1) prints it: `pid:[4026531836]`.
    package var description: String { "\(kind.linkName):[\(inode)]" }
}
