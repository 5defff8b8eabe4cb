// Where a process of the playground stands: its root, its working directory, its environment. For completion at the prompt.

import CIsolation
import Glibc
import KernelState
import SystemPackage

/// The file tree as one process sees it, read from outside. Everything here belongs to somebody else: names are looked up inside
/// the process's root and never out of it, links of proc are not followed, nothing but directories is opened, and listings are
/// bounded in number and in time.
package final class ProcessPlace {
    /// A name in a directory.
    package struct Entry: Hashable, Sendable {
        package var name: String
        package var isDirectory: Bool
        /// Somebody may execute it.
        package var isProgram: Bool
    }

    private let root: Int32
    private let workingDirectory: Int32
    /// The working directory inside the root; nil where it lies outside, or has no name any more.
    private let workingPath: String?
    /// The environment that the process was started with, at most 64 KiB of it.
    package let environment: [String: String]

    /// Names that are read of one directory, at most.
    package static let mostNames = 5000
    private static let resolve = UInt64(ISO_RESOLVE_IN_ROOT | ISO_RESOLVE_NO_MAGICLINKS)

    /// Nil when the process is gone, or may not be looked at.
    package init?(of process: ProcessID) {
        let folder = "/proc/\(process)"
        let root = iso_openat(AT_FDCWD, folder + "/root", pathOnly | O_DIRECTORY, 0)
        guard root >= 0 else { return nil }
        self.root = root
        workingDirectory = iso_openat(AT_FDCWD, folder + "/cwd", pathOnly | O_DIRECTORY, 0)
        let state = ProcessState.read(process, fields: [.root, .workingDirectory])
        workingPath = Self.path(
            of: state?.workingDirectory?.path.string, below: state?.root?.path.string, root: root,
            directory: workingDirectory)
        environment = Self.environment(folder)
    }

    deinit {
        close(root)
        if workingDirectory >= 0 { close(workingDirectory) }
    }

    /// What proc says of the working directory, without the root before it, if that really leads there.
    private static func path(of working: String?, below top: String?, root: Int32, directory: Int32) -> String? {
        guard let working, let top, directory >= 0 else { return nil }
        let prefix = top == "/" ? "" : top
        guard working == prefix || working.hasPrefix(prefix + "/") else { return nil }
        let inside = "/" + working.dropFirst(prefix.count).drop { $0 == "/" }
        let found = iso_openat2(root, inside, UInt64(pathOnly | O_DIRECTORY), 0, resolve)
        guard found >= 0 else { return nil }
        defer { close(found) }
        var (one, other) = (stat(), stat())
        guard fstat(found, &one) == 0, fstat(directory, &other) == 0, one.st_dev == other.st_dev,
            one.st_ino == other.st_ino
        else { return nil }
        return inside
    }

    private static func environment(_ folder: String) -> [String: String] {
        guard let root = try? RootDirectory(path: .init(folder)),
            let bytes = try? root.contents(of: "environ", limit: 1 << 16, allowPartial: true)
        else { return [:] }
        var environment: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            environment[String(decoding: parts[0], as: UTF8.self)] = String(decoding: parts[1], as: UTF8.self)
        }
        return environment
    }

    /// The names in a directory that begin with `prefix`, sorted. Empty where there is none that can be listed. At most
    /// `mostNames` names are looked at, and for no longer than `patience`.
    package func entries(of folder: String, prefix: String, patience: Duration = .milliseconds(100)) -> [Entry] {
        let deadline = ContinuousClock.now + patience
        guard let directory = open(folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOCTTY) else { return [] }
        guard let stream = fdopendir(directory) else {
            close(directory)
            return []
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        var seen = 0
        while seen < Self.mostNames, ContinuousClock.now < deadline, let found = readdir(stream) {
            seen += 1
            let place = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19
            let characters = UnsafeRawPointer(found).advanced(by: place).assumingMemoryBound(to: CChar.self)
            guard let name = String(validatingCString: characters), name != ".", name != "..", name.hasPrefix(prefix),
                // Hidden names are offered to those who ask for them.
                prefix.hasPrefix(".") || !name.hasPrefix(".")
            else { continue }
            if let entry = entry(name, in: directory, folder: folder) { entries.append(entry) }
        }
        return entries.sorted { $0.name < $1.name }
    }

    private func entry(_ name: String, in directory: Int32, folder: String) -> Entry? {
        var facts = stat()
        let flags = AT_SYMLINK_NOFOLLOW | 0x800  // AT_NO_AUTOMOUNT
        guard fstatat(directory, name, &facts, flags) == 0 else { return nil }
        if facts.st_mode & S_IFMT == S_IFLNK {
            // Where a link leads is asked from the process's own root.
            let target = open((folder.hasSuffix("/") ? folder : folder + "/") + name, pathOnly)
            guard let target else { return Entry(name: name, isDirectory: false, isProgram: false) }
            defer { close(target) }
            guard fstat(target, &facts) == 0 else { return nil }
        }
        let kind = facts.st_mode & S_IFMT
        return Entry(
            name: name, isDirectory: kind == S_IFDIR, isProgram: kind == S_IFREG && facts.st_mode & 0o111 != 0)
    }

    /// Opens a path as the process would name it.
    private func open(_ path: String, _ flags: Int32) -> Int32? {
        let top: Int32
        let inside: String
        if path.hasPrefix("/") {
            (top, inside) = (root, path)
        } else if let workingPath {
            (top, inside) = (root, workingPath + "/" + path)
        } else {
            // Outside of its own root, or removed: the directory itself is the limit.
            guard workingDirectory >= 0 else { return nil }
            (top, inside) = (workingDirectory, path.isEmpty ? "." : path)
        }
        let found = iso_openat2(top, inside, UInt64(UInt32(bitPattern: flags)), 0, Self.resolve)
        return found >= 0 ? found : nil
    }
}

/// O_PATH, of a type that open(2) takes.
private let pathOnly = Int32(ISO_OPEN_PATH)
