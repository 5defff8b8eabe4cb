// The name of a link, by the kernel's rules and one of our own.

/// A name that a link may be given: 1 to 15 bytes. See `dev_valid_name` in the kernel's net/core/dev.c.
package struct LinkName: Hashable, Sendable, LosslessStringConvertible {
    /// IFNAMSIZ without the zero.
    package static let longest = 15
    package let text: String
    package var description: String { text }

    package init?(_ text: String) {
        guard let name = try? LinkName(parsing: text) else { return nil }
        self = name
    }

    package init(parsing text: String) throws(NetworkValueError) {
        func refuse(_ problem: String) -> NetworkValueError { NetworkValueError("link name", text, problem) }
        let bytes = text.utf8
        if bytes.isEmpty { throw refuse("is empty") }
        if bytes.count > Self.longest { throw refuse("has \(bytes.count) bytes; at most \(Self.longest) fit") }
        if text == "." || text == ".." { throw refuse("would be a folder's name in /sys/class/net") }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "/"): throw refuse("has a slash")
            // Old commands read `eth0:1` as an alias of eth0.
            case UInt8(ascii: ":"): throw refuse("has a colon")
            // The kernel makes a number of it: `veth%d`.
            case UInt8(ascii: "%"): throw refuse("has a percent sign, which the kernel takes for a template")
            // What isspace(3) of the kernel takes: 0xa0 too, which is a part of a letter in UTF-8.
            case 9...13, UInt8(ascii: " "), 0xa0: throw refuse("has a space, tab or line break")
            case 0..<32, 127: throw refuse("has a control character")
            default: continue
            }
        }
        self.text = text
    }
}
