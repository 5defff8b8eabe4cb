// How rules name interfaces: by name, by the beginning of a name, by index.

/// Which interfaces are meant.
package enum InterfacePattern: Hashable, Sendable, CustomStringConvertible {
    case name(String)
    /// Every name that begins so: nft's `eth*`, the `eth+` of iptables.
    case prefix(String)
    /// nft's `iif` and `oif`: the interface that had this index when the rule was made.
    case index(UInt32)

    /// IFNAMSIZ: the longest name and its zero.
    static let room = 16

    package func matches(name: String, index: UInt32) -> Bool {
        switch self {
        case .name(let own): own == name
        case .prefix(let beginning): name.utf8.starts(with: beginning.utf8)
        case .index(let own): own == index
        }
    }

    package var description: String {
        switch self {
        case .name(let name): name
        case .prefix(let beginning): beginning + "*"
        case .index(let index): "index \(index)"
        }
    }
}
