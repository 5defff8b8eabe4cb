// Facts about one path inside a root, and the content of a regular file: safe against whoever fills that root.

import Glibc
import Linux
import SystemPackage

/// What kind of file it is. See inode(7).
package enum FileKind: String, Hashable, Sendable {
    case regular, directory, symbolicLink, fifo, socket, characterDevice, blockDevice, unknown

    init(_ facts: RawStat) {
        self =
            switch facts.format {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .unknown
            }
    }
}

/// What is at a path inside a root.
package struct FileState: Hashable, Sendable {
    package let kind: FileKind
    /// Permission bits with setuid, setgid and sticky: `0o1777`.
    package let mode: UInt32
    package let owner: UInt32
    package let group: UInt32
    /// Bytes.
    package let size: UInt64
    /// Seconds since 1970.
    package let modified: Int64
    package let links: UInt64
    package let identity: FileIdentity
    package let stamp: FileStamp
    /// For a device file: which device it is.
    package let special: DeviceNumber?
    /// Where it really is inside the root, all symbolic links followed.
    package let path: FilePath
    /// The text, when it is itself a symbolic link.
    package let target: FilePath?
    /// The symbolic links that were followed on the way.
    package let followed: [FollowedLink]

    /// A symbolic link on the way is absolute or climbs above the root. Inside, it led to a file of the root all the same.
    package var passesOutwardLink: Bool { followed.contains(where: \.pointsOutside) }
}

/// The answer to "what is there?".
package enum FileLookup: Hashable, Sendable {
    case found(FileState)
    /// Nothing inside the root. `through` are the links that were followed until then: when one of them
    /// `pointsOutside`, the path works from outside and breaks inside.
    case missing(errno: Errno, through: [FollowedLink])

    package var state: FileState? { if case .found(let state) = self { state } else { nil } }
}

extension RootDirectory {
    /// Looks `path` up inside this root. A last symbolic link is followed unless `followLast` is false.
    package borrowing func look(at path: FilePath, followLast: Bool = true) -> FileLookup {
        do {
            let place = try InRootResolver.resolve(path, in: self, followLast: followLast)
            return .found(FileState(place))
        } catch {
            return .missing(errno: error.errno, through: error.links)
        }
    }

    /// The content of a regular file, at most `limit` bytes. FIFOs, sockets and devices are refused with EINVAL and
    /// never opened, so nothing can block. ENOENT and its like when there is none; EFBIG when it is longer and
    /// `allowPartial` is false.
    package borrowing func contents(
        of path: FilePath, limit: Int, allowPartial: Bool = false
    ) throws(KernelStateError) -> [UInt8] {
        let (file, facts) = try openRegular(path)
        let object = name + path.string
        if !allowPartial, facts.size > UInt64(max(0, limit)) {
            throw KernelStateError(operation: "read", object: object, errno: .fileTooLarge)
        }
        // Files of proc and sys say that their size is 0, and a file may grow: the limit counts, not the size.
        let bytes = try file.descriptor.read(limit: limit, object: object)
        return bytes
    }

    /// The names in a directory inside this root, sorted.
    package borrowing func names(in path: FilePath) throws(KernelStateError) -> [String] {
        let object = name + path.string
        do {
            let place = try InRootResolver.resolve(path, in: self)
            return try FolderListing.entries(in: "/proc/self/fd/\(place.descriptor.raw)/.").map(\.text).sorted()
        } catch let error as ResolutionFailure {
            throw KernelStateError(operation: "find", object: object, errno: error.errno)
        } catch {
            throw (error as? KernelStateError)
                ?? KernelStateError(operation: "list", object: object, errno: .ioError)
        }
    }

    /// A regular file, opened for reading.
    borrowing func openRegular(_ path: FilePath) throws(KernelStateError) -> (file: SharedDescriptor, facts: FileState)
    {
        let object = name + path.string
        let place: ResolvedPath
        do {
            place = try InRootResolver.resolve(path, in: self)
        } catch {
            throw KernelStateError(operation: "find", object: object, errno: error.errno)
        }
        guard place.facts.isRegular else {
            throw KernelStateError(
                operation: "read", object: object, errno: place.facts.isDirectory ? .isDirectory : .invalidArgument)
        }
        // Somebody may have mounted such a file where another should be, so that it is read with rights that they do not have.
        if place.facts.mode & S_IROTH == 0, isForeign, place.descriptor.isKernelsOwn {
            throw KernelStateError(operation: "read", object: object, errno: .permissionDenied)
        }
        let descriptor = try place.descriptor.reopenedForReading(object: object)
        return (SharedDescriptor(descriptor), FileState(place))
    }
}

extension FileState {
    init(_ place: borrowing ResolvedPath) {
        let facts = place.facts
        kind = FileKind(facts)
        mode = UInt32(facts.mode & 0o7777)
        owner = facts.owner
        group = facts.group
        size = facts.size
        modified = facts.modified
        links = facts.links
        identity = facts.identity
        stamp = facts.stamp
        special = facts.format == S_IFCHR || facts.format == S_IFBLK ? facts.special : nil
        path = place.path
        target =
            facts.isSymbolicLink ? (try? linkText(place.descriptor.raw, "").get()).map { FilePath(bytes: $0) } : nil
        followed = place.links
    }
}
