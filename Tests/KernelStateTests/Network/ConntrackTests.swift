// Connections that the kernel tracks, compared with what was sent.

import Netlink
import Testing

@testable import KernelState

private let canSend: Bool = (try? FirewallBox().run("bash -c ': > /dev/udp/127.0.0.1/9'")) != nil

@Suite(
    "tracked connections",
    .enabled(if: FirewallBox.canUseNft && FirewallBox.canPing && canSend, "nft, ping or bash cannot be used here"))
struct ConntrackTests {
    private func entries(_ box: FirewallBox) throws -> [ConntrackEntry] {
        let state = try ConntrackState.read(in: try box.namespace())
        #expect(state.missing == nil)
        return state.entries
    }

    @Test("a changed destination shows as a reply from elsewhere")
    func destination() throws {
        let box = try FirewallBox()
        try box.run(
            """
            ip address add 10.9.0.1/24 dev lo
            nft -f - <<'END'
            table ip nat {
                chain output { type nat hook output priority -100; ip daddr 10.9.0.77 udp dport 53 dnat to 10.9.0.1:5353; }
            }
            END
            bash -c 'echo hello > /dev/udp/10.9.0.77/53' || :
            """)
        let entry = try #require(try entries(box).first { $0.original.destinationPort == 53 })
        #expect(entry.transport == .udp && entry.original.destination == IPAddress("10.9.0.77"))
        #expect(entry.reply.source == IPAddress("10.9.0.1") && entry.reply.sourcePort == 5353)
        #expect(entry.isDestinationTranslated && !entry.isSourceTranslated)
        #expect(entry.status.contains([.destinationNAT, .confirmed]))
        #expect(entry.reply.destinationPort == entry.original.sourcePort)
    }

    @Test("a changed source shows as a reply to elsewhere")
    func source() throws {
        let box = try FirewallBox()
        try box.run(
            """
            ip address add 10.9.0.1/24 dev lo; ip address add 10.9.0.2/24 dev lo
            nft -f - <<'END'
            table ip nat {
                chain post { type nat hook postrouting priority 100; ip daddr 10.9.0.2 snat to 10.9.0.9; }
            }
            END
            ping -q -c 1 -W 1 -I 10.9.0.1 10.9.0.2 || :
            """)
        let entry = try #require(try entries(box).first { $0.transport == .icmp })
        #expect(entry.original.source == IPAddress("10.9.0.1") && entry.original.destination == IPAddress("10.9.0.2"))
        #expect(entry.reply.destination == IPAddress("10.9.0.9"))
        #expect(entry.isSourceTranslated && !entry.isDestinationTranslated && entry.status.contains(.sourceNAT))
        #expect(entry.original.icmpType == 8 && entry.original.icmpCode == 0 && entry.original.icmpID != nil)
        #expect(entry.original.sourcePort == nil)
    }

    @Test("without translation the reply is the original turned round; IPv6 is there too")
    func plain() throws {
        let box = try FirewallBox()
        try box.run(
            """
            nft -f - <<'END'
            table ip6 t { chain c { type filter hook output priority 0; ct state new accept; }; }
            END
            ping -q -c 1 -W 5 ::1
            """)
        let entry = try #require(try entries(box).first)
        #expect(entry.transport == .icmpv6 && entry.original.source == IPAddress("::1"))
        #expect(!entry.isSourceTranslated && !entry.isDestinationTranslated)
        #expect(entry.status.contains(.seenReply))
    }

    @Test("a namespace that tracks nothing has no entries")
    func empty() throws { #expect(try entries(try FirewallBox()).isEmpty) }
}
