// One header block of a tar archive: POSIX ustar, and what GNU tar writes. See pax(1) of POSIX.1-2017 and tar(5).

/// What a header says an entry is.
enum TarKind: Sendable, Hashable {
    case file, folder, symbolicLink, hardLink
    /// What layers may hold and podlab does not unpack.
    case characterDevice, blockDevice, fifo
    /// Records for the next entry, or for all.
    case paxNext, paxGlobal
    /// GNU: the next entry's name, or the target of its link.
    case longName, longLink
}

/// The fields of one header block, checked.
struct TarHeader {
    static let size = 512

    var kind: TarKind
    var path: [UInt8]
    var link: [UInt8]
    var length: UInt64
    /// Permission bits with setuid, setgid and sticky.
    var mode: UInt32
    var user: UInt64
    var group: UInt64
    /// Seconds since 1970.
    var modified: Int64

    /// - Parameter block: 512 bytes.
    /// - Throws: what is wrong, in words.
    init(_ block: UnsafeRawBufferPointer) throws(TarFault) {
        guard Self.sumFits(block) else { throw TarFault("its checksum is wrong, so it is no tar header") }
        let isUstar = block[257..<262].elementsEqual("ustar".utf8)
        let isGNU = isUstar && block[262] == UInt8(ascii: " ")
        path = Self.text(block[0..<100])
        // GNU tar has other fields where ustar has the prefix.
        if isUstar, !isGNU, block[345] != 0 { path = Self.text(block[345..<500]) + [UInt8(ascii: "/")] + path }
        link = Self.text(block[157..<257])
        length = try Self.number(block[124..<136], "size")
        mode = UInt32(truncatingIfNeeded: try Self.number(block[100..<108], "mode") & 0o7777)
        user = try Self.number(block[108..<116], "owner")
        group = try Self.number(block[116..<124], "group")
        modified = Int64(clamping: (try? Self.number(block[136..<148], "time")) ?? 0)
        switch block[156] {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = .file
        case UInt8(ascii: "1"): kind = .hardLink
        case UInt8(ascii: "2"): kind = .symbolicLink
        case UInt8(ascii: "3"): kind = .characterDevice
        case UInt8(ascii: "4"): kind = .blockDevice
        case UInt8(ascii: "5"): kind = .folder
        case UInt8(ascii: "6"): kind = .fifo
        case UInt8(ascii: "x"): kind = .paxNext
        case UInt8(ascii: "g"): kind = .paxGlobal
        case UInt8(ascii: "L"): kind = .longName
        case UInt8(ascii: "K"): kind = .longLink
        case UInt8(ascii: "S"): throw TarFault("it is a sparse file of GNU tar, which podlab does not read")
        case UInt8(ascii: "M"): throw TarFault("it continues on another volume, which podlab does not read")
        case UInt8(ascii: "V"), UInt8(ascii: "D"), UInt8(ascii: "N"), UInt8(ascii: "X"), UInt8(ascii: "A"):
            throw TarFault("it is of type '\(Character(Unicode.Scalar(block[156])))', which podlab does not read")
        case let type: throw TarFault("it is of the unknown type \(type)")
        }
    }

    /// Up to the first NUL.
    private static func text(_ field: Slice<UnsafeRawBufferPointer>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// Octal digits between spaces and NULs, or GNU's base 256: the first bit set, the rest a big-endian number.
    private static func number(_ field: Slice<UnsafeRawBufferPointer>, _ name: String) throws(TarFault) -> UInt64 {
        guard let first = field.first else { return 0 }
        if first & 0x80 != 0 {
            guard first == 0x80 else { throw TarFault("its \(name) is negative or too large") }
            var value: UInt64 = 0
            for byte in field.dropFirst() {
                guard value >> 56 == 0 else { throw TarFault("its \(name) is too large") }
                value = value << 8 | UInt64(byte)
            }
            return value
        }
        let isBlank = { (byte: UInt8) in byte == 0 || byte == UInt8(ascii: " ") }
        let digits = field.drop(while: isBlank).prefix { !isBlank($0) }
        var value: UInt64 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte), value >> 61 == 0 else {
                throw TarFault("its \(name) is no octal number")
            }
            value = value << 3 | UInt64(byte & 7)
        }
        return value
    }

    /// The sum of all bytes, the checksum's own field taken as spaces. Some old programs have added signed bytes.
    private static func sumFits(_ block: UnsafeRawBufferPointer) -> Bool {
        guard block.count == size, let said = try? number(block[148..<156], "checksum") else { return false }
        var (unsigned, signed) = (Int64(0), Int64(0))
        for (index, byte) in block.enumerated() {
            let byte = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
            unsigned += Int64(byte)
            signed += Int64(Int8(bitPattern: byte))
        }
        return Int64(clamping: said) == unsigned || Int64(clamping: said) == signed
    }
}

/// What is wrong with an entry, in words that follow "the entry …:".
struct TarFault: Error {
    let meaning: String
    init(_ meaning: String) { self.meaning = meaning }
}
