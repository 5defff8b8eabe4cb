// Removing what is at a path with all that is below it, whoever has made it.

import CLinux
import Glibc
import SystemPackage

/// Without following links, without going onto another mount, and without bound on depth: two descriptors suffice, because it goes down
/// into one folder at a time and comes back by `..`.
package struct TreeRemoval {
    package enum Locks: Sendable {
        /// A folder that may not be written stays, and is the failure.
        case respected
        /// Folders that forbid it are opened up first (0700): they are ours.
        case opened
    }

    private let locks: Locks
    private var failure: SystemError?

    /// - Parameters:
    ///   - keeping: a name in the topmost folder that stays, and the folder with it.
    /// - Returns: the first failure. That there is nothing is none.
    @discardableResult
    package static func remove(
        _ path: String, below folder: Int32 = AT_FDCWD, keeping: String? = nil, locks: Locks = .respected
    ) -> SystemError? {
        remove(Name(path.utf8CString), below: folder, keeping: keeping, locks: locks)
    }

    /// The same by a name that need not be UTF-8.
    @discardableResult
    package static func remove(
        _ name: [UInt8], below folder: Int32, keeping: String? = nil, locks: Locks = .respected
    ) -> SystemError? {
        remove(name.map { CChar(bitPattern: $0) } + [0], below: folder, keeping: keeping, locks: locks)
    }

    /// A path or a name as the kernel has it: any bytes, and a zero.
    private typealias Name = [CChar]

    private static func remove(_ path: Name, below folder: Int32, keeping: String?, locks: Locks) -> SystemError? {
        var removal = TreeRemoval(locks: locks)
        let opened = removal.open(path, below: folder)
        guard opened >= 0 else {
            if opened == -ENOENT || unlinkat(folder, path, 0) == 0 || errno == ENOENT { return nil }
            guard errno == EISDIR else {
                removal.note("remove", path, .current)
                return removal.failure
            }
            // One that may not be opened can be removed where it is empty.
            if keeping == nil, unlinkat(folder, path, removesFolder) == 0 { return nil }
            removal.note("open", path, Errno(negated: opened))
            return removal.failure
        }
        removal.empty(Descriptor(taking: opened), keeping: keeping)
        if keeping == nil, unlinkat(folder, path, removesFolder) != 0, errno != ENOENT {
            removal.note("remove", path, .current)
        }
        return removal.failure
    }

    private init(locks: Locks) { self.locks = locks }

    /// AT_REMOVEDIR.
    private static let removesFolder: Int32 = 0x200

    private mutating func note(_ operation: String, _ path: Name, _ errno: Errno) {
        guard failure == nil else { return }
        let object = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        failure = SystemError(operation: operation, object: object, errno: errno)
    }

    /// A folder to be emptied, on the mount that the one above is on, or -errno.
    private func open(_ name: Name, below folder: Int32, resolve: UInt64 = 0) -> Int32 {
        let flags = UInt64(O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        var opened = iso_openat2(folder, name, flags, 0, resolve)
        guard locks == .opened else { return opened }
        if opened == -EACCES {
            var facts = stat()
            guard fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0, facts.st_mode & S_IFMT == S_IFDIR else {
                return opened
            }
            // A link in its place by now would be refused by the second open.
            fchmodat(folder, name, 0o700, 0)
            opened = iso_openat2(folder, name, flags, 0, resolve)
        }
        // Names can be taken out of a folder only by who may write it.
        if opened >= 0 { fchmod(opened, 0o700) }
        return opened
    }

    private mutating func empty(_ top: consuming Descriptor, keeping: String?) {
        var current = top
        // The folders that are being emptied, each by its name in the one above.
        var path: [Name] = []
        // What could not be removed, by depth: it is not tried again.
        var stuck: [Set<Name>] = [keeping.map { [Name($0.utf8CString)] } ?? []]
        while true {
            if let name = next(in: current.raw, except: stuck[path.count]) {
                // A mount that is still there is not emptied.
                let child = open(
                    name, below: current.raw, resolve: UInt64(ISO_RESOLVE_NO_XDEV | ISO_RESOLVE_NO_SYMLINKS))
                guard child >= 0 else {
                    // One that may not be opened can be removed where it is empty.
                    if child != -ENOENT, unlinkat(current.raw, name, Self.removesFolder) != 0 {
                        note("open", name, Errno(negated: child))
                        stuck[path.count].insert(name)
                    }
                    continue
                }
                current = Descriptor(taking: child)
                path.append(name)
                stuck.append([])
                continue
            }
            guard let name = path.popLast() else { return }
            stuck.removeLast()
            let parent = iso_openat(current.raw, "..", O_RDONLY | O_DIRECTORY, 0)
            guard parent >= 0 else { return note("open the folder above", name, Errno(negated: parent)) }
            current = Descriptor(taking: parent)
            if unlinkat(current.raw, name, Self.removesFolder) != 0, errno != ENOENT {
                note("remove", name, .current)
                stuck[path.count].insert(name)
            }
        }
    }

    /// Removes everything in a folder that is no folder.
    /// - Returns: a folder that is left.
    private mutating func next(in folder: Int32, except stuck: Set<Name>) -> Name? {
        // A listing may pass over names while others are removed, so it is made again until nothing is left to remove.
        while true {
            var found: Name?
            var removed = 0
            var failed: (name: Name, errno: Errno)?
            do throws(SystemError) {
                try FolderListing.visit(".", below: folder) { entry in
                    let name = entry.path
                    if stuck.contains(name) { return true }
                    if !entry.isFolder, unlinkat(folder, name, 0) == 0 {
                        removed += 1
                    } else if entry.isFolder || errno == EISDIR {
                        found = name
                        return false
                    } else if errno != ENOENT, failed == nil {
                        failed = (name, .current)
                    }
                    return true
                }
            } catch {
                failure = failure ?? error
                return nil
            }
            if let failed { note("remove", failed.name, failed.errno) }
            if let found { return found }
            if removed == 0 { return nil }
        }
    }
}
