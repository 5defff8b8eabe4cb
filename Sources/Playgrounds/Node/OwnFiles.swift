// What belongs to podlab and is no part of its program: labs, recipes, the programs of nodes and pods.
//
// A checkout has them as files, which may be changed while podlab runs. A podlab that was installed is one file and has them in itself
// (`PackedFiles`). Programs must be files to be mounted and copied, and labs are folders, so they are unpacked once for each user:
//   DATA/unpacked/DIGEST/       what one podlab has with it; it gets this name when it is whole
//   DATA/unpacked/.DIGEST.XXXXXX/   while it is being unpacked
// Each has a file `lock`: a shared lock of whoever uses the folder, an exclusive one of whoever fills it. What nobody has locked is of
// another podlab, or of one that was killed, and goes when the next one unpacks.

import CIsolation
import FoundationEssentials
import Glibc
import Images
import Linux
import SystemPackage
import Text

package enum OwnFiles {
    /// The parts, below the folder.
    package static let labs = "Labs"
    package static let recipes = "recipes"
    /// What playgrounds get, with nothing else in it.
    package static let node = "node"
    /// What goes into roots.
    package static let programs = "programs"

    /// Where they are; nil: this executable has none with it. They are unpacked when this is first asked, and stay as long as this
    /// process lives.
    package static func folder() throws(OwnFilesError) -> FilePath? { try unpacked.get() }

    private static let unpacked: Result<FilePath?, OwnFilesError> = Result { () throws(OwnFilesError) -> FilePath? in
        guard let packed = PackedFiles() else { return nil }
        let data: FilePath
        do throws(XDGError) {
            data = try XDGFolders(environment: ProcessInfo.processInfo.environment).data
        } catch {
            throw OwnFilesError(description: "\(error)")
        }
        return try UnpackedFiles(packed, below: data.appending("unpacked")).use()
    }
}

/// podlab could not unpack what it has with it.
package struct OwnFilesError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(description: String) { self.description = description }

    /// Somebody has taken a part out of what was unpacked.
    package init(incomplete part: FilePath) {
        description = terminalSafe(
            "\(part) is not there any more: remove \(part.removingLastComponent()), and podlab unpacks it again")
    }

    fileprivate init(in folder: FilePath, _ reason: String, _ error: Errno?) {
        let advice =
            switch error {
            case .noSpace, Errno(rawValue: EDQUOT): ": make room there, or set XDG_DATA_HOME to a folder with room"
            case .readOnlyFileSystem, .permissionDenied, .notPermitted, .notDirectory, .fileExists:
                ": set XDG_DATA_HOME to a folder that you can write to"
            default: ""
            }
        description = terminalSafe(
            "podlab has its labs and programs with it and cannot unpack them in \(folder): \(reason)\(advice)")
    }
}

/// One podlab's files in one user's folder.
struct UnpackedFiles {
    private let packed: PackedFiles
    private let place: FilePath
    private let name: String
    private var folder: FilePath { place.appending(name) }

    init(_ packed: PackedFiles, below place: FilePath) {
        self.packed = packed
        self.place = place
        // As much of the digest as tells podlabs apart.
        name = String(packed.digest.hexadecimal.prefix(16))
    }

    /// The folder with the files, unpacked if it is not there. Nobody removes it as long as this process lives, which holds its lock.
    func use() throws(OwnFilesError) -> FilePath {
        let deadline = ContinuousClock.now + .seconds(30)
        repeat {
            if Self.lock(folder, LOCK_SH) != nil { return folder }
            // Whoever has just unpacked it lets go of it, and so does another podlab that removes it.
            if errno == EWOULDBLOCK { poll(nil, 0, 5) } else { try unpack() }
        } while ContinuousClock.now < deadline
        throw OwnFilesError(in: place, "other podlabs hold it", nil)
    }

    private func unpack() throws(OwnFilesError) {
        do {
            try AtomicFile.makeFolder(place)
        } catch {
            throw OwnFilesError(in: place, error.errno.named, error.errno)
        }
        var template = Array(place.appending(".\(name).XXXXXX").string.utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
        guard made else { throw failure() }
        let work = FilePath(template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" })
        defer { Self.remove(work) }
        guard let lock = Self.lock(work, LOCK_EX, creating: true) else {
            // Another podlab has taken the empty folder for one that was left.
            if errno == ENOENT { return }
            throw failure()
        }
        var isLocked = true
        defer { if isLocked { close(lock) } }
        // Whoever is root in a playground reads the programs, and is nobody outside.
        chmod(work.string, 0o755)
        do throws(ImageError) { try packed.unpack(into: work) } catch {
            throw OwnFilesError(in: place, "\(error.operation) \(error.object): \(error.meaning)", error.errno)
        }
        // Another podlab may have been quicker. What has the name and no lock is not whole: somebody took something out of it.
        if rename(work.string, folder.string) != 0 {
            guard errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR else { throw failure() }
            if access(folder.appending(Self.lockName).string, F_OK) != 0 {
                Self.remove(folder)
                rename(work.string, folder.string)
            }
        }
        close(lock)
        isLocked = false
        removeOthers()
    }

    /// Of the system call that failed just now.
    private func failure() -> OwnFilesError {
        let failure = Errno(rawValue: errno)
        return OwnFilesError(in: place, failure.named, failure)
    }

    /// What other podlabs have left, as far as nobody uses it.
    private func removeOthers() {
        for other in Self.names(in: place) where other != name {
            let path = place.appending(other)
            // One that was killed right after it had made its folder. What is in a folder keeps it.
            if rmdir(path.string) == 0 { continue }
            guard let lock = Self.lock(path, LOCK_EX) else { continue }
            Self.remove(path)
            close(lock)
        }
    }

    private static let lockName = "lock"

    /// The descriptor of a folder's lock, which holds it until it is closed. Nil: errno is ENOENT when there is none any more, EWOULDBLOCK
    /// when somebody else has it.
    private static func lock(_ folder: FilePath, _ kind: Int32, creating: Bool = false) -> Int32? {
        let path = folder.appending(lockName).string
        let raw = iso_openat(AT_FDCWD, path, (creating ? O_RDWR | O_CREAT | O_EXCL : O_RDONLY) | O_NOFOLLOW, 0o644)
        guard raw >= 0 else {
            errno = -raw
            return nil
        }
        var facts = stat()
        guard flock(raw, kind | LOCK_NB) == 0 else {
            let failure = errno
            close(raw)
            errno = failure
            return nil
        }
        guard fstat(raw, &facts) == 0, facts.st_nlink > 0 else {
            close(raw)
            errno = ENOENT
            return nil
        }
        return raw
    }

    /// With all that is in it; the lock first, so that it is not taken for whole meanwhile. Errors are passed over.
    private static func remove(_ folder: FilePath) {
        unlink(folder.appending(lockName).string)
        try? FileManager.default.removeItem(atPath: folder.string)
    }

    private static func names(in folder: FilePath) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    }
}
