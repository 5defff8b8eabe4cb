// Attributes: type, length, payload, one after another, each within bounds whatever the lengths say.

/// One attribute of a message. The getters are nil when the payload has not the length of what is asked for.
package struct Attribute: Sendable {
    /// Without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER.
    package let type: UInt16
    /// NLA_F_NESTED; many senders forget it.
    package let isNested: Bool
    package let payload: NetlinkBytes

    /// NLA_F_NESTED and NLA_F_NET_BYTEORDER are the two highest bits; NLA_TYPE_MASK is the rest.
    static let nestedFlag: UInt16 = 0x8000
    static let typeMask: UInt16 = 0x3fff

    package var uint8: UInt8? { exact() }
    package var uint16: UInt16? { exact() }
    package var uint32: UInt32? { exact() }
    package var int32: Int32? { exact() }
    package var uint64: UInt64? { exact() }

    /// In network order.
    package var big16: UInt16? { exact(UInt16.self).map { UInt16(bigEndian: $0) } }
    package var big32: UInt32? { exact(UInt32.self).map { UInt32(bigEndian: $0) } }
    package var big64: UInt64? { exact(UInt64.self).map { UInt64(bigEndian: $0) } }

    /// Up to the first zero, or all when there is none; nil when it is not UTF-8.
    package var string: String? { String(validating: payload.prefix { $0 != 0 }, as: UTF8.self) }

    /// The payload read as attributes.
    package var nested: Attributes { Attributes(payload) }

    package var address: IPAddress? { IPAddress(bytes: payload) }
    package var mac: MACAddress? { MACAddress(bytes: payload) }

    @inline(__always)
    private func exact<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type = Number.self) -> Number? {
        payload.count == MemoryLayout<Number>.size ? payload.integer() : nil
    }
}

/// A run of attributes. Walking it ends at the first that does not fit into the bytes: each step goes on by at least the four
/// bytes of a header, so it ends, and nothing outside the bytes is looked at. See netlink(7), linux/netlink.h.
package struct Attributes: Sequence, Sendable {
    package let bytes: NetlinkBytes

    package init(_ bytes: NetlinkBytes) { self.bytes = bytes }

    package func makeIterator() -> Iterator { Iterator(bytes) }

    /// The first attribute of that type.
    package subscript(type: UInt16) -> Attribute? { first { $0.type == type } }

    /// Something is left that is no attribute.
    package var isDamaged: Bool {
        var iterator = makeIterator()
        while iterator.next() != nil {}
        return iterator.offset < bytes.count
    }

    /// The same walk for messages of which there are thousands: types and payloads as they lie in memory, valid during the call.
    @inline(__always)
    static func walk(
        _ bytes: UnsafeRawBufferPointer, _ visit: (_ type: UInt16, _ payload: UnsafeRawBufferPointer) -> Void
    ) {
        var offset = 0
        while bytes.count - offset >= 4 {
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            let type = bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self)
            guard length >= 4, length <= bytes.count - offset else { return }
            visit(type & Attribute.typeMask, UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + length]))
            offset += Swift.min(aligned(length), bytes.count - offset)
        }
    }

    package struct Iterator: IteratorProtocol {
        private let bytes: NetlinkBytes
        /// Where the next attribute starts; never behind the end.
        fileprivate private(set) var offset = 0

        init(_ bytes: NetlinkBytes) { self.bytes = bytes }

        // A dump of a thousand links has some sixty thousand attributes: nothing is sliced but the payload.
        @inline(__always)
        package mutating func next() -> Attribute? {
            let left = bytes.count - offset
            guard left >= 4 else { return nil }
            let (short, type) = bytes.withUnsafeBytes { [offset] in
                (
                    $0.loadUnaligned(fromByteOffset: offset, as: UInt16.self),
                    $0.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self)
                )
            }
            let length = Int(short)
            guard length >= 4, length <= left else { return nil }
            let start = bytes.startIndex + offset
            // The padding behind the last attribute may be missing.
            offset += Swift.min(aligned(length), left)
            return Attribute(
                type: type & Attribute.typeMask, isNested: type & Attribute.nestedFlag != 0,
                payload: bytes[start + 4..<start + length])
        }
    }
}

extension UnsafeRawBufferPointer {
    /// A number of exactly this length, in host order.
    @inline(__always)
    func exactly<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type = Number.self) -> Number? {
        count == MemoryLayout<Number>.size ? loadUnaligned(as: Number.self) : nil
    }

    /// Up to the first zero, or all when there is none; nil when it is not UTF-8.
    var text: String? {
        var length = 0
        var isASCII = true
        while length < count, self[length] != 0 {
            if self[length] >= 0x80 { isASCII = false }
            length += 1
        }
        let bytes = UnsafeRawBufferPointer(rebasing: self[..<length])
        // Names nearly always are, and then there is nothing to validate.
        return isASCII
            ? String(unsafeUninitializedCapacity: length) {
                UnsafeMutableRawBufferPointer($0).copyMemory(from: bytes)
                return length
            }
            : String(validating: bytes, as: UTF8.self)
    }
}
