// What a layer says and its folder cannot hold. It lies beside the folder and is made good in the overlay of each container.
//
// - Owners: an ordinary user cannot give files away. Who is root in that user's playground can, in the overlay.
// - Implied folders: a layer may have `tmp/x` without `tmp`, and then the folder is as the layers below have it. A layer is unpacked
//   once for all images that have it, whatever lies below it in each.

import CLinux
import Glibc
import Linux
import SystemPackage

/// Records `o USER GROUP PATH` and `i PATH`, each ended by a NUL, because names may hold everything else.
struct LayerNotes: Equatable {
    struct Owner: Equatable {
        var user: UInt32
        var group: UInt32
    }

    /// By the path from the layer's top.
    var owners: [[UInt8]: Owner] = [:]
    var implied: Set<[UInt8]> = []

    init() {}

    init(_ bytes: [UInt8], _ object: String) throws(ImageError) {
        func broken() -> ImageError {
            ImageError(
                .damaged, "read", object, "it is not as podlab writes it",
                hint: "remove the image and bring it again: podlab image remove, podlab image import or pull")
        }
        for record in bytes.split(separator: 0) {
            let parts = record.split(separator: UInt8(ascii: " "), maxSplits: record.first == UInt8(ascii: "o") ? 3 : 1)
            let words = parts.dropLast().map { String(decoding: $0, as: UTF8.self) }
            guard let path = parts.last.map(Array.init) else { throw broken() }
            switch (words.first, words.count) {
            case ("o", 3):
                guard let user = UInt32(words[1]), let group = UInt32(words[2]) else { throw broken() }
                owners[path] = Owner(user: user, group: group)
            case ("i", 1): implied.insert(path)
            default: throw broken()
            }
        }
    }

    var bytes: [UInt8] {
        let owned = owners.map { Array("o \($0.value.user) \($0.value.group) ".utf8) + $0.key + [0] }
        let records = owned + implied.map { Array("i ".utf8) + $0 + [0] }
        return Array(records.sorted { $0.lexicographicallyPrecedes($1) }.joined())
    }
}

/// What is to be changed in an overlay of an image's layers, so that it is as the image says.
package struct ImageCorrection: Sendable, Hashable {
    /// From the top, without a leading slash.
    package var path: [UInt8]
    /// As the image numbers them; nil: as it is.
    package var user: UInt32?
    package var group: UInt32?
    /// Permission bits.
    package var mode: UInt32?
    /// Seconds since 1970.
    package var modified: Int64?
    /// Another name of the same file, corrected before this one. To give one name another owner makes a file of it in the upper layer of
    /// an overlay, and the other name stays with the old one.
    package var link: [UInt8]?
}

extension StoredImage {
    /// Sorted, so that a folder comes before what is in it.
    package func corrections() throws(ImageError) -> [ImageCorrection] {
        var layers: [NotedLayer] = []
        for layer in self.layers { layers.append(try NotedLayer(layer)) }
        var found: [ImageCorrection] = []
        var decided: Set<[UInt8]> = []
        // Those that have several names.
        var files: [[UInt8]: FileNumber] = [:]
        for (number, layer) in layers.enumerated().reversed() {
            for path in Set(layer.notes.owners.keys).union(layer.notes.implied) where decided.insert(path).inserted {
                let parts = EntryPath(names: path.split(separator: EntryPath.slash).map(Array.init))
                // What an upper layer has of that name is as that layer says; what is hidden is not there to be changed.
                guard let facts = layer.facts(parts),
                    layers[(number + 1)...].allSatisfy({ $0.facts(parts) == nil && !$0.hides(parts) })
                else { continue }
                if layer.notes.implied.contains(path) {
                    if let below = Self.attributes(of: parts, path, in: layers[..<number]) { found.append(below) }
                } else if let owner = layer.notes.owners[path] {
                    found.append(ImageCorrection(path: path, user: owner.user, group: owner.group))
                    if facts.format != S_IFDIR, facts.st_nlink > 1 {
                        files[path] = FileNumber(device: facts.st_dev, inode: facts.st_ino)
                    }
                }
            }
        }
        return Self.link(found, files: files)
    }

    /// Of the names of one file the first one is corrected, and the others become names of that.
    private static func link(_ found: [ImageCorrection], files: [[UInt8]: FileNumber]) -> [ImageCorrection] {
        var first: [FileNumber: [UInt8]] = [:]
        return found.sorted { $0.path.lexicographicallyPrecedes($1.path) }.map { correction in
            guard let file = files[correction.path] else { return correction }
            var correction = correction
            if let name = first[file] { correction.link = name } else { first[file] = correction.path }
            return correction
        }
    }

    /// What an implied folder has of the layers below; nil: they have none, or it is hidden.
    private static func attributes(
        of parts: EntryPath, _ path: [UInt8], in layers: ArraySlice<NotedLayer>
    ) -> ImageCorrection? {
        for layer in layers.reversed() {
            if let facts = layer.facts(parts) {
                guard facts.format == S_IFDIR else { return nil }
                if layer.notes.implied.contains(path) { continue }
                let owner = layer.notes.owners[path]
                return ImageCorrection(
                    path: path, user: owner?.user ?? facts.st_uid, group: owner?.group ?? facts.st_gid,
                    mode: facts.st_mode & 0o7777, modified: Int64(facts.st_mtim.tv_sec))
            }
            if layer.hides(parts) { return nil }
        }
        return nil
    }
}

/// By which two names are known to be one file's.
private struct FileNumber: Hashable {
    var device: dev_t
    var inode: ino_t
}

/// A layer of the store with its notes.
private struct NotedLayer {
    let folder: OpenFile
    let notes: LayerNotes

    init(_ path: FilePath) throws(ImageError) {
        folder = try OpenFile.folder(path)
        let place = path.removingLastComponent().removingLastComponent().appending("notes")
            .appending(path.lastComponent?.string ?? "")
        do throws(ImageError) {
            let (file, size) = try OpenFile.reading(place)
            notes = try LayerNotes(
                try FileStream(file, count: size).contents(limit: 1 << 28, object: place.string), place.string)
        } catch {
            // Layers of an earlier podlab have none.
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            notes = LayerNotes()
        }
    }

    /// lstat(2) without a link on the way; nil: nothing is there.
    func facts(_ path: EntryPath) -> stat? {
        let raw = iso_openat2(
            folder.raw, cPath(path.joined), UInt64(ISO_OPEN_PATH) | UInt64(O_NOFOLLOW), 0,
            UInt64(ISO_RESOLVE_BENEATH | ISO_RESOLVE_NO_SYMLINKS))
        guard raw >= 0 else { return nil }
        defer { close(raw) }
        var facts = stat()
        return fstat(raw, &facts) == 0 ? facts : nil
    }

    /// Whether what lower layers have at a path is not to be seen: a folder on the way is opaque, or is no folder.
    func hides(_ path: EntryPath) -> Bool {
        for count in 1..<max(1, path.names.count) {
            let step = EntryPath(names: Array(path.names.prefix(count)))
            guard let facts = facts(step) else { return false }
            guard facts.format == S_IFDIR else { return true }
            let raw = iso_openat2(
                folder.raw, cPath(step.joined), UInt64(O_RDONLY | O_DIRECTORY), 0,
                UInt64(ISO_RESOLVE_BENEATH | ISO_RESOLVE_NO_SYMLINKS))
            guard raw >= 0 else { return true }
            let opened = Descriptor(taking: raw)
            if ImageStore.isOpaque(FilePath("/proc/self/fd/\(opened.raw)")) { return true }
        }
        return false
    }
}
