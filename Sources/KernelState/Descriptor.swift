// A descriptor that closes itself, and reading from what may be hostile: bounded, never blocking.

import CNetlink
import Glibc
import SystemPackage

/// An open descriptor, closed when it goes out of scope: a leak does not compile.
package struct OwnedDescriptor: ~Copyable {
    package let raw: Int32

    /// Takes over `raw`.
    package init(_ raw: Int32) { self.raw = raw }

    deinit { _ = Glibc.close(raw) }

    /// The number, for a caller that closes it itself.
    consuming func released() -> Int32 {
        let number = raw
        discard self
        return number
    }

    /// openat(2), with O_CLOEXEC and retried on EINTR.
    static func open(
        _ path: String, at directory: Int32 = AT_FDCWD, flags: Int32, object: @autoclosure () -> String
    ) throws(KernelStateError) -> OwnedDescriptor {
        while true {
            let raw = Glibc.openat(directory, path, flags | O_CLOEXEC)
            if raw >= 0 { return OwnedDescriptor(raw) }
            if Glibc.errno != EINTR { throw .last("open", object()) }
        }
    }

    /// Opens again, for reading, exactly the file that this O_PATH descriptor is. Only for regular files.
    func reopenedForReading(object: @autoclosure () -> String) throws(KernelStateError) -> OwnedDescriptor {
        try .open("/proc/self/fd/\(raw)", flags: O_RDONLY | O_NONBLOCK | O_NOCTTY, object: object())
    }

    /// The same identity, with the mount that this descriptor is on. See proc_pid_fdinfo(5), `mnt_id`.
    func mounted(_ identity: FileIdentity) -> FileIdentity {
        let object = "/proc/self/fdinfo/\(raw)"
        guard let file = try? OwnedDescriptor.open(object, flags: O_RDONLY, object: object),
            let text = try? file.read(limit: 4096, object: object),
            let line = text[...].lines.first(where: { $0.starts(with: "mnt_id:".utf8) }),
            let number: UInt64 = line.words.last?.number()
        else { return identity }
        return FileIdentity(device: identity.device, inode: identity.inode, mountID: number)
    }

    /// Whether it is on a file system that stores nothing, but where the kernel tells of itself. See statfs(2).
    var isKernelsOwn: Bool {
        let type = cnl_file_system(raw)
        return type < 0 || !Self.storing.contains(UInt32(truncatingIfNeeded: type))
    }

    /// overlay, tmpfs, ramfs, ext4, xfs, btrfs, squashfs, erofs, f2fs, zfs.
    private static let storing: Set<UInt32> = [
        0x794c_7630, 0x0102_1994, 0x8584_58f6, 0xef53, 0x5846_5342, 0x9123_683e, 0x7371_7368, 0xe0f5_e1e2, 0xf2f5_2010,
        0x2fc1_2fc1,
    ]

    /// At most `limit` bytes from where the descriptor stands, up to the end of file.
    func read(limit: Int, object: @autoclosure () -> String) throws(KernelStateError) -> [UInt8] {
        var bytes: [UInt8] = []
        var failure: Errno?
        while bytes.count < limit, failure == nil {
            let wanted = min(limit - bytes.count, max(4096, bytes.count))
            var got = 0
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                repeat { got = Glibc.read(raw, buffer.baseAddress, wanted) } while got < 0 && Glibc.errno == EINTR
                if got < 0 { failure = Errno.current }
                count = max(0, got)
            }
            if got <= 0 { break }
            bytes += piece
        }
        if let failure { throw KernelStateError(operation: "read", object: object(), errno: failure) }
        return bytes
    }

    /// Up to `count` bytes at `offset`; fewer at the end of the file, nil on an error. See pread(2).
    func read(at offset: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, let start = off_t(exactly: offset) else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let wanted = count - bytes.count
            var got = 0
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                let (at, overflow) = start.addingReportingOverflow(off_t(bytes.count))
                if overflow { return }
                repeat { got = pread(raw, buffer.baseAddress, wanted, at) } while got < 0 && Glibc.errno == EINTR
                filled = max(0, got)
            }
            if got < 0 { return nil }
            if got == 0 { break }
            bytes += piece
        }
        return bytes
    }
}

/// Constants of the kernel's interface that glibc declares only with _GNU_SOURCE, which Swift's import of it lacks.
enum LinuxConstant {
    /// open(2): a place in the tree, without opening what is there. The same on x86_64 and aarch64.
    static let openPath: Int32 = 0o10_000_000
    /// fstatat(2): the descriptor itself.
    static let emptyPath: Int32 = 0x1000
    /// statx(2), accepted by fstatat as well.
    static let noAutomount: Int32 = 0x800
    static let doNotSync: Int32 = 0x4000
}

/// The facts of stat(2) that this module uses.
struct RawStat {
    var mode: mode_t
    var owner: uid_t
    var group: gid_t
    var links: UInt64
    var size: UInt64
    var modified: Int64
    /// Nanoseconds since 1970.
    var changed: Int64
    var identity: FileIdentity
    var special: DeviceNumber

    /// `AT_STATX_DONT_SYNC`: a file system served by someone else (FUSE, NFS) is not asked, so it cannot make us wait.
    static func read(_ directory: Int32, _ path: String, flags: Int32 = 0) -> Result<RawStat, Errno> {
        var raw = stat()
        let all = flags | LinuxConstant.noAutomount | LinuxConstant.doNotSync
        guard fstatat(directory, path, &raw, all) == 0 else { return .failure(Errno.current) }
        return .success(
            RawStat(
                mode: raw.st_mode, owner: raw.st_uid, group: raw.st_gid, links: UInt64(raw.st_nlink),
                size: UInt64(max(0, raw.st_size)), modified: Int64(raw.st_mtim.tv_sec),
                changed: Int64(raw.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(raw.st_ctim.tv_nsec),
                identity: FileIdentity(device: DeviceNumber(raw.st_dev), inode: UInt64(raw.st_ino)),
                special: DeviceNumber(raw.st_rdev)))
    }

    /// Of an open descriptor, O_PATH ones included.
    static func read(_ descriptor: Int32) -> Result<RawStat, Errno> {
        read(descriptor, "", flags: LinuxConstant.emptyPath)
    }

    var stamp: FileStamp { FileStamp(identity: identity, size: size, changed: changed) }
    var format: mode_t { mode & S_IFMT }
    var isRegular: Bool { format == S_IFREG }
    var isDirectory: Bool { format == S_IFDIR }
    var isSymbolicLink: Bool { format == S_IFLNK }
}

/// The text of a symbolic link, as bytes; `path` may be empty for an O_PATH descriptor of the link itself.
func linkText(_ directory: Int32, _ path: String) -> Result<[UInt8], Errno> {
    let room = Int(PATH_MAX) + 1
    var length = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        length = buffer.withMemoryRebound(to: CChar.self) { characters in
            characters.baseAddress.map { readlinkat(directory, path, $0, room) } ?? -1
        }
        count = max(0, length)
    }
    return length < 0 ? .failure(Errno.current) : .success(bytes)
}

extension FilePath {
    /// A path from bytes that the kernel gave; anything after a NUL is cut.
    init(bytes: some Sequence<UInt8>) {
        var characters = bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
        characters.append(0)
        self.init(platformString: characters)
    }

    /// The path as the kernel takes it, without the NUL.
    var bytes: [UInt8] { withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } }
}
