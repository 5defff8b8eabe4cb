// A tar archive as a sequence of entries. Nothing in it is believed: every length is bounded before anything is made of it.

/// One entry. Names are bytes, because they need not be UTF-8; they hold no NUL.
struct TarEntry {
    var kind: TarKind
    var path: [UInt8]
    /// The target of a link.
    var link: [UInt8]
    /// Bytes of content; 0 for what has none.
    var length: UInt64
    var mode: UInt32
    var user: UInt64
    var group: UInt64
    var modified: Int64
    /// Where the content begins in the stream.
    var position: UInt64
    /// Its extended attributes of users (`user.NAME`), but those of overlayfs.
    var userAttributes: [String: [UInt8]]
    /// Names of its other extended attributes.
    var attributes: [String]

    /// For messages.
    var name: String { String(decoding: path, as: UTF8.self) }
}

/// Reads a stream of ustar, pax or GNU tar.
final class TarReader {
    /// Bytes of one extended header. Linux has no name longer than 4096 bytes; the rest are attributes.
    private static let longestExtension: UInt64 = 1 << 20
    private static let longestName = 4095

    private let stream: any ByteStream
    private let object: String
    private let limits: ImageLimits
    private let block: UnsafeMutableRawBufferPointer
    /// Bytes taken from the stream.
    private var position: UInt64 = 0
    /// Content of the current entry that was not read yet, and what fills up its last block.
    private var left: UInt64 = 0
    private var padding: UInt64 = 0
    private var entries = 0
    private var isOver = false

    /// - Parameter object: what is read, for messages.
    init(_ stream: any ByteStream, object: String, limits: ImageLimits) {
        self.stream = stream
        self.object = object
        self.limits = limits
        block = .allocate(byteCount: TarHeader.size, alignment: 16)
    }

    deinit { block.deallocate() }

    /// The next entry, when its header and those before it are whole; nil at the end. What is left of the content of the one before is
    /// passed over.
    func next() throws(ImageError) -> TarEntry? {
        var pax = PaxRecords()
        var longName: [UInt8]?
        var longLink: [UInt8]?
        var extensions = 0
        while true {
            try finishContent()
            guard !isOver, let header = try header() else {
                guard extensions == 0 else { throw broken("it ends after an extended header") }
                isOver = true
                return nil
            }
            do throws(TarFault) {
                switch header.kind {
                case .paxNext, .paxGlobal, .longName, .longLink:
                    extensions += 1
                    // One of each kind precedes an entry; a chain without end is not waited for.
                    guard extensions <= 8 else { throw TarFault("too many extended headers follow each other") }
                    begin(header.length)
                    let bytes = try self.extension(header)
                    switch header.kind {
                    case .paxNext: try pax.add(bytes)
                    case .paxGlobal: try Self.checkGlobal(bytes)
                    case .longName: longName = Array(bytes.prefix { $0 != 0 })
                    default: longLink = Array(bytes.prefix { $0 != 0 })
                    }
                    if header.kind == .paxGlobal { extensions -= 1 }
                default: return try entry(header, pax, longName, longLink)
                }
            } catch {
                let name = String(decoding: (pax.path ?? longName ?? header.path).prefix(300), as: UTF8.self)
                throw ImageError(.archive, "read", object, "the entry '\(name)' cannot be read: \(error.meaning)")
            }
        }
    }

    /// Content of the current entry; 0 at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        guard left > 0 else { return 0 }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(left, UInt64(buffer.count)))])
        let got = try stream.read(into: room)
        guard got > 0 else { throw broken("it ends in the middle of a file") }
        position += UInt64(got)
        left -= UInt64(got)
        return got
    }

    // MARK: Parts

    private func broken(_ meaning: String) -> ImageError {
        ImageError(.archive, "read", object, "the tar archive is damaged: \(meaning)")
    }

    private func begin(_ length: UInt64) {
        left = length
        padding = length % 512 == 0 ? 0 : 512 - length % 512
    }

    private func finishContent() throws(ImageError) {
        guard left + padding > 0 else { return }
        let passed = try stream.skip(left + padding)
        guard passed == left + padding else { throw broken("it ends in the middle of a file") }
        position += passed
        (left, padding) = (0, 0)
    }

    /// Nil at two blocks of zeros or, as some writers leave them out, at the end of the stream.
    private func header() throws(ImageError) -> TarHeader? {
        for zeros in 0..<2 {
            let got = try stream.fill(block)
            position += UInt64(got)
            if got == 0 { return nil }
            guard got == TarHeader.size else { throw broken("it ends in the middle of a header") }
            if block.allSatisfy({ $0 == 0 }) { continue }
            guard zeros == 0 else { throw broken("a block of zeros stands between its entries") }
            entries += 1
            guard entries <= limits.entries else {
                throw ImageError(.limit, "read", object, "it has more than \(limits.entries) entries")
            }
            do throws(TarFault) { return try TarHeader(UnsafeRawBufferPointer(block)) } catch {
                throw broken("the header at byte \(position - 512) cannot be read: \(error.meaning)")
            }
        }
        return nil
    }

    /// The content of an extended header.
    private func `extension`(_ header: TarHeader) throws(TarFault) -> [UInt8] {
        guard header.length <= Self.longestExtension else {
            throw TarFault("its extended header has \(header.length) bytes, more than \(Self.longestExtension)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(header.length))
        var filled = 0
        let result = bytes.withUnsafeMutableBytes { room in
            Result { () throws(ImageError) in
                while filled < room.count {
                    let got = try read(into: UnsafeMutableRawBufferPointer(rebasing: room[filled...]))
                    if got == 0 { return }
                    filled += got
                }
            }
        }
        if case .failure(let error) = result { throw TarFault(error.meaning) }
        return bytes
    }

    /// A global header holds a comment (git archive). One that would name or measure every entry is not meant well.
    private static func checkGlobal(_ bytes: [UInt8]) throws(TarFault) {
        var records = PaxRecords()
        try records.add(bytes)
        guard records.path == nil, records.link == nil, records.length == nil else {
            throw TarFault("a global pax header names files, which podlab does not read")
        }
    }

    private func entry(
        _ header: TarHeader, _ pax: PaxRecords, _ longName: [UInt8]?, _ longLink: [UInt8]?
    ) throws(TarFault) -> TarEntry {
        let path = pax.path ?? longName ?? header.path
        let link = pax.link ?? longLink ?? header.link
        guard path.count <= Self.longestName, link.count <= Self.longestName else {
            throw TarFault("its name or its link is longer than \(Self.longestName) bytes")
        }
        let length = pax.length ?? header.length
        guard length <= limits.unpacked else { throw TarFault("it has \(length) bytes, more than \(limits.unpacked)") }
        // The size of a hard link is that of what it leads to; pax may add the content once more, which only cpio writers do.
        let hasContent = header.kind == .file || header.kind == .folder || header.kind == .symbolicLink
        begin(hasContent ? length : 0)
        // A folder of the oldest tar is a file whose whole name ends with a slash.
        let kind = header.kind == .file && path.last == EntryPath.slash ? .folder : header.kind
        return TarEntry(
            kind: kind, path: path, link: link, length: kind == .file ? length : 0, mode: header.mode,
            user: pax.user ?? header.user, group: pax.group ?? header.group, modified: pax.modified ?? header.modified,
            position: position, userAttributes: pax.userAttributes, attributes: pax.attributes)
    }
}
