// A message being written: lengths are computed, padding is put in, nesting follows the braces.

import SystemPackage

/// A message for the kernel: the header, a fixed part that depends on the type, then attributes.
///
/// Numbers are in the machine's order unless `bigEndian` says otherwise. Every method that writes a value returns its offset
/// from the first byte of the message.
package struct MessageWriter: Sendable, Equatable {
    /// A field that someone may have to fill in later, when an index or a descriptor is known.
    package enum Slot: Sendable, Hashable {
        /// The index of the link that the message is about.
        case link
        /// IFLA_MASTER
        case master
        /// RTA_OIF
        case outInterface
        /// The namespace of the link, as a descriptor: IFLA_NET_NS_FD, NETNSA_FD.
        case namespace
        /// The namespace of a veth's other end, as a descriptor.
        case peerNamespace
    }

    package let type: UInt16
    package let flags: UInt16
    /// Where fields are that can be patched: each is 4 bytes in the machine's order.
    package private(set) var slots: [Slot: Int] = [:]
    private var buffer: [UInt8]
    private var isTooLong = false

    /// The size of struct nlmsghdr.
    static let headerLength = 16

    package init(type: UInt16, flags: UInt16 = 0) {
        self.type = type
        self.flags = flags
        buffer = [UInt8](repeating: 0, count: Self.headerLength)
        buffer.reserveCapacity(256)
    }

    // MARK: The fixed part

    @discardableResult
    package mutating func fixed(_ value: UInt8) -> Int { append(value) }
    @discardableResult
    package mutating func fixed(_ value: UInt16) -> Int { append(value) }
    @discardableResult
    package mutating func fixed(_ value: UInt32, slot: Slot? = nil) -> Int { append(value, slot) }
    @discardableResult
    package mutating func fixed(_ value: Int32, slot: Slot? = nil) -> Int { append(value, slot) }
    @discardableResult
    package mutating func fixed(_ value: UInt64) -> Int { append(value) }
    @discardableResult
    package mutating func fixed(bigEndian value: UInt16) -> Int { append(value.bigEndian) }
    @discardableResult
    package mutating func fixed(bigEndian value: UInt32) -> Int { append(value.bigEndian) }

    @discardableResult
    package mutating func bytes(_ bytes: some Collection<UInt8>) -> Int {
        defer { buffer.append(contentsOf: bytes) }
        return buffer.count
    }

    // MARK: Attributes

    @discardableResult
    package mutating func attribute(_ type: UInt16, _ value: UInt8) -> Int { number(type, value) }
    @discardableResult
    package mutating func attribute(_ type: UInt16, _ value: UInt16) -> Int { number(type, value) }
    @discardableResult
    package mutating func attribute(_ type: UInt16, _ value: UInt32, slot: Slot? = nil) -> Int {
        number(type, value, slot)
    }
    @discardableResult
    package mutating func attribute(_ type: UInt16, _ value: Int32, slot: Slot? = nil) -> Int {
        number(type, value, slot)
    }
    @discardableResult
    package mutating func attribute(_ type: UInt16, _ value: UInt64) -> Int { number(type, value) }
    @discardableResult
    package mutating func attribute(_ type: UInt16, bigEndian value: UInt16) -> Int { number(type, value.bigEndian) }
    @discardableResult
    package mutating func attribute(_ type: UInt16, bigEndian value: UInt32) -> Int { number(type, value.bigEndian) }
    @discardableResult
    package mutating func attribute(_ type: UInt16, bigEndian value: UInt64) -> Int { number(type, value.bigEndian) }

    /// The text with a zero behind it.
    @discardableResult
    package mutating func attribute(_ type: UInt16, string: String) -> Int {
        attribute(type, bytes: Array(string.utf8) + [0])
    }

    @discardableResult
    package mutating func attribute(_ type: UInt16, bytes: some Collection<UInt8>) -> Int {
        let start = begin(type)
        buffer.append(contentsOf: bytes)
        end(start)
        return start + 4
    }

    /// An attribute that says all by being there.
    @discardableResult
    package mutating func flag(_ type: UInt16) -> Int { attribute(type, bytes: []) }

    /// Attributes inside an attribute. NLA_F_NESTED is set: newer families refuse a nest without it.
    package mutating func nested<Failure: Error>(
        _ type: UInt16, _ body: (inout MessageWriter) throws(Failure) -> Void
    ) throws(Failure) {
        let start = begin(type | Attribute.nestedFlag)
        try body(&self)
        end(start)
    }

    // MARK: The end

    /// The whole message. EMSGSIZE: an attribute is longer than its 16-bit length can say.
    package func finish(sequence: UInt32 = 0, addingFlags: UInt16 = 0) throws(NetlinkError) -> [UInt8] {
        guard !isTooLong, let length = UInt32(exactly: buffer.count) else {
            throw NetlinkError(
                operation: "write", object: "a message of type \(type)", errno: .messageTooLong,
                message: "an attribute has more than 65,535 bytes")
        }
        var message = buffer
        Self.put(length, in: &message, at: 0)
        Self.put(type, in: &message, at: 4)
        Self.put(flags | addingFlags, in: &message, at: 6)
        Self.put(sequence, in: &message, at: 8)
        return message
    }

    private mutating func append<Number: FixedWidthInteger>(_ value: Number, _ slot: Slot? = nil) -> Int {
        let offset = buffer.count
        if let slot { slots[slot] = offset }
        withUnsafeBytes(of: value) { buffer.append(contentsOf: $0) }
        return offset
    }

    private mutating func number<Number: FixedWidthInteger>(
        _ type: UInt16, _ value: Number, _ slot: Slot? = nil
    ) -> Int {
        let start = begin(type)
        let offset = append(value, slot)
        end(start)
        return offset
    }

    /// The header of an attribute, on a multiple of four bytes; its length is filled in at the end.
    private mutating func begin(_ type: UInt16) -> Int {
        pad()
        let start = buffer.count
        _ = append(UInt16(0))
        _ = append(type)
        return start
    }

    /// The length counts the header and the payload but not the padding; of a nest, the padding of what is inside too.
    private mutating func end(_ start: Int) {
        if let length = UInt16(exactly: buffer.count - start) {
            Self.put(length, in: &buffer, at: start)
        } else {
            isTooLong = true
        }
        pad()
    }

    private mutating func pad() {
        while buffer.count % 4 != 0 { buffer.append(0) }
    }

    private static func put<Number: FixedWidthInteger>(_ value: Number, in bytes: inout [UInt8], at offset: Int) {
        withUnsafeBytes(of: value) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
    }
}
