// A shell in a network namespace of its own, in which tests write rules with the tools that people use.

import Glibc
import Netlink
import TestSupport
import Testing

@testable import KernelState

/// `sh` as root of its own user and network namespaces; both end with it.
final class FirewallBox {
    private let shell: TestProcess

    /// - Parameter atOnce: the network namespace is made together with the user namespace, before that has an id map.
    init(atOnce: Bool = false) throws {
        // iptables-legacy locks a file in /run, which may not be everybody's.
        let mount = "mount -t tmpfs none /run && exec"
        shell =
            atOnce
            ? try TestProcess("unshare", "--user", "--map-root-user", "--mount", "--net", "sh", "-c", "\(mount) sh")
            : try TestProcess(
                "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", "\(mount) unshare --net sh")
        // When it answers, it is in its namespaces.
        try run("ip link set lo up")
    }

    /// What the commands print, errors included; throws when the last of them fails.
    @discardableResult
    func run(_ commands: String) throws -> String {
        try ShellDialog(input: shell.input, output: shell.output).run(commands)
    }

    func namespace() throws -> NetworkNamespace { try NetworkNamespace(path: "/proc/\(shell.pid.rawValue)/ns/net") }

    func natRules() throws -> [NATRule] { try NATState.read(in: try namespace()).rules }

    /// Asked once: can this user make a network namespace, and is ip(8) here?
    static let isPossible = works("ip link show lo")
    static let canPing = works("ping -q -c 1 -W 5 127.0.0.1")
    /// Asked once for each tool: is it here, and can its rules be written on this machine?
    static let canUseNft = works("nft add table ip x")
    static let canUseIptablesNft = works("iptables-nft -t nat -A POSTROUTING -j MASQUERADE")
    static let canUseIptablesLegacy = works("iptables-legacy -t nat -A POSTROUTING -j MASQUERADE")
    static let canUseIp6tablesLegacy = works("ip6tables-legacy -t nat -A POSTROUTING -j MASQUERADE")

    private static func works(_ command: String) -> Bool { (try? FirewallBox().run(command)) != nil }
}

/// A tool that writes rules, and what a test is told where it cannot be used.
enum FirewallTool: String, CaseIterable, CustomTestStringConvertible {
    case nft
    case iptablesNft = "iptables-nft"
    case iptablesLegacy = "iptables-legacy"

    var backend: NATBackend {
        switch self {
        case .nft: .nftables
        case .iptablesNft: .iptablesNft
        case .iptablesLegacy: .iptablesLegacy
        }
    }

    var isUsable: Bool {
        switch self {
        case .nft: FirewallBox.canUseNft
        case .iptablesNft: FirewallBox.canUseIptablesNft
        case .iptablesLegacy: FirewallBox.canUseIptablesLegacy
        }
    }

    var testDescription: String { rawValue }

    /// The others are named as skipped by the test of each tool.
    static var usable: [FirewallTool] { allCases.filter(\.isUsable) }
}
