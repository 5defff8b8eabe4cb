// The parser of /etc/ld.so.cache, the index that ldconfig(8) writes and ld.so(8) reads.

/// Library names and where they are, in the "new" format of glibc (`glibc-ld.so.cache1.1`), of either byte order.
package struct LoaderCache: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let name: String
        package let path: String
        /// 0x303: x86_64; 0xa03: aarch64; 3: whatever was native when the format was young.
        package let flags: UInt32
        /// 0: for every processor. Others are for processors with more features.
        package let hardware: UInt64
    }

    package let entries: [Entry]
    private let byName: [String: [Int]]

    /// Nil when there is no such header. Entries that point outside the file are passed over.
    package init?(parsing bytes: [UInt8]) {
        let magic = Array("glibc-ld.so.cache1.1".utf8)
        guard let start = Self.start(of: magic, in: bytes) else { return nil }
        // Bits 0-1 of the flags byte: 2 little, 3 big, 0 not said (then this machine's). See dl-cache.h of glibc.
        guard bytes.count >= start + 48 else { return nil }
        let order: ByteOrder = bytes[start + 28] & 3 == 3 ? .big : .little
        guard let count = bytes.number(at: start + 20, size: 4, order), count <= 1 << 20 else { return nil }
        var entries: [Entry] = []
        for index in 0..<Int(count) {
            let place = start + 48 + 24 * index
            guard let flags = bytes.number(at: place, size: 4, order),
                let name = bytes.number(at: place + 4, size: 4, order),
                let path = bytes.number(at: place + 8, size: 4, order),
                let hardware = bytes.number(at: place + 16, size: 8, order)
            else { break }
            // Offsets count from the new header, which an old one may stand before.
            guard let key = Self.string(bytes, start + Int(name)), let value = Self.string(bytes, start + Int(path))
            else { continue }
            entries.append(
                Entry(name: key, path: value, flags: UInt32(truncatingIfNeeded: flags), hardware: hardware))
        }
        self.entries = entries
        byName = Dictionary(grouping: entries.indices) { entries[$0].name }
    }

    /// The entries for a name and a kind of file, those for every processor first.
    package func entries(named name: String, for kind: ELFKind) -> [Entry] {
        let wanted: UInt32? =
            switch (kind.machine, kind.bits) {
            case (62, 64): 0x303
            case (183, 64): 0xa03
            case (3, 32): 0x3
            default: nil
            }
        let found = (byName[name] ?? []).map { entries[$0] }.filter { wanted == nil || $0.flags == wanted }
        return found.filter { $0.hardware == 0 } + found.filter { $0.hardware != 0 }
    }

    private static func start(of magic: [UInt8], in bytes: [UInt8]) -> Int? {
        if bytes.starts(with: magic) { return 0 }
        // The old format, "ld.so-1.7.0": 16 bytes and 12 for each library, then the new one, aligned to 8.
        guard bytes.starts(with: Array("ld.so-1.7.0".utf8)), let count = bytes.number(at: 12, size: 4, .little),
            count <= 1 << 20
        else { return nil }
        let place = (16 + 12 * Int(count) + 7) / 8 * 8
        return place < bytes.count && bytes[place...].starts(with: magic) ? place : nil
    }

    private static func string(_ bytes: [UInt8], _ start: Int) -> String? {
        guard start < bytes.count, let end = bytes[start...].prefix(4097).firstIndex(of: 0) else { return nil }
        return bytes[start..<end].text
    }
}
