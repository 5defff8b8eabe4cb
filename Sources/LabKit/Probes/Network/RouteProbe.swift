// route: which way do packets go that are meant for there?

import KernelState
import Netlink
import StrictYAML
import Text

/// A route of the main table of a network namespace, see ip-route(8).
package struct RouteProbe: Sendable, Equatable {
    package var network: NetworkPlace
    /// `default`, or a prefix such as `10.244.1.0/24`.
    package var to: String
    /// The gateway.
    package var via: String?
    /// The link by which they leave.
    package var link: String?
}

extension RouteProbe: MappingDecodable {
    package static let shape = Shape(
        "routeProbe", "Which way do packets go that are meant for there?",
        [
            .required("to", .text, "`default`, or a prefix."),
            .optional(
                "in", .networkPlace, "`node`, the one process that a selector picks, or a network namespace by name."),
            .optional("via", .text, "The gateway."),
            .optional("link", .text, "By which they leave."),
        ])

    package init(fields: Fields) {
        network = fields.optional("in") ?? .node
        to = fields.required("to")
        if to != "default" { NetworkText.check(to, .prefix, "to", of: fields) }
        via = fields.optional("via")
        if let via { NetworkText.check(via, .address, "via", of: fields) }
        link = fields.optional("link")
        LinkPlace.checkName("link", of: fields)
    }
}

extension RouteProbe: Probe {
    package static let key = "route"
    package static let asks = "which way do packets go that are meant for there?"
    package static let reads = "rtnetlink"
    package static let onlyReads = true

    package var refers: References { References(networks: [network]) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = words
        let gateway = try via.map { try IPAddress(parsing: $0) }
        let destination = to == "default" ? nil : try IPPrefix(parsing: to).network
        let family = destination?.family ?? gateway?.family ?? .v4
        guard let sight = try look.network(network) else { return try look.absent(network, expected) }
        let state = try NetworkState.read([.links, .routes], in: sight.namespace)
        let source = "RTM_GETROUTE in \(sight.evidenceName)"
        let main = state.routes.filter { $0.table == Route.mainTable && $0.family == family }
        let found = main.filter { $0.destination?.network == destination && $0.kind == .unicast }
        var verdict = NetworkVerdict()
        // Of several the one with the smallest metric is taken.
        guard let route = found.min(by: { $0.metric < $1.metric }) else {
            let others = main.map { state.summary(of: $0) }.joined(separator: "; ")
            verdict.note(source, others.isEmpty ? "no route" : others)
            verdict.fail("there is no route to \(to)", "none", to)
            return verdict.outcome(expected, "")
        }
        verdict.note(source, state.summary(of: route))
        if let gateway, route.gateway != gateway {
            verdict.fail(
                route.gateway.map { "it goes via \($0)" } ?? "it has no gateway", "via",
                route.gateway.map { "\($0)" } ?? "none")
        }
        let name = route.outInterface.flatMap { state.link(index: $0)?.name }
        if let link, name != link {
            verdict.fail("it leaves by \(name ?? "no link")", "link", name ?? "none")
        }
        return verdict.outcome(expected, state.summary(of: route))
    }
}

extension RouteProbe {
    var words: String {
        var text = "in \(network.words), a route to \(to)"
        if let via { text += " via \(via)" }
        if let link { text += " by \(link)" }
        return text
    }
}
