// Where a process of the playground stands: its root, its working directory, its environment. For completion at the prompt.

import CIsolation
import Glibc
import KernelState
import Linux
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

    private let root: SharedDescriptor
    private let workingDirectory: SharedDescriptor?
    /// The working directory inside the root; nil where it lies outside, or has no name any more.
    private let workingPath: String?
    /// The environment that the process was started with, at most 64 KiB of it.
    package let environment: [String: String]

    /// Names that are read of one directory, at most.
    package static let mostNames = 5000

    /// Nil when the process is gone, or may not be looked at.
    package init?(of process: ProcessID) {
        let folder = "/proc/\(process)"
        func place(_ name: String) -> SharedDescriptor? {
            try? SharedDescriptor(result: iso_openat(AT_FDCWD, "\(folder)/\(name)", openPath | O_DIRECTORY, 0))
        }
        guard let root = place("root") else { return nil }
        self.root = root
        workingDirectory = place("cwd")
        let state = ProcessState.read(process, fields: [.root, .workingDirectory])
        workingPath = Self.path(
            of: state?.workingDirectory?.path.string, below: state?.root?.path.string, root: root.raw,
            directory: workingDirectory?.raw)
        environment = Self.environment(folder)
    }

    /// What proc says of the working directory, without the root before it, if that really leads there.
    private static func path(of working: String?, below top: String?, root: Int32, directory: Int32?) -> String? {
        guard let working, let top, let directory else { return nil }
        let prefix = top == "/" ? "" : top
        guard working == prefix || working.hasPrefix(prefix + "/") else { return nil }
        let inside = "/" + working.dropFirst(prefix.count).drop { $0 == "/" }
        guard let found = try? Descriptor.open(inside, inRoot: root, flags: openPath | O_DIRECTORY) else { return nil }
        var (one, other) = (stat(), stat())
        guard fstat(found.raw, &one) == 0, fstat(directory, &other) == 0, one.st_dev == other.st_dev,
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
        var entries: [Entry] = []
        var seen = 0
        try? FolderListing.visit(".", below: directory.raw) { found in
            guard seen < Self.mostNames, ContinuousClock.now < deadline else { return false }
            seen += 1
            if let name = String(validating: found.name, as: UTF8.self), name.hasPrefix(prefix),
                // Hidden names are offered to those who ask for them.
                prefix.hasPrefix(".") || !name.hasPrefix("."),
                let entry = entry(name, in: directory.raw, folder: folder)
            {
                entries.append(entry)
            }
            return true
        }
        return entries.sorted { $0.name < $1.name }
    }

    private func entry(_ name: String, in directory: Int32, folder: String) -> Entry? {
        var facts = stat()
        let flags = AT_SYMLINK_NOFOLLOW | 0x800  // AT_NO_AUTOMOUNT
        guard fstatat(directory, name, &facts, flags) == 0 else { return nil }
        if facts.st_mode & S_IFMT == S_IFLNK {
            // Where a link leads is asked from the process's own root.
            let target = open((folder.hasSuffix("/") ? folder : folder + "/") + name, openPath)
            guard let target else { return Entry(name: name, isDirectory: false, isProgram: false) }
            guard fstat(target.raw, &facts) == 0 else { return nil }
        }
        let kind = facts.st_mode & S_IFMT
        return Entry(
            name: name, isDirectory: kind == S_IFDIR, isProgram: kind == S_IFREG && facts.st_mode & 0o111 != 0)
    }

    /// Opens a path as the process would name it.
    private func open(_ path: String, _ flags: Int32) -> SharedDescriptor? {
        let top: SharedDescriptor
        let inside: String
        if path.hasPrefix("/") {
            (top, inside) = (root, path)
        } else if let workingPath {
            (top, inside) = (root, workingPath + "/" + path)
        } else {
            // Outside of its own root, or removed: the directory itself is the limit.
            guard let workingDirectory else { return nil }
            (top, inside) = (workingDirectory, path.isEmpty ? "." : path)
        }
        guard let found = try? Descriptor.open(inside, inRoot: top.raw, flags: flags) else { return nil }
        return SharedDescriptor(found)
    }
}
