// How links and routes are named in evidence, and what is collected while they are held against a probe.

import KernelState
import Netlink
import Text

/// What was read, and what of it is not as it should be.
struct NetworkVerdict {
    private var wrong: [String] = []
    private var evidence: [Evidence] = []
    private var observed: [String: String] = [:]

    var holds: Bool { wrong.isEmpty }

    mutating func note(_ source: String, _ value: String) {
        evidence.append(Evidence(source: terminalSafe(source), value: terminalSafe(value)))
    }

    mutating func fail(_ words: String, _ key: String, _ value: String) {
        wrong.append(words)
        observed[key] = value
    }

    func outcome(_ expected: String, _ asExpected: String) -> ProbeOutcome {
        ProbeOutcome(
            status: wrong.isEmpty ? .pass : .fail, expected: expected,
            actual: terminalSafe(wrong.isEmpty ? asExpected : wrong.joined(separator: ", ")), evidence: evidence,
            observed: observed)
    }
}

extension NetworkState {
    /// `2: eth0, veth, up, other end 3 in net:[4026532183]`
    func summary(of link: Link) -> String {
        var words = ["\(link.index): \(link.name)"]
        if let kind = link.kind { words.append(kind) }
        words.append(link.isUp ? (link.hasCarrier ? "up" : "up, no carrier") : "down")
        if let master = link.master { words.append("port of \(self.link(index: master)?.name ?? "\(master)")") }
        if let index = link.peerIndex {
            words.append("other end \(index) in \(peerNamespace(of: link).map { "\($0)" } ?? "another namespace")")
        }
        return words.joined(separator: ", ")
    }

    /// The route of the main table that packets to an address take: the longest prefix, and of several the smallest metric.
    func route(to address: IPAddress) -> Route? {
        routes.filter { route in
            route.table == Route.mainTable && route.family == address.family
                && route.destination.map { $0.contains(address) } ?? true
        }.min {
            let (a, b) = ($0.destination?.length ?? 0, $1.destination?.length ?? 0)
            return a != b ? a > b : $0.metric < $1.metric
        }
    }

    /// `default via 10.244.1.1 dev eth0`
    func summary(of route: Route) -> String {
        var text = route.destination.map { "\($0)" } ?? "default"
        if let gateway = route.gateway { text += " via \(gateway)" }
        if let index = route.outInterface { text += " dev \(link(index: index)?.name ?? "\(index)")" }
        return text
    }
}
