// What the network tests share: a sandbox with namespaces of its own, and ip(8)'s picture of it.

import Foundation
import Isolation
import Netlink
import Testing

extension LinkName: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) {
        guard let name = LinkName(text) else { preconditionFailure("\(text) is no link name") }
        self = name
    }
}

extension IPPrefix: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) {
        guard let prefix = IPPrefix(text) else { preconditionFailure("\(text) is no prefix") }
        self = prefix
    }
}

extension IPAddress: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) {
        guard let address = IPAddress(text) else { preconditionFailure("\(text) is no address") }
        self = address
    }
}

extension MACAddress: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) {
        guard let address = MACAddress(text) else { preconditionFailure("\(text) is no address") }
        self = address
    }
}

/// A machine of its own for links and names of namespaces: nothing of it reaches the real one.
let networked: [Step] = [
    .unshare([.user, .mount, .pid, .network]), .mapIDs(.automatic), .setPropagation(.private), .setCredentials(),
    .mount(.tmpfs(mode: 0o755), on: "/run"), .mount(.proc, on: "/proc"),
]

/// Where Debian keeps ip(8), nft(8) and sysctl(8), which an ordinary user's PATH need not have.
let administrative = "PATH=$PATH:/usr/sbin:/sbin; export PATH; "

func tool(_ name: String) -> Bool {
    ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].contains { access($0 + "/" + name, X_OK) == 0 }
}

let canNetwork = canSandbox && tool("ip")
let noNetwork: Comment = "needs ip(8), and a user namespace with a proc of its own"

/// A last step that prints links, addresses, routes and forwarding of namespaces, one JSON array or word a line.
func picture(of namespaces: [String?]) -> Step {
    let lines = namespaces.flatMap { namespace -> [String] in
        let ip = namespace.map { "ip -n \($0)" } ?? "ip"
        let there = namespace.map { "ip netns exec \($0) " } ?? ""
        return ["-details -json link", "-json address", "-json route", "-json -6 route"].map { "\(ip) \($0)" } + [
            "\(there)cat /proc/sys/net/ipv4/ip_forward", "\(there)cat /proc/sys/net/ipv6/conf/all/forwarding",
        ]
    }
    return sh(administrative + "set -e; ls /run/netns; " + lines.joined(separator: "; echo; "))
}

/// What of ip(8)'s answers is the same for the same network: not counters, random addresses, or what the kernel does in its
/// own time (duplicate address detection, carrier).
func shape(_ output: String) throws -> [String] {
    try output.split(separator: "\n").flatMap { line -> [String] in
        guard line.hasPrefix("[") else { return [String(line)] }
        let array = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [[String: Any]]
        return try #require(array).flatMap(describe)
    }
}

private func describe(_ object: [String: Any]) -> [String] {
    if object.isEmpty { return [] }
    if let destination = object["dst"] as? String {
        if destination.hasPrefix("fe80") || destination.hasPrefix("ff00") { return [] }
        return ["route " + pick(["dst", "gateway", "dev", "protocol", "scope", "prefsrc"], of: object)]
    }
    if let addresses = object["addr_info"] as? [[String: Any]] {
        let name = object["ifname"] as? String ?? ""
        return addresses.filter { ($0["scope"] as? String) != "link" }.map {
            "address of \(name): " + pick(["family", "local", "prefixlen", "scope", "label"], of: $0)
        }
    }
    var link = object
    link["kind"] = (object["linkinfo"] as? [String: Any])?["info_kind"]
    link["up"] = (object["flags"] as? [String])?.contains("UP")
    // A random one has the bit of locally administered addresses, but begins with anything; ours begin with 02:00.
    if (object["address"] as? String)?.hasPrefix("02:00:") != true { link["address"] = nil }
    return [
        "link "
            + pick(["ifindex", "ifname", "kind", "up", "mtu", "master", "link", "link_index", "address"], of: link)
    ]
}

private func pick(_ keys: [String], of object: [String: Any]) -> String {
    keys.compactMap { key in object[key].map { "\(key)=\($0)" } }.joined(separator: " ")
}

/// The output of a plan that must succeed.
func said(_ steps: [Step]) throws -> String {
    let output = try Plan(steps).output()
    try #require(output.status == .exited(0), "\(output.status) \(output.errorText)\(output.text)")
    return output.text
}
