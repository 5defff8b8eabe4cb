// Where an image is imported from: a folder, or a tar archive, compressed or not, whose files are read in their place.

import CLinux
import Glibc
import SystemPackage

/// The files of an image that is being imported, by the names that its documents use.
protocol ArchiveSource {
    /// Nil when there is no such file.
    func open(_ name: String) throws(ImageError) -> (stream: any ByteStream, size: UInt64)?
}

extension ArchiveSource {
    /// A document, whole.
    func document(_ name: String, _ limits: ImageLimits) throws(ImageError) -> [UInt8]? {
        guard let (stream, size) = try open(name) else { return nil }
        guard size <= UInt64(limits.document) else {
            throw ImageError(.limit, "read", name, "it has \(size) bytes, more than \(limits.document)")
        }
        let bytes = try stream.contents(limit: limits.document, object: name)
        guard UInt64(bytes.count) == size else {
            throw ImageError(.archive, "read", name, "it ends after \(bytes.count) of \(size) bytes")
        }
        return bytes
    }
}

/// An OCI layout that lies unpacked in a folder. Its links lead nowhere else.
struct FolderSource: ArchiveSource {
    private let folder: OpenFile

    init(_ path: FilePath) throws(ImageError) { folder = try OpenFile.folder(path) }

    func open(_ name: String) throws(ImageError) -> (stream: any ByteStream, size: UInt64)? {
        let resolve = ISO_RESOLVE_BENEATH | ISO_RESOLVE_NO_MAGICLINKS
        do throws(ImageError) {
            let (file, size) = try OpenFile.reading(
                folder.raw, name, name: "\(folder.name)/\(name)", resolve: Int(resolve))
            return (FileStream(file, count: size), size)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
            throw error
        }
    }
}

/// A tar archive in a file that can be read at any place. Only where its files are is kept in memory.
struct TarSource: ArchiveSource {
    private enum Place {
        case content(position: UInt64, size: UInt64)
        /// docker save has written a layer that two images have as a link from one to the other.
        case link(String)
    }

    private static let mostLinks = 8
    private let file: OpenFile
    private var places: [String: Place] = [:]

    init(_ file: OpenFile, size: UInt64, limits: ImageLimits) throws(ImageError) {
        self.file = file
        let reader = TarReader(FileStream(file, count: size), object: file.name, limits: limits)
        while let entry = try reader.next() {
            let names = entry.path.split(separator: EntryPath.slash)
            let name = Self.clean(String(decoding: entry.path, as: UTF8.self))
            switch entry.kind {
            case .file: places[name] = .content(position: entry.position, size: entry.length)
            case .symbolicLink:
                let folder = names.dropLast().map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
                places[name] = .link(Self.clean(folder + "/" + String(decoding: entry.link, as: UTF8.self)))
            case .hardLink: places[name] = .link(Self.clean(String(decoding: entry.link, as: UTF8.self)))
            default: break
            }
        }
    }

    /// Without `.`, `..` and doubled slashes; names of the archive alone are looked up by it, never the machine's.
    private static func clean(_ path: String) -> String {
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return names.joined(separator: "/")
    }

    func open(_ name: String) throws(ImageError) -> (stream: any ByteStream, size: UInt64)? {
        var name = Self.clean(name)
        for _ in 0...Self.mostLinks {
            switch places[name] {
            case nil: return nil
            case .content(let position, let size): return (FileStream(file, from: position, count: size), size)
            case .link(let target): name = target
            }
        }
        throw ImageError(.archive, "read", file.name, "'\(name)' is a link among links that lead nowhere")
    }
}

enum ArchiveOpening {
    /// What a person names: a folder, a tar archive, or one compressed with gzip or zstd, which is unpacked into the change's staging first.
    static func open(_ path: FilePath, _ change: StoreChange) throws(ImageError) -> any ArchiveSource {
        var facts = stat()
        guard stat(path.string, &facts) == 0 else { throw .last("open", path.string) }
        if facts.format == S_IFDIR { return try FolderSource(path) }
        let limits = change.options.limits
        let (file, size) = try OpenFile.reading(path)
        guard size > 0 else { throw ImageError(.archive, "import", path.string, "it is empty") }
        let peeked = try PeekedStream(FileStream(file, count: size), count: 6)
        let isZstd = peeked.first.starts(with: ZstdStream.magic)
        if isZstd || peeked.first.starts(with: GzipStream.magic) {
            change.options.progress("unpacking \(path.lastComponent?.string ?? "")")
            let (unpacked, _) = try change.createStaged()
            let stream: any ByteStream =
                isZstd
                ? try ZstdStream(peeked, object: path.string, limits: limits)
                : try GzipStream(peeked, object: path.string, limits: limits)
            let count = try copy(stream, to: unpacked, path, change)
            let copy = try OpenFile(iso_duplicate_above(unpacked.raw, 3), "duplicate", name: path.string)
            return try TarSource(copy, size: count, limits: limits)
        }
        for (magic, name) in [
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz"), ([0x42, 0x5a, 0x68], "bzip2"),
        ] as [([UInt8], String)] where peeked.first.starts(with: magic) {
            throw ImageError(
                .unsupported, "import", path.string, "it is compressed with \(name), which podlab does not read",
                hint: "unpack it first (\(name) -d), or compress it with gzip")
        }
        return try TarSource(file, size: size, limits: limits)
    }

    private static func copy(
        _ stream: any ByteStream, to file: OpenFile, _ path: FilePath, _ change: StoreChange
    ) throws(ImageError) -> UInt64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        var count: UInt64 = 0
        while true {
            try change.checkCancelled()
            let got = try stream.read(into: buffer)
            if got == 0 { return count }
            count += UInt64(got)
            guard count <= change.options.limits.unpacked else {
                throw ImageError(
                    .limit, "import", path.string, "unpacked, it has more than \(change.options.limits.unpacked) bytes")
            }
            try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
        }
    }
}
