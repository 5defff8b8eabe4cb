// A shell in a network namespace of its own, in which tests write rules with the tools that people use.

import Glibc
import Netlink
import SystemPackage
import Testing

@testable import KernelState

/// `sh` as root of its own user and network namespaces; both end with it.
final class FirewallBox {
    private let shell: TestProcess
    private var unread: [UInt8] = []

    struct Failure: Error, CustomStringConvertible {
        let commands: String
        let status: String
        let text: String
        var description: String { "\(commands): exit status \(status): \(text)" }
    }

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

    /// What the commands print, errors included; throws when the last of them fails, or says nothing for 20 seconds.
    @discardableResult
    func run(_ commands: String) throws -> String {
        try shell.input.writeAll(Array("{ \(commands)\n} 2>&1 </dev/null; printf '\\n:end %d:' $?\n".utf8))
        let colon = UInt8(ascii: ":")
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let text = String(decoding: unread, as: UTF8.self)
            if unread.last == colon, let mark = text.ranges(of: "\n:end ").last, mark.upperBound < text.endIndex {
                let status = String(text[mark.upperBound...].dropLast())
                unread = []
                let printed = String(text[..<mark.lowerBound])
                guard status == "0" else { throw Failure(commands: commands, status: status, text: printed) }
                return printed
            }
            var polled = pollfd(fd: shell.output.rawValue, events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, 20_000) > 0 else { throw Errno.timedOut }
            let count = try chunk.withUnsafeMutableBytes { try shell.output.read(into: $0) }
            guard count > 0 else { throw Errno.brokenPipe }
            unread += chunk[..<count]
        }
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
