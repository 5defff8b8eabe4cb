// Finding a section of an ELF file by its name: what a program carries that no loader looks at. See elf(5).

import Glibc

/// Where a section's bytes are in its file.
package struct ELFSection: Hashable, Sendable {
    package let offset: UInt64
    package let size: UInt64

    /// Sections that are looked through, and bytes of their names.
    private static let most = 4096
    private static let mostNames = 1 << 16

    /// Of a 64-bit little-endian file that is open for reading. Nil when it has no such section, or is no such file.
    package init?(named name: String, in file: Int32) {
        guard let header = Self.read(file, at: 0, count: 64), header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]),
            let table = header.number(at: 40, size: 8, .little),  // e_shoff
            header.number(at: 58, size: 2, .little) == 64,  // e_shentsize
            let count = header.number(at: 60, size: 2, .little), count <= Self.most,  // e_shnum
            let ofNames = header.number(at: 62, size: 2, .little), ofNames < count,  // e_shstrndx
            let entries = Self.read(file, at: table, count: Int(count) * 64)
        else { return nil }
        func place(_ index: Int) -> (offset: UInt64, size: UInt64)? {
            guard let offset = entries.number(at: index * 64 + 24, size: 8, .little),  // sh_offset
                let size = entries.number(at: index * 64 + 32, size: 8, .little)  // sh_size
            else { return nil }
            return (offset, size)
        }
        guard let names = place(Int(ofNames)), names.size <= Self.mostNames,
            let texts = Self.read(file, at: names.offset, count: Int(names.size))
        else { return nil }
        for index in 0..<Int(count) {
            guard let start = entries.number(at: index * 64, size: 4, .little), start < texts.count else { continue }
            guard texts[Int(start)...].prefix(while: { $0 != 0 }).elementsEqual(name.utf8), let found = place(index)
            else { continue }
            (offset, size) = found
            return
        }
        return nil
    }

    private static func read(_ file: Int32, at offset: UInt64, count: Int) -> [UInt8]? {
        guard let place = off_t(exactly: offset) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(file, &bytes, count, place) == count ? bytes : nil
    }
}
