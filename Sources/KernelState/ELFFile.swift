// What the dynamic loader needs to know of an ELF file, read from the file itself. See elf(5).

/// The kind of machine that a file is for. A loader passes over a library of another kind.
package struct ELFKind: Hashable, Sendable {
    /// 32 or 64.
    package let bits: Int
    package let isBigEndian: Bool
    /// `e_machine`: 62 is x86_64, 183 is aarch64.
    package let machine: UInt16
}

/// Why bytes are not an ELF file that podlab can read.
package enum ELFError: Error, Hashable, Sendable {
    /// The first four bytes are others.
    case notELF
    /// It begins like one, and then `what` is cut off or makes no sense.
    case malformed(what: String)
}

/// The dynamic part of an ELF file.
package struct ELFFile: Hashable, Sendable {
    package let kind: ELFKind
    /// `e_type`: 2 is an executable, 3 a shared object or position-independent executable.
    package let type: UInt16
    /// PT_INTERP, the dynamic loader; nil in libraries and static programs.
    package private(set) var interpreter: String?
    /// DT_NEEDED, in order.
    package private(set) var needed: [String] = []
    package private(set) var soname: String?
    /// DT_RPATH and DT_RUNPATH, cut at colons, not expanded. The loader passes over the first when there is the second.
    package private(set) var rpath: [String] = []
    package private(set) var runpath: [String] = []
    /// DF_1_NODEFLIB: neither the cache nor the default folders are searched for what this file needs.
    package private(set) var ignoresDefaultFolders = false
    /// There is a PT_DYNAMIC.
    package private(set) var isDynamic = false

    /// How many bytes its names and folders are.
    private(set) var bytesOfNames = 0

    /// Parses a file that is in memory.
    package init(parsing content: [UInt8]) throws(ELFError) { try self.init(ArrayByteSource(content: content)) }

    init(_ source: some ByteSource) throws(ELFError) {
        let identification = source.bytes(at: 0, count: 16)
        guard identification.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { throw .notELF }
        guard identification.count == 16, (1...2).contains(identification[4]), (1...2).contains(identification[5])
        else { throw .malformed(what: "e_ident") }
        let layout = ELFLayout(is64: identification[4] == 2, order: identification[5] == 2 ? .big : .little)
        guard let header = source.exactly(at: 0, count: layout.headerSize),
            let type = header.number(at: 16, size: 2, layout.order),
            let machine = header.number(at: 18, size: 2, layout.order)
        else { throw .malformed(what: "the header") }
        self.type = UInt16(truncatingIfNeeded: type)
        kind = ELFKind(
            bits: layout.is64 ? 64 : 32, isBigEndian: layout.order == .big,
            machine: UInt16(truncatingIfNeeded: machine))

        let segments = try layout.segments(header, source)
        if let segment = segments.first(where: { $0.type == 3 }) {  // PT_INTERP
            guard segment.fileSize <= 4096, let name = source.string(at: segment.offset, limit: Int(segment.fileSize))
            else { throw .malformed(what: "PT_INTERP") }
            interpreter = name.text
        }
        if let segment = segments.first(where: { $0.type == 2 }) {  // PT_DYNAMIC
            isDynamic = true
            try readDynamic(segment, segments, layout, source)
        }
    }

    /// A program of a hundred libraries is a large one. All names may point at one string.
    private static let mostNames = 1024
    private static let mostBytesOfNames = 1 << 16

    private mutating func readDynamic(
        _ dynamic: ELFSegment, _ segments: [ELFSegment], _ layout: ELFLayout, _ source: some ByteSource
    ) throws(ELFError) {
        guard dynamic.fileSize <= 1 << 20,
            let table = source.exactly(at: dynamic.offset, count: Int(dynamic.fileSize))
        else { throw .malformed(what: "PT_DYNAMIC") }
        var names: [(tag: UInt64, offset: UInt64)] = []
        var stringTable: UInt64?
        var stringSize: UInt64 = 0
        let word = layout.wordSize
        entries: for place in stride(from: 0, to: table.count, by: 2 * word) {
            guard let tag = table.number(at: place, size: word, layout.order),
                let value = table.number(at: place + word, size: word, layout.order)
            else { break }
            switch tag {
            case 0: break entries  // DT_NULL
            case 1, 14, 15, 29: names.append((tag, value))  // DT_NEEDED, DT_SONAME, DT_RPATH, DT_RUNPATH
            case 5: stringTable = value  // DT_STRTAB
            case 10: stringSize = value  // DT_STRSZ
            case 0x6fff_fffb: ignoresDefaultFolders = value & 0x800 != 0  // DT_FLAGS_1
            default: break
            }
        }
        if names.isEmpty { return }
        guard names.count <= Self.mostNames else {
            throw .malformed(what: "more names in PT_DYNAMIC than podlab looks through")
        }
        // DT_STRTAB is an address; the segment that is loaded there says where it is in the file.
        guard let address = stringTable, stringSize <= 1 << 28,
            let segment = segments.first(where: { $0.type == 1 && $0.holds(address) })
        else { throw .malformed(what: "DT_STRTAB") }
        let (start, overflow) = segment.offset.addingReportingOverflow(address - segment.address)
        for (tag, offset) in names {
            guard !overflow, offset < stringSize, start <= UInt64.max - offset,
                let bytes = source.string(at: start + offset, limit: Int(min(stringSize - offset, 1 << 16)))
            else { throw .malformed(what: "a name in DT_STRTAB") }
            bytesOfNames += bytes.count
            guard bytesOfNames <= Self.mostBytesOfNames else {
                throw .malformed(what: "longer names in DT_STRTAB than podlab looks through")
            }
            switch tag {
            case 1: needed.append(bytes.text)
            case 14: soname = bytes.text
            case 15: rpath = Self.folders(bytes)
            default: runpath = Self.folders(bytes)
            }
        }
    }

    private static func folders(_ bytes: [UInt8]) -> [String] {
        bytes.isEmpty ? [] : bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map(\.text)
    }
}

/// One program header.
private struct ELFSegment {
    let type: UInt64
    let offset: UInt64
    let address: UInt64
    let fileSize: UInt64

    func holds(_ place: UInt64) -> Bool { place >= address && place - address < fileSize }
}

/// Sizes and places of fields for one class and byte order.
private struct ELFLayout {
    let is64: Bool
    let order: ByteOrder
    var headerSize: Int { is64 ? 64 : 52 }
    var wordSize: Int { is64 ? 8 : 4 }

    func segments(_ header: [UInt8], _ source: some ByteSource) throws(ELFError) -> [ELFSegment] {
        guard let place = header.number(at: is64 ? 32 : 28, size: wordSize, order),
            let size = header.number(at: is64 ? 54 : 42, size: 2, order),
            let count = header.number(at: is64 ? 56 : 44, size: 2, order)
        else { throw .malformed(what: "the header") }
        if count == 0 { return [] }
        // The kernel wants exactly this entry size and less than a page of headers (load_elf_phdrs).
        guard Int(size) == (is64 ? 56 : 32), count * size <= 65_536,
            let table = source.exactly(at: place, count: Int(count * size))
        else { throw .malformed(what: "the program headers") }
        return (0..<Int(count)).compactMap { index in
            let start = index * Int(size)
            guard let type = table.number(at: start, size: 4, order),
                let offset = table.number(at: start + (is64 ? 8 : 4), size: wordSize, order),
                let address = table.number(at: start + (is64 ? 16 : 8), size: wordSize, order),
                let fileSize = table.number(at: start + (is64 ? 32 : 16), size: wordSize, order)
            else { return nil }
            return ELFSegment(type: type, offset: offset, address: address, fileSize: fileSize)
        }
    }
}
