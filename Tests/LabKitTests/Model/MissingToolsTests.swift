// What a course root lacks, and what of a lab that concerns.

import SystemPackage
import Testing

@testable import LabKit

@Suite("Missing tools")
struct MissingToolsTests {
    /// A lab that needs these programs, and a root that has some of them.
    private func missing(_ tools: String, in files: [String]) throws -> MissingTools {
        let lab = try LabFixture().replacing("tools: [bash, ls]", with: "tools: \(tools)").load().get()
        return try withTemporaryFolder { root in
            for file in files { try write("", to: root.appending(file)) }
            return try MissingTools(of: lab, in: root)
        }
    }

    @Test("programs are looked for where shells look, or at their own place")
    func names() throws {
        let found = try missing("[ip, nft, /opt/x, /opt/y]", in: ["usr/sbin/ip", "usr/share/nft", "opt/x"])
        #expect(found.names == ["nft", "/opt/y"])
        #expect(found.notice?.hasPrefix("the course root has no nft, /opt/y") == true)
        #expect(try missing("[ip]", in: ["usr/bin/ip"]).notice == nil)
    }

    @Test("lines that type a missing program cannot be typed, others can")
    func lines() throws {
        let missing = try missing("[ip, nft, /opt/y]", in: ["sbin/ip"])
        #expect(missing.reason(for: ["ip link", "nft list ruleset"]) == "the course root has no nft")
        #expect(missing.reason(for: ["ip netns exec blue nft list tables; true"]) != nil)
        #expect(missing.reason(for: ["command -v nft && echo yes"]) != nil)
        #expect(missing.reason(for: ["/opt/y"]) == "the course root has no /opt/y")
        #expect(missing.reason(for: ["ip link", "iptables-nft -t nat -S", "cat /tmp/nft.txt", ""]) == nil)
    }
}
