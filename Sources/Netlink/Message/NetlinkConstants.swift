// Numbers of linux/netlink.h, by the names that they have there.

/// Flags of a message: NLM_F_….
package enum NLM {
    package static let request: UInt16 = 0x1
    /// One message of several; NLMSG_DONE ends them.
    package static let multi: UInt16 = 0x2
    package static let ack: UInt16 = 0x4
    package static let echo: UInt16 = 0x8
    /// Something changed while the dump was made: it may be inconsistent.
    package static let dumpInterrupted: UInt16 = 0x10
    /// Of a GET request: all objects.
    package static let dump: UInt16 = 0x300
    /// Of a NEW request.
    package static let replace: UInt16 = 0x100
    package static let exclusive: UInt16 = 0x200
    package static let create: UInt16 = 0x400
    package static let append: UInt16 = 0x800
    /// Of a DELETE request.
    package static let nonRecursive: UInt16 = 0x100
    /// Of NLMSG_ERROR: the request is not repeated in it.
    package static let capped: UInt16 = 0x100
    /// Of NLMSG_ERROR: attributes follow.
    package static let ackAttributes: UInt16 = 0x200
}

/// Types below NLMSG_MIN_TYPE, which every family has.
package enum NLMSG {
    package static let noop: UInt16 = 1
    package static let error: UInt16 = 2
    package static let done: UInt16 = 3
    package static let overrun: UInt16 = 4
}

/// Attributes of an extended acknowledgement: NLMSGERR_ATTR_….
enum NLMSGERR {
    static let message: UInt16 = 1
    static let offset: UInt16 = 2
    static let missingType: UInt16 = 5
}
