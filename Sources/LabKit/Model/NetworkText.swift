// Addresses as a lab writes them.

import Netlink
import StrictYAML

enum NetworkText {
    enum Kind {
        /// `10.244.1.2`
        case address
        /// `10.244.1.2/24`
        case prefix
    }

    /// Notes a text that can be no address.
    static func check(_ text: String, _ kind: Kind, _ key: String, of fields: Fields) {
        guard fields.has(key) else { return }
        switch kind {
        case .address where !isAddress(text):
            fields.reader.error("'\(text)' is no IP address", at: fields.place(key))
        case .prefix where !isPrefix(text):
            fields.reader.error(
                "'\(text)' is no address with the length of its prefix, such as 10.244.1.2/24", at: fields.place(key))
        default: break
        }
    }

    /// No zone, no short forms.
    static func isAddress(_ text: String) -> Bool { IPAddress(text) != nil }

    static func isPrefix(_ text: String) -> Bool { IPPrefix(text) != nil }
}
