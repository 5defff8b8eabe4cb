// A datagram from the kernel, cut into messages, and what an acknowledgement says.

import SystemPackage

/// One message out of a datagram.
package struct NetlinkMessage: Sendable {
    package let type: UInt16
    package let flags: UInt16
    package let sequence: UInt32
    package let portID: UInt32
    /// What is behind struct nlmsghdr.
    package let payload: NetlinkBytes

    /// The attributes behind a fixed part of that length.
    package func attributes(after fixedLength: Int) -> Attributes { Attributes(payload.after(aligned(fixedLength))) }

    /// The messages of a datagram, in order, up to the first that does not fit into it. Each takes at least the 16 bytes of
    /// its header, so their number is bounded by the datagram's length.
    package static func parse(_ datagram: NetlinkBytes) -> (messages: [NetlinkMessage], isDamaged: Bool) {
        var messages: [NetlinkMessage] = []
        var rest = datagram
        while let message = NetlinkMessage(atStartOf: &rest) { messages.append(message) }
        return (messages, !rest.isEmpty)
    }

    /// Takes the first message off; nil, and nothing taken, when there is no whole one.
    init?(atStartOf rest: inout NetlinkBytes) {
        let headerLength = MessageWriter.headerLength
        guard rest.count >= headerLength, let wide = rest.integer(at: 0, as: UInt32.self),
            let length = Int(exactly: wide), length >= headerLength, length <= rest.count,
            let type = rest.integer(at: 4, as: UInt16.self), let flags = rest.integer(at: 6, as: UInt16.self),
            let sequence = rest.integer(at: 8, as: UInt32.self), let portID = rest.integer(at: 12, as: UInt32.self)
        else { return nil }
        let start = rest.startIndex
        self.type = type
        self.flags = flags
        self.sequence = sequence
        self.portID = portID
        payload = rest[start + headerLength..<start + length]
        rest = rest[start + min(aligned(length), rest.count)..<rest.endIndex]
    }
}

/// What the kernel answers to a request, or at the end of a dump. See NLMSG_ERROR in netlink(7).
package struct Acknowledgement: Sendable, Equatable {
    /// Nil: it is done.
    package let errno: Errno?
    /// What the kernel says about it in words (NETLINK_EXT_ACK, Linux 4.12).
    package let message: String?
    /// Which byte of the request it is about.
    package let offset: UInt32?
    /// The type of an attribute that should have been there (Linux 6.1).
    package let missingType: UInt32?
    /// Of the request.
    package let sequence: UInt32
}

extension NetlinkMessage {
    /// Nil unless this is NLMSG_ERROR or NLMSG_DONE. A payload too short for an error counts as EBADMSG, not as success.
    package var acknowledgement: Acknowledgement? {
        guard type == NLMSG.error || type == NLMSG.done else { return nil }
        let code: Int32
        var attributes = Attributes([])
        if type == NLMSG.error {
            code = payload.integer(at: 0) ?? -Errno.badMessage.rawValue
            attributes = Attributes(payload.after(lengthOfError))
        } else {
            // Old kernels send NLMSG_DONE without a code.
            code = payload.isEmpty ? 0 : payload.integer(at: 0) ?? -Errno.badMessage.rawValue
            attributes = Attributes(payload.after(4))
        }
        if flags & NLM.ackAttributes == 0 { attributes = Attributes([]) }
        return Acknowledgement(
            // Positive counts are results of some families, not errors.
            errno: code < 0 && code != .min ? Errno(rawValue: -code) : nil,
            message: attributes[NLMSGERR.message]?.string, offset: attributes[NLMSGERR.offset]?.uint32,
            missingType: attributes[NLMSGERR.missingType]?.uint32, sequence: sequence)
    }

    /// struct nlmsgerr with as much of the request as is repeated in it.
    private var lengthOfError: Int {
        let short = 4 + MessageWriter.headerLength
        let code: Int32 = payload.integer(at: 0) ?? 0
        // The request's own payload follows an error, unless the answer is capped.
        guard flags & NLM.capped == 0, code != 0, let request = payload.integer(at: 4, as: UInt32.self) else {
            return short
        }
        return max(short, 4 + aligned(Int(request)))
    }
}
