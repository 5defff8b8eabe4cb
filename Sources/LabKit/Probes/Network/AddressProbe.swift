// address: has this link that address?

import KernelState
import Netlink
import StrictYAML
import Text

/// An address of a link with the length of its prefix, as `ip address` shows it: `10.244.1.2/24`.
package struct AddressProbe: Sendable, Equatable {
    package var link: LinkPlace
    package var address: String
    /// Whether the link must have it, or must not, whatever the length of its prefix.
    package var exists = true
}

extension AddressProbe: MappingDecodable {
    package static let shape = Shape(
        "addressProbe", "Has this link that address?",
        [
            .required("link", .text, "Of the link."),
            .required("address", .text, "With the length of the prefix: 10.244.1.2/24."),
            .optional(
                "in", .networkPlace, "`node`, the one process that a selector picks, or a network namespace by name."),
            .optional("exists", .truth, default: true),
        ])

    package init(fields: Fields) {
        link = LinkPlace(network: fields.optional("in") ?? .node, name: fields.required("link"))
        LinkPlace.checkName("link", of: fields)
        address = fields.required("address")
        NetworkText.check(address, .prefix, "address", of: fields)
        exists = fields.truth("exists")
    }
}

extension AddressProbe: Probe {
    package static let key = "address"
    package static let asks = "has this link that address, with that prefix?"
    package static let reads = "rtnetlink"
    package static let onlyReads = true

    package var refers: References { References(networks: [link.network]) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = "\(self.link.words) \(exists ? "has" : "does not have") the address \(address)"
        let wanted = try IPPrefix(parsing: address)
        guard let sight = try look.network(self.link.network) else {
            return try look.absent(self.link.network, expected)
        }
        let state = try NetworkState.read([.links, .addresses], in: sight.namespace)
        let source = "RTM_GETADDR in \(sight.evidenceName)"
        guard let link = state.link(self.link.name) else {
            return outcome(
                false, expected, "there is no \(self.link.name)",
                [Evidence(source: terminalSafe(source), value: state.links.map(\.name).joined(separator: " "))],
                ["missing": self.link.name])
        }
        var verdict = NetworkVerdict()
        let own = state.addresses(of: link)
        let list = own.map { "\($0.address)/\($0.prefixLength)" }.joined(separator: " ")
        verdict.note(source, "\(link.name): \(list.isEmpty ? "no address" : list)")
        if !exists {
            if let there = own.first(where: { $0.address == wanted.address }) {
                verdict.fail("it has \(there.address)/\(there.prefixLength)", "there", "\(there.prefixLength)")
            }
        } else if !own.contains(where: { $0.prefix == wanted }) {
            if let near = own.first(where: { $0.address == wanted.address }) {
                verdict.fail("its prefix has the length \(near.prefixLength)", "prefix", "\(near.prefixLength)")
            } else if let far = state.addresses.first(where: { $0.address == wanted.address }) {
                let name = state.link(index: far.linkIndex)?.name ?? "link \(far.linkIndex)"
                verdict.note(source, "\(name): \(far.address)/\(far.prefixLength)")
                verdict.fail("\(name) has that address", "elsewhere", name)
            } else {
                verdict.fail(own.isEmpty ? "it has no address" : "it has \(list)", "none", list)
            }
        }
        return verdict.outcome(expected, list.isEmpty ? "it has no address" : list)
    }
}
