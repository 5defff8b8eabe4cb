// Where a binary file's bytes come from: an array or an open file, read piece by piece, in either byte order.

import Linux

/// Bytes at offsets. A reading past the end gives fewer bytes; an error gives none.
protocol ByteSource {
    func bytes(at offset: UInt64, count: Int) -> [UInt8]
}

struct ArrayByteSource: ByteSource {
    let content: [UInt8]
    func bytes(at offset: UInt64, count: Int) -> [UInt8] {
        guard count > 0, offset < UInt64(content.count) else { return [] }
        let start = Int(offset)
        return Array(content[start..<min(content.count, start + min(count, content.count))])
    }
}

struct FileByteSource: ByteSource {
    let file: SharedDescriptor
    func bytes(at offset: UInt64, count: Int) -> [UInt8] { file.descriptor.read(at: offset, count: count) ?? [] }
}

extension ByteSource {
    /// Exactly `count` bytes or nil.
    func exactly(at offset: UInt64, count: Int) -> [UInt8]? {
        let found = bytes(at: offset, count: count)
        return found.count == count ? found : nil
    }

    /// The bytes before the first NUL, which must come within `limit`.
    func string(at offset: UInt64, limit: Int) -> [UInt8]? {
        // Most names are short; only a long one costs a second read.
        for size in [256, limit] {
            let found = bytes(at: offset, count: min(size, limit))
            if let end = found.firstIndex(of: 0) { return Array(found[..<end]) }
        }
        return nil
    }
}

enum ByteOrder: Hashable { case little, big }

extension [UInt8] {
    /// An unsigned number of `size` bytes, or nil when it does not lie within.
    func number(at offset: Int, size: Int, _ order: ByteOrder) -> UInt64? {
        guard offset >= 0, size <= 8, offset <= count - size else { return nil }
        let digits = self[offset..<(offset + size)]
        return order == .big
            ? digits.reduce(0) { $0 << 8 | UInt64($1) } : digits.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
