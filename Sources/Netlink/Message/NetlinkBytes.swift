// Reading numbers out of bytes that may be too few.

/// A part of a datagram. Offsets below count from its start, not from the datagram's.
package typealias NetlinkBytes = ArraySlice<UInt8>

extension ArraySlice<UInt8> {
    /// A number in the machine's order, or nil when it would reach behind the end. It need not be aligned.
    @inline(__always)
    package func integer<Number: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int = 0, as type: Number.Type = Number.self
    ) -> Number? {
        guard offset >= 0, count - MemoryLayout<Number>.size >= offset else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }

    /// A number in network order, likewise.
    package func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int = 0, as type: Number.Type = Number.self
    ) -> Number? {
        integer(at: offset, as: Number.self).map { Number(bigEndian: $0) }
    }

    /// What is behind the first `length` bytes; empty when there are no more.
    package func after(_ length: Int) -> NetlinkBytes { length < 0 ? self[endIndex...] : dropFirst(length) }
}

/// NLMSG_ALIGN and NLA_ALIGN.
@inline(__always)
func aligned(_ length: Int) -> Int { (length + 3) & ~3 }
