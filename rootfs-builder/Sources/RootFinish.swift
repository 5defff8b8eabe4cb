// The last pass over a filled tree: owners, modes and times made equal, every entry written down.

import Glibc

struct RootFinish {
    /// 2020-01-01T00:00:00Z: every file's time.
    static let fixedTime = 1_577_836_800

    let tree: StagedTree
    let owner: uid_t
    let group: gid_t
    private(set) var entries: [RootEntry] = []
    private(set) var size = 0

    init(tree: StagedTree, owner: uid_t, group: gid_t) {
        self.tree = tree
        self.owner = owner
        self.group = group
    }

    /// Entries come out in the order of a walk with sorted names.
    mutating func run() throws(RootBuildError) { try visit("/") }

    private mutating func visit(_ path: String) throws(RootBuildError) {
        let place = path == "/" ? tree.base : tree.base + path
        guard let facts = FileOperations.stat(place, followLast: false) else {
            throw FileOperations.failure("stat", place)
        }
        let known = tree.provenance[path]
        switch facts.st_mode & S_IFMT {
        case S_IFLNK:
            let target = FileOperations.linkText(place) ?? ""
            entries.append(
                RootEntry(
                    path: path, type: .link, mode: "0777", size: target.utf8.count, target: target,
                    package: known?.package))
            try settle(place, mode: nil)
        case S_IFREG:
            let mode = known?.mode ?? UInt32(facts.st_mode & 0o777 | 0o600)
            let digest: ContentDigest
            if let known = known?.digest { digest = known } else { digest = try FileOperations.digest(place).0 }
            size += Int(facts.st_size)
            entries.append(
                RootEntry(
                    path: path, type: .file, mode: Self.octal(mode), size: Int(facts.st_size),
                    digest: digest.description, source: known?.source, package: known?.package))
            try settle(place, mode: mode)
        case S_IFDIR:
            let mode = known?.mode ?? UInt32(facts.st_mode & 0o1777 | 0o700)
            entries.append(RootEntry(path: path, type: .folder, mode: Self.octal(mode), size: 0))
            chmod(place, 0o700)
            for name in try FileOperations.names(in: place) {
                try visit(path == "/" ? "/" + name : path + "/" + name)
            }
            // After its entries, whose making changes a folder's time.
            try settle(place, mode: mode)
        default:
            // Device nodes and sockets have no place in a root that belongs to an ordinary user.
            unlink(place)
        }
    }

    /// Owner before mode: chown(2) clears bits of the mode.
    private func settle(_ place: String, mode: UInt32?) throws(RootBuildError) {
        if lchown(place, owner, group) != 0 { throw FileOperations.failure("chown", place) }
        if let mode, chmod(place, mode_t(mode)) != 0 { throw FileOperations.failure("chmod", place) }
        let time = timespec(tv_sec: Self.fixedTime, tv_nsec: 0)
        if utimensat(AT_FDCWD, place, [time, time], AT_SYMLINK_NOFOLLOW) != 0 {
            throw FileOperations.failure("utimensat", place)
        }
    }

    private static func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
