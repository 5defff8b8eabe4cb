// A folder becomes a layer: a tar archive in the form of POSIX pax, equal bytes for equal folders. See pax(1) of POSIX.1-2017.

import CLinux
import Glibc
import SystemPackage

/// Writes what lies in a folder, with root as its owner and names in the order of their bytes. Devices, sockets and pipes are left out.
final class TarWriter: ByteStream {
    private let root: OpenFile
    /// Not yet visited, the next one last.
    private var waiting: [[[UInt8]]] = [[]]
    private var file: (file: OpenFile, left: UInt64, padding: Int, name: String)?
    private var pending: ArraySlice<UInt8> = []
    private var isOver = false

    init(_ path: FilePath) throws(ImageError) { root = try OpenFile.folder(path) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        while true {
            if !pending.isEmpty {
                let count = min(buffer.count, pending.count)
                buffer.copyBytes(from: pending.prefix(count))
                pending = pending.dropFirst(count)
                return count
            }
            if let open = file {
                if open.left == 0 {
                    pending = [UInt8](repeating: 0, count: open.padding)[...]
                    file = nil
                    continue
                }
                return try readContent(open.file, open.left, open.name, buffer)
            }
            if isOver { return 0 }
            guard let names = waiting.popLast() else {
                pending = [UInt8](repeating: 0, count: 1024)[...]
                isOver = true
                continue
            }
            try begin(EntryPath(names: names))
        }
    }

    private func readContent(
        _ open: OpenFile, _ left: UInt64, _ name: String, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(ImageError) -> Int {
        var got = 0
        repeat {
            got = Glibc.read(open.raw, buffer.baseAddress, Int(min(left, UInt64(buffer.count))))
        } while got < 0 && errno == EINTR
        guard got >= 0 else { throw .last("read", name) }
        guard got > 0 else { throw ImageError(.archive, "read", name, "it became shorter while it was read") }
        file?.left -= UInt64(got)
        return got
    }

    private func begin(_ path: EntryPath) throws(ImageError) {
        let folder = iso_openat2(
            root.raw, cPath(path.parent.joined), UInt64(Int32(ISO_OPEN_PATH) | O_DIRECTORY), 0,
            UInt64(ISO_RESOLVE_BENEATH | ISO_RESOLVE_NO_SYMLINKS))
        let parent = try OpenFile(folder, name: path.text)
        let name = path.last ?? [UInt8(ascii: ".")]
        guard let facts = entryFacts(parent.raw, name) else { throw .last("stat", path.text) }
        switch facts.format {
        case S_IFDIR:
            let opened = iso_openat(parent.raw, cPath(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
            let names = try OpenFile(opened, name: path.text).names()
            waiting += names.sorted { $1.lexicographicallyPrecedes($0) }.map { path.names + [$0] }
            pending = header(path.joined + [EntryPath.slash], facts, type: "5", size: 0)[...]
        case S_IFLNK:
            var text = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            let count = readlinkat(parent.raw, cPath(name), &text, text.count - 1)
            guard count >= 0 else { throw .last("readlink", path.text) }
            pending =
                header(path.joined, facts, type: "2", size: 0, link: text[..<count].map { UInt8(bitPattern: $0) })[...]
        case S_IFREG:
            let opened = iso_openat(parent.raw, cPath(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
            let size = UInt64(max(0, facts.st_size))
            file = (try OpenFile(opened, name: path.text), size, Int((512 - size % 512) % 512), path.text)
            pending = header(path.joined, facts, type: "0", size: size)[...]
        default: break
        }
    }

    // MARK: Headers

    private func header(
        _ path: [UInt8], _ facts: stat, type: Unicode.Scalar, size: UInt64, link: [UInt8] = []
    ) -> [UInt8] {
        var records: [UInt8] = []
        if path.count > 100 { records += Self.record("path", path) }
        if link.count > 100 { records += Self.record("linkpath", link) }
        if size >= 1 << 33 { records += Self.record("size", Array(String(size).utf8)) }
        let mode = UInt64(facts.st_mode & 0o1777)
        let modified = UInt64(max(0, facts.st_mtim.tv_sec))
        var bytes: [UInt8] = []
        if !records.isEmpty {
            bytes += Self.block(
                Array("pax".utf8), mode: 0o644, size: UInt64(records.count), modified: modified, type: "x", link: [])
            bytes += records + [UInt8](repeating: 0, count: (512 - records.count % 512) % 512)
        }
        return bytes
            + Self.block(path, mode: mode, size: size >= 1 << 33 ? 0 : size, modified: modified, type: type, link: link)
    }

    /// The length counts its own digits.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        return Array(String(length).utf8) + rest
    }

    private static func block(
        _ path: [UInt8], mode: UInt64, size: UInt64, modified: UInt64, type: Unicode.Scalar, link: [UInt8]
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: TarHeader.size)
        func put(_ bytes: some Collection<UInt8>, at place: Int, room: Int) {
            block.replaceSubrange(place..<(place + min(bytes.count, room)), with: bytes.prefix(room))
        }
        func octal(_ value: UInt64, at place: Int, digits: Int) {
            let text = String(value, radix: 8)
            put((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8, at: place, room: digits)
        }
        put(path, at: 0, room: 100)
        octal(mode, at: 100, digits: 7)
        octal(0, at: 108, digits: 7)
        octal(0, at: 116, digits: 7)
        octal(size, at: 124, digits: 11)
        octal(min(modified, 0o77777777777), at: 136, digits: 11)
        block[156] = UInt8(truncatingIfNeeded: type.value)
        put(link, at: 157, room: 100)
        put("ustar\u{0}00".utf8, at: 257, room: 8)
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148, room: 8)
        octal(block.reduce(0) { $0 + UInt64($1) }, at: 148, digits: 6)
        block[154] = 0
        return block
    }
}
