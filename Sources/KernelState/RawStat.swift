// What descriptors say of the files that they are, and stat(2) as this module uses it.

import CNetlink
import Glibc
import Linux
import SystemPackage

extension Descriptor {
    /// Opens again, for reading, exactly the file that this O_PATH descriptor is. Only for regular files.
    func reopenedForReading(object: @autoclosure () -> String) throws(KernelStateError) -> Descriptor {
        try .open("/proc/self/fd/\(raw)", flags: O_RDONLY | O_NONBLOCK | O_NOCTTY, object: object())
    }

    /// The same identity, with the mount that this descriptor is on. See proc_pid_fdinfo(5), `mnt_id`.
    func mounted(_ identity: FileIdentity) -> FileIdentity {
        let object = "/proc/self/fdinfo/\(raw)"
        guard let file = try? Descriptor.open(object, flags: O_RDONLY),
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
}

/// Constants of the kernel's interface that glibc declares only with _GNU_SOURCE, which Swift's import of it lacks.
enum LinuxConstant {
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
