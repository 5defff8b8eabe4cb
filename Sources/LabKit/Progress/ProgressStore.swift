// progress.json in the state folder: read, changed and written by several podlabs at once without loss.

import FoundationEssentials
import Glibc
import Linux
import Playgrounds
import SystemPackage
import Text

/// Keeps progress in `FOLDER/progress.json`. Every change is read, applied and written under a lock; a reader sees the
/// old file or the new one, never a part.
package struct ProgressStore: Sendable {
    package let folder: FilePath
    /// How long to wait for another writer.
    var patience: Duration = .seconds(2)
    var writer: AtomicFile.Writer = AtomicFile.writeAll

    package init(folder: FilePath) { self.folder = folder }

    package var file: FilePath { folder.appending("progress.json") }

    /// What was read, and a notice for the learner where the file was broken and has been moved aside.
    package struct Loaded: Sendable, Equatable {
        package var progress: CourseProgress
        package var notice: String?
    }

    /// Reads the progress; none yet is empty progress. A broken file is kept under another name and said so.
    package func load() throws(ProgressError) -> Loaded {
        // What cannot be removed harms nobody, and the next write takes it over.
        _ = try? removeLeftover()
        switch try read() {
        case .progress(let progress): return Loaded(progress: progress)
        case .broken:
            // Moving it needs the lock, and someone may have put it right meanwhile.
            return try locked { () throws(ProgressError) in try readMovingAside() }
        }
    }

    /// Changes the progress and writes it. Yields what is now on disk. On an error nothing on disk has changed; the caller
    /// may go on without saving.
    @discardableResult
    package func update(_ change: (inout CourseProgress) -> Void) throws(ProgressError) -> Loaded {
        do {
            try AtomicFile.makeFolder(folder)
        } catch {
            throw .notSaved(error)
        }
        return try locked { () throws(ProgressError) in
            var loaded = try readMovingAside()
            change(&loaded.progress)
            let bytes: [UInt8]
            do {
                bytes = Array(try loaded.progress.encoded())
            } catch {
                throw .notSaved(SystemError(operation: "encode", object: file.string, errno: .invalidArgument))
            }
            do throws(SystemError) {
                try AtomicFile.write(bytes, to: file, writer: writer)
            } catch {
                throw .notSaved(error)
            }
            return loaded
        }
    }

    /// Removes what a podlab left that was killed while it wrote. Nobody who is writing just now is disturbed.
    /// - Returns: what was removed.
    @discardableResult
    package func removeLeftover() throws(ProgressError) -> FilePath? {
        let left = AtomicFile.temporary(of: file)
        // Mostly there is none, and nobody need wait for a lock.
        guard left.withPlatformString({ access($0, F_OK) }) == 0 else { return nil }
        return try locked { () throws(ProgressError) in
            if left.withPlatformString({ unlink($0) }) == 0 { return left }
            // Its writer lives and has put it into its place.
            guard errno != ENOENT else { return nil }
            throw .notSaved(.last("remove", left.string))
        }
    }

    private enum Content {
        case progress(CourseProgress)
        case broken
    }

    /// No progress file of podlab is larger, in bytes.
    private static let largestFile = 16 << 20

    private func read() throws(ProgressError) -> Content {
        let data: Data
        do throws(SystemError) {
            data = try Self.contents(of: file)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return .progress(CourseProgress()) }
            throw .unreadable(error)
        }
        struct Head: Decodable { var schema: String }
        guard let head = try? JSONDecoder().decode(Head.self, from: data) else { return .broken }
        guard head.schema == CourseProgress.schema else {
            guard head.schema.hasPrefix("podlab.progress/") else { return .broken }
            throw .otherVersion(head.schema, file)
        }
        guard let progress = try? CourseProgress.decode(data) else { return .broken }
        return .progress(progress)
    }

    private static func contents(of path: FilePath) throws(SystemError) -> Data {
        // Not blocking: the file may have been replaced by a pipe.
        let file = try Descriptor.open(path.string, flags: O_RDONLY | O_NONBLOCK)
        let bytes = try file.read(limit: largestFile + 1, object: path.string)
        return bytes.count > largestFile ? Data() : Data(bytes)
    }

    /// Reads under the lock; moves a broken file aside.
    private func readMovingAside() throws(ProgressError) -> Loaded {
        switch try read() {
        case .progress(let progress): return Loaded(progress: progress)
        case .broken:
            do {
                let kept = try AtomicFile.moveAside(file)
                return Loaded(
                    progress: CourseProgress(),
                    notice: terminalSafe(
                        "\(file) could not be understood; it is kept as \(kept), and progress begins anew"))
            } catch {
                throw .notSaved(error)
            }
        }
    }

    /// Holds `progress.lock` while the body runs: flock(2), which the kernel lets go of when the process ends. A file of its
    /// own, because progress.json is replaced on every write.
    private func locked<Value>(_ body: () throws(ProgressError) -> Value) throws(ProgressError) -> Value {
        let path = folder.appending("progress.lock")
        let lock: Descriptor
        do {
            lock = try Descriptor.open(path.string, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        } catch {
            throw .notSaved(error)
        }
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        while flock(lock.raw, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .notSaved(.last("lock", path.string)) }
            guard clock.now < deadline else { throw .busy(path) }
            poll(nil, 0, 5)
        }
        return try body()
    }
}

/// Progress could not be read or saved. The learner can go on; what is lost is only the memory of it.
package enum ProgressError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(SystemError)
    case notSaved(SystemError)
    /// Another podlab held the lock too long.
    case busy(FilePath)
    /// Written by another version of podlab. It is left untouched.
    case otherVersion(String, FilePath)

    package var description: String {
        switch self {
        case .unreadable(let error): "progress is not known: cannot \(error)"
        case .notSaved(let error):
            switch error.errno {
            case .readOnlyFileSystem, .permissionDenied, .notPermitted:
                "progress is not saved: cannot \(error). Set XDG_STATE_HOME to a folder that you can write to"
            case .noSpace: "progress is not saved: cannot \(error). Make room there, or set XDG_STATE_HOME"
            default: "progress is not saved: cannot \(error)"
            }
        case .busy(let path): terminalSafe("progress is not saved: another podlab holds \(path)")
        case .otherVersion(let version, let file):
            terminalSafe(
                "\(file) was written by another podlab (\(version)); it is left as it is, and progress is not saved")
        }
    }
}
