// A layer's archive becomes a folder that overlayfs can take as a lower one. See the OCI image specification, "Image Layer
// Filesystem Changeset", and Documentation/filesystems/overlayfs.rst.
//
// - Every path is looked up inside the folder (TargetFolder), so `../`, absolute names, and links in every order stay inside.
// - `.wh.NAME` becomes a character device 0:0, which every user may make since Linux 5.8. `.wh..wh..opq` becomes the attribute
//   user.overlay.opaque, because trusted.* is closed to user namespaces; the mount needs `userxattr`.
// - Attributes of users are kept, but those of overlayfs. What else a folder cannot hold becomes LayerNotes.
// - Devices, fifos, other attributes, setuid and setgid bits are left out, with a warning: files of a hostile image lie on the host's disk.

import CLinux
import Glibc
import KernelState
import SystemPackage

/// What all layers of one import have together taken of its limits.
final class UnpackBudget {
    let limits: ImageLimits
    private var entries = 0
    private var bytes: UInt64 = 0

    init(_ limits: ImageLimits) { self.limits = limits }

    func spendEntry(_ object: String) throws(ImageError) {
        entries += 1
        guard entries <= limits.entries else {
            throw ImageError(.limit, "unpack", object, "the layers have more than \(limits.entries) files")
        }
    }

    func spend(_ count: UInt64, _ object: String) throws(ImageError) {
        let (sum, overflows) = bytes.addingReportingOverflow(count)
        bytes = sum
        guard !overflows, bytes <= limits.unpacked else {
            throw ImageError(.limit, "unpack", object, "the layers have more than \(limits.unpacked) bytes")
        }
    }
}

/// Unpacks one layer.
final class LayerUnpacker {
    static let opaqueAttribute = "user.overlay.opaque"
    private static let whiteoutPrefix = Array(".wh.".utf8)
    private static let opaqueName = Array(".wh..wh..opq".utf8)

    private let target: TargetFolder
    private let owner: FileOwner
    private let object: String
    private let budget: UnpackBudget
    private let warn: (_ what: String, _ entry: String) -> Void
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
    /// What folders get when everything is in them: a folder may forbid to make anything in it, and its time changes with its entries.
    private var folders: [[UInt8]: Attributes] = [:]
    /// The folder of the entry before, which is mostly that of the next one too.
    private var parent: (path: [UInt8], folder: OpenFile)?
    /// Whole when everything is unpacked.
    private(set) var notes = LayerNotes()

    private struct Attributes {
        var mode: UInt32 = 0o755
        var user: UInt64 = 0
        var group: UInt64 = 0
        var modified: Int64 = 0
        var extended: [String: [UInt8]] = [:]
    }

    /// - Parameters:
    ///   - folder: is there and empty, and belongs to this process.
    ///   - object: the layer, for messages.
    init(
        into folder: FilePath, owner: FileOwner, object: String, budget: UnpackBudget,
        warn: @escaping (_ what: String, _ entry: String) -> Void
    ) throws(ImageError) {
        target = try TargetFolder(folder)
        self.owner = owner
        self.object = object
        self.budget = budget
        self.warn = warn
        folders[EntryPath(names: []).joined] = Attributes()
    }

    deinit { buffer.deallocate() }

    /// Unpacks every entry.
    func unpack(_ archive: TarReader) throws(ImageError) {
        while let entry = try archive.next() {
            try budget.spendEntry(object)
            let path: EntryPath
            do throws(TarFault) {
                path = try EntryPath(entry.path, depth: budget.limits.depth)
            } catch {
                throw fault(entry, error.meaning)
            }
            do throws(ImageError) {
                try place(entry, path, archive)
            } catch {
                // The kernel's word about a name that the archive chose is about the archive.
                guard error.kind == .system, Self.isAboutNames(error.errno) else { throw error }
                throw fault(entry, "\(error.operation): \(error.meaning)")
            }
        }
        try settleFolders()
    }

    private func fault(_ entry: TarEntry, _ meaning: String) -> ImageError {
        let name = String(decoding: entry.path.prefix(300), as: UTF8.self)
        return ImageError(.archive, "unpack", object, "the entry '\(name)' is refused: \(meaning)")
    }

    private static func isAboutNames(_ errno: Errno?) -> Bool {
        guard let errno else { return false }
        return [.notDirectory, .tooManySymbolicLinkLevels, .noSuchFileOrDirectory, .fileNameTooLong, .improperLink]
            .contains(errno)
    }

    // MARK: Entries

    private func place(_ entry: TarEntry, _ path: EntryPath, _ archive: TarReader) throws(ImageError) {
        guard let name = path.last else {
            // The top itself: `./`.
            guard entry.kind == .folder else { return }
            // It belongs to the owner whatever it says, and can be renamed by the owner: by it the store knows the whole layer.
            folders[path.joined] = Attributes(
                mode: entry.mode & 0o777 | 0o700, modified: entry.modified, extended: entry.userAttributes)
            return
        }
        let shown = path.text
        if name.starts(with: Self.whiteoutPrefix) { return try placeWhiteout(entry, path, name) }
        switch entry.kind {
        case .characterDevice, .blockDevice: return warn("left out the device", shown)
        case .fifo: return warn("left out the named pipe", shown)
        default: break
        }
        if !entry.attributes.isEmpty { warn("left out the extended attributes of", shown) }
        let folder = try parentFolder(of: path)
        if entry.kind == .hardLink { return try placeHardLink(entry, path, name, folder) }
        note(entry, path)
        if entry.kind == .folder { return try placeFolder(entry, path, name, folder) }
        try clear(folder, name)
        if entry.kind == .symbolicLink { return try placeLink(entry, name, folder) }
        try placeFile(entry, shown, name, folder, archive)
    }

    /// Whose it is, where the folder on the disk cannot say so.
    private func note(_ entry: TarEntry, _ path: EntryPath) {
        let key = path.joined
        notes.implied.remove(key)
        notes.owners[key] = owner.noted(user: entry.user, group: entry.group)
        if !owner.shows(user: entry.user, group: entry.group) {
            warn("gave to root, because this user's playgrounds have no such owner,", path.text)
        }
    }

    private func placeFile(
        _ entry: TarEntry, _ shown: String, _ name: [UInt8], _ folder: OpenFile, _ archive: TarReader
    ) throws(ImageError) {
        let raw = iso_openat(folder.raw, cPath(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        let file = try OpenFile(raw, "create", name: shown)
        while true {
            let got = try archive.read(into: buffer)
            if got == 0 { break }
            try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
        }
        if entry.mode & 0o6000 != 0 { warn("dropped the setuid or setgid bit of", shown) }
        try settle(
            raw, shown,
            Attributes(
                mode: entry.mode & 0o1777, user: entry.user, group: entry.group, modified: entry.modified,
                extended: entry.userAttributes))
    }

    private func placeLink(_ entry: TarEntry, _ name: [UInt8], _ folder: OpenFile) throws(ImageError) {
        guard !entry.link.isEmpty, !entry.link.contains(0) else { throw fault(entry, "it is a link to nothing") }
        guard symlinkat(cPath(entry.link), folder.raw, cPath(name)) == 0 else { throw .last("symlink", entry.name) }
        if !owner.isCurrent {
            let (user, group) = owner.outside(user: entry.user, group: entry.group)
            guard fchownat(folder.raw, cPath(name), user, group, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw .last("chown", entry.name)
            }
        }
        let time = Self.time(entry.modified)
        utimensat(folder.raw, cPath(name), [time, time], AT_SYMLINK_NOFOLLOW)
    }

    /// A second name for a file of this layer. The first one is looked up as everything is, and not followed when it is a link.
    private func placeHardLink(
        _ entry: TarEntry, _ path: EntryPath, _ name: [UInt8], _ folder: OpenFile
    ) throws(ImageError) {
        let source: EntryPath
        do throws(TarFault) { source = try EntryPath(entry.link, depth: budget.limits.depth) } catch {
            throw fault(entry, "the target of the hard link: \(error.meaning)")
        }
        guard let sourceName = source.last else { throw fault(entry, "it is a hard link to a folder") }
        let shown = String(decoding: entry.link.prefix(300), as: UTF8.self)
        let raw = target.openFolder(source.parent)
        guard raw >= 0 else { throw fault(entry, "it is a hard link to '\(shown)', which is not in this layer") }
        let sourceFolder = try OpenFile(raw, name: source.parent.text)
        guard let facts = entryFacts(raw, sourceName), !facts.isWhiteout else {
            throw fault(entry, "it is a hard link to '\(shown)', which is not in this layer")
        }
        guard facts.format == S_IFREG || facts.format == S_IFLNK else {
            throw fault(entry, "it is a hard link to a folder")
        }
        // A file that is linked to itself would be removed to make room for the link.
        if let there = entryFacts(folder.raw, name), there.st_ino == facts.st_ino, there.st_dev == facts.st_dev {
            return
        }
        try clear(folder, name)
        guard linkat(sourceFolder.raw, cPath(sourceName), folder.raw, cPath(name), 0) == 0 else {
            throw .last("link", entry.name)
        }
        notes.owners[path.joined] = notes.owners[source.joined]
    }

    private func placeFolder(
        _ entry: TarEntry, _ path: EntryPath, _ name: [UInt8], _ folder: OpenFile
    ) throws(ImageError) {
        let facts = entryFacts(folder.raw, name)
        if facts?.format != S_IFDIR {
            try clear(folder, name)
            guard mkdirat(folder.raw, cPath(name), 0o700) == 0 else { throw .last("mkdir", path.text) }
            // What was removed below and made anew here hides all that was in it.
            if facts?.isWhiteout == true { try makeOpaque(path) }
        }
        if entry.mode & 0o6000 != 0 { warn("dropped the setuid or setgid bit of", path.text) }
        note(folder: path, entry)
    }

    private func note(folder path: EntryPath, _ entry: TarEntry) {
        folders[path.joined] = Attributes(
            mode: entry.mode & 0o1777, user: entry.user, group: entry.group, modified: entry.modified,
            extended: entry.userAttributes)
    }

    // MARK: Whiteouts

    private func placeWhiteout(_ entry: TarEntry, _ path: EntryPath, _ name: [UInt8]) throws(ImageError) {
        if name == Self.opaqueName {
            let folder = path.parent
            _ = try parentFolder(of: path)
            return try makeOpaque(folder)
        }
        let hidden = Array(name.dropFirst(Self.whiteoutPrefix.count))
        // Other names of this kind are aufs's own bookkeeping.
        if hidden.starts(with: Self.whiteoutPrefix) { return }
        guard !hidden.isEmpty, hidden != [UInt8(ascii: ".")], hidden != Array("..".utf8) else {
            throw fault(entry, "it is a whiteout of no name")
        }
        let folder = try parentFolder(of: path)
        // A whiteout is about the layers below. What this layer has of that name stays, and hides theirs.
        if let there = entryFacts(folder.raw, hidden) {
            if there.format == S_IFDIR { try makeOpaque(EntryPath(names: path.names.dropLast() + [hidden])) }
            return
        }
        guard mknodat(folder.raw, cPath(hidden), S_IFCHR | 0o600, 0) == 0 else {
            let errno = Errno(rawValue: errno)
            throw ImageError(
                "make a whiteout of", path.text, errno: errno,
                hint: errno == .notPermitted
                    ? "podlab makes whiteouts as an ordinary user, which Linux allows since 5.8 on file systems of its own"
                    : nil)
        }
        if !owner.isCurrent {
            guard fchownat(folder.raw, cPath(hidden), owner.user, owner.group, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw .last("chown", path.text)
            }
        }
    }

    private func makeOpaque(_ path: EntryPath) throws(ImageError) {
        let raw = target.open(path, flags: O_RDONLY | O_DIRECTORY)
        let folder = try OpenFile(raw, name: path.text)
        let result = iso_fsetxattr(folder.raw, Self.opaqueAttribute, "y", 1)
        guard result == 0 else {
            throw ImageError(
                "set \(Self.opaqueAttribute) of", path.text, errno: Errno(rawValue: -result),
                hint: "the image store must be on a file system with user attributes, such as ext4, xfs or btrfs: "
                    + "set XDG_DATA_HOME to a folder on one")
        }
    }

    // MARK: Folders on the way

    /// Makes room for an entry.
    private func clear(_ folder: OpenFile, _ name: [UInt8]) throws(ImageError) {
        guard let there = entryFacts(folder.raw, name) else { return }
        // The remembered folder may be the one that goes, or lie below it.
        if there.format == S_IFDIR || there.format == S_IFLNK { parent = nil }
        try removeTree(name, in: folder.raw)
    }

    /// The folder in which an entry goes, made where the archive has not said so.
    private func parentFolder(of path: EntryPath) throws(ImageError) -> OpenFile {
        let wanted = path.parent
        let key = wanted.joined
        if let parent, parent.path == key { return parent.folder }
        var raw = target.openFolder(wanted)
        if raw == -ENOENT || raw == -ENOTDIR { raw = try makeFolders(wanted) }
        let folder = try OpenFile(raw, name: wanted.text)
        parent = (key, folder)
        return folder
    }

    private func makeFolders(_ path: EntryPath) throws(ImageError) -> Int32 {
        var current = try OpenFile(try opened(EntryPath(names: [])), name: ".")
        for count in 1...max(1, path.names.count) {
            let step = EntryPath(names: Array(path.names.prefix(count)))
            guard let name = step.last else { break }
            var raw = target.openFolder(step)
            if raw == -ENOENT || raw == -ENOTDIR {
                let there = entryFacts(current.raw, name)
                // A file or a dangling link in the way is the archive's mistake; a whiteout is overtaken by what is below it.
                if there?.isWhiteout == true { try removeTree(name, in: current.raw) }
                guard mkdirat(current.raw, cPath(name), 0o700) == 0 else {
                    throw ImageError(
                        "mkdir", step.text, errno: errno == EEXIST ? .notDirectory : Errno(rawValue: errno))
                }
                folders[step.joined] = Attributes()
                notes.implied.insert(step.joined)
                notes.owners[step.joined] = nil
                if there?.isWhiteout == true { try makeOpaque(step) }
                raw = try opened(step)
            }
            current = try OpenFile(raw, name: step.text)
        }
        return try opened(path)
    }

    private func opened(_ path: EntryPath) throws(ImageError) -> Int32 {
        let raw = target.openFolder(path)
        guard raw >= 0 else { throw ImageError("open", path.text, errno: Errno(rawValue: -raw)) }
        return raw
    }

    // MARK: Owners, modes and times

    private func settleFolders() throws(ImageError) {
        parent = nil
        // What is deeper first, because a folder may be closed to its own user.
        for (path, attributes) in folders.sorted(by: { $0.key.count > $1.key.count }) {
            let raw = target.open(
                EntryPath(
                    names: path == [UInt8(ascii: ".")] ? [] : path.split(separator: EntryPath.slash).map(Array.init)),
                flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            // Something else may have taken its place since.
            if raw == -ENOENT || raw == -ENOTDIR || raw == -ELOOP { continue }
            let shown = String(decoding: path, as: UTF8.self)
            let folder = try OpenFile(raw, name: shown)
            try settle(folder.raw, shown, attributes)
        }
    }

    /// Owner before mode: chown(2) clears bits of the mode.
    private func settle(_ raw: Int32, _ shown: String, _ attributes: Attributes) throws(ImageError) {
        if !owner.isCurrent {
            let (user, group) = owner.outside(user: attributes.user, group: attributes.group)
            guard fchown(raw, user, group) == 0 else { throw .last("chown", shown) }
        }
        for (name, value) in attributes.extended {
            // A file system may hold fewer and shorter ones than pax.
            if iso_fsetxattr(raw, name, value, UInt32(value.count)) < 0 {
                warn("left out the attribute \(name) of", shown)
            }
        }
        guard fchmod(raw, mode_t(attributes.mode)) == 0 else { throw .last("chmod", shown) }
        let time = Self.time(attributes.modified)
        guard futimens(raw, [time, time]) == 0 else { throw .last("utimensat", shown) }
    }

    /// Within what every file system can keep.
    private static func time(_ seconds: Int64) -> timespec {
        timespec(tv_sec: Int(min(max(0, seconds), 0x7fff_ffff)), tv_nsec: 0)
    }
}
