// A /proc, held by descriptor, and one process folder in it.

import Glibc
import Linux
import Synchronization
import SystemPackage

/// An open proc file system. Process numbers read from it belong to the pid namespace that it was mounted in.
package struct ProcFileSystem: ~Copyable, Sendable {
    let directory: Descriptor

    /// Opens `path`, which must be a proc file system: ENODEV when it is a directory of another kind.
    package init(path: String = "/proc") throws(KernelStateError) {
        let directory = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        // PROC_ROOT_INO, no device behind it, and files that only proc has: these are looked for once for each device.
        guard case .success(let facts) = RawStat.read(directory.raw), facts.identity.inode == 1,
            facts.identity.device.major == 0,
            Self.known.withLock({ $0 == facts.identity.device })
                || faccessat(directory.raw, "sys/kernel", F_OK, 0) == 0
                    && faccessat(directory.raw, "version", F_OK, 0) == 0
        else { throw KernelStateError(operation: "open proc", object: path, errno: Errno(rawValue: ENODEV)) }
        if path == "/proc" { Self.known.withLock { $0 = facts.identity.device } }
        self.directory = directory
    }

    /// The device of this process's own /proc, which nothing but its unmounting gives to another file system.
    private static let known = Mutex<DeviceNumber?>(nil)

    /// The folder of one process, or nil when there is none. The descriptor stays with this process: after its end
    /// every read through it says ESRCH, even when the number is used again.
    func process(_ pid: ProcessID) -> ProcessFolder? {
        let raw = openat(directory.raw, "\(pid)", openPath | O_DIRECTORY | O_CLOEXEC)
        return raw < 0 ? nil : ProcessFolder(pid: pid, descriptor: Descriptor(taking: raw))
    }

    /// Every process number listed now, in the order of the listing.
    func processNumbers() throws(KernelStateError) -> [ProcessID] {
        try FolderListing.entries(in: directory).compactMap { $0.name[...].number(as: pid_t.self) }.map {
            ProcessID($0)
        }
    }
}

/// /proc/PID of one process.
struct ProcessFolder: ~Copyable {
    let pid: ProcessID
    let descriptor: Descriptor

    /// A file's content, at most `limit` bytes; nil when the process is gone or the file may not be read.
    func contents(_ name: String, limit: Int) -> [UInt8]? {
        let raw = openat(descriptor.raw, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard raw >= 0 else { return nil }
        return try? Descriptor(taking: raw).read(limit: limit, object: name)
    }

    /// The same, telling "gone" (nil) from "may not" (throws).
    func requiredContents(_ name: String, limit: Int) throws(KernelStateError) -> [UInt8]? {
        let object = "/proc/\(pid)/\(name)"
        do {
            let file = try Descriptor.open(
                name, below: descriptor.raw, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK, object: object)
            return try file.read(limit: limit, object: object)
        } catch {
            if error.errno.isGone { return nil }
            throw error
        }
    }

    /// What a link of the kernel's (`root`, `exe`, `fd/0`) leads to, without opening it.
    func stat(_ name: String) -> RawStat? { try? RawStat.read(descriptor.raw, name).get() }

    /// The same identity, with the mount that the link leads to. Opens it as a mere place (O_PATH).
    func mounted(_ name: String, _ identity: FileIdentity) -> FileIdentity {
        let raw = openat(descriptor.raw, name, openPath | O_CLOEXEC)
        return raw < 0 ? identity : Descriptor(taking: raw).mounted(identity)
    }

    /// What a link of the kernel's says.
    func link(_ name: String) -> [UInt8]? { try? linkText(descriptor.raw, name).get() }

    func entries(_ name: String) -> [Bytes]? {
        try? FolderListing.entries(in: name, below: descriptor.raw).map { $0.name[...] }
    }
}
