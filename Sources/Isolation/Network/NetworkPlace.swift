// Where a network step happens. See network_namespaces(7), ip-netns(8).

/// A network namespace, as a step of a plan names it.
package enum NetworkPlace: Sendable, Hashable {
    /// The one that the child is in at that point of the plan.
    case own
    /// `/run/netns/NAME`, the names that `ip netns` has too.
    case named(String)
    /// What an earlier `.keepNetworkNamespace` step kept under this name.
    case kept(String)
    /// A namespace file such as `/proc/12/ns/net`, or a descriptor of one, or a pidfd.
    case file(Place)
}

/// Names of network namespaces: files that hold them by a bind mount.
enum NetworkName {
    static let folder = "/run/netns"

    static func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// What is wrong with a name, by the rules of ip-netns(8); nil if it is one.
    static func problem(_ name: String) -> String? {
        if name.isEmpty || name.utf8.count > 255 { return "a namespace's name has 1 to 255 bytes" }
        if name.utf8.contains(UInt8(ascii: "/")) || name == "." || name == ".." {
            return "a namespace's name is the name of a file: no slash, not . or .."
        }
        // ip-netns(8) prints one name a line.
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
            return "a namespace's name has a control character"
        }
        return nil
    }
}

extension NetworkPlace: CustomStringConvertible {
    /// As an error shows it.
    package var description: String {
        switch self {
        case .own: "here"
        case .named(let name): name
        case .kept(let name): "<\(name)>"
        case .file(let place): place.description
        }
    }

    /// ` in blue`; nothing for the child's own.
    var suffix: String { self == .own ? "" : " in \(self)" }
}
