// Addresses, prefixes and names: what is taken, what is refused and with which words.

import Netlink
import Testing

@Suite("addresses, prefixes and names")
struct ValueTests {
    @Test(
        "an address is written as it is read",
        arguments: ["0.0.0.0", "10.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "2001:db8::ff00:42:8329"])
    func address(text: String) throws {
        let address = try IPAddress(parsing: text)
        #expect(address.description == text)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", " ", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1 ", " 10.0.0.1", "10.0.0.1\n", "10.0.0.-1",
            "10.0.0.1.1",
            "1::2::3", ":::", "12345::", "::g", "fe80::1%eth0", "fe80::1%", "10.0.0.1/24", "10.0.0.1\0", "localhost",
            "0x0a000001",
        ])
    func notAnAddress(text: String) { #expect(IPAddress(text) == nil) }

    @Test("a zone id is refused with a word about it")
    func zone() {
        #expect { try IPAddress(parsing: "fe80::1%eth0") } throws: {
            "\($0)" == #"address "fe80::1%eth0": a zone id (%eth0) is not part of an address; name the link separately"#
        }
        #expect(IPPrefix("fe80::1%eth0/64") == nil)
    }

    @Test("prefixes cover one together when no address of it is left out")
    func covered() throws {
        func isCovered(_ whole: String, by parts: String...) throws -> Bool {
            try IPPrefix(parsing: whole).isCovered(by: parts.map { try IPPrefix(parsing: $0) })
        }
        #expect(try isCovered("10.1.1.0/24", by: "10.1.1.128/25", "10.1.1.0/25"))
        #expect(try isCovered("10.1.1.0/24", by: "10.1.1.0/26", "10.1.1.64/26", "10.1.1.128/25"))
        #expect(
            try isCovered("10.1.1.0/24", by: "10.0.0.0/8") && isCovered("0.0.0.0/0", by: "0.0.0.0/1", "128.0.0.0/1"))
        #expect(try !isCovered("10.1.1.0/24", by: "10.1.1.0/25", "10.1.1.128/26", "10.1.1.192/27"))
        #expect(try !isCovered("10.1.1.0/24", by: "10.1.1.0/25", "10.1.2.128/25") && !isCovered("10.1.1.0/32"))
        #expect(try isCovered("fd00::/63", by: "fd00::/64", "fd00:0:0:1::/64") && !isCovered("::/0", by: "::/1"))
    }

    @Test("bytes of another count are no address", arguments: [0, 1, 3, 5, 8, 15, 17])
    func bytes(count: Int) { #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil) }

    @Test(
        "what is no prefix is refused",
        arguments: [
            "", "/", "10.0.0.0", "10.0.0.0/", "/24", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/024",
            "10.0.0.0/24/8",
            "10.0.0.0/ 8", "10.0.0.0/256", "10.0.0.0/24\n", "::/129", "::/a", "10.0.0.0/255.0.0.0",
        ])
    func notAPrefix(text: String) { #expect(IPPrefix(text) == nil) }

    @Test("a prefix keeps its address, and knows its network")
    func prefix() throws {
        let prefix = try IPPrefix(parsing: "10.1.2.3/20")
        #expect(prefix.description == "10.1.2.3/20")
        #expect(prefix.network.description == "10.1.0.0/20")
        #expect(prefix.contains(.v4(10, 1, 15, 255)))
        #expect(!prefix.contains(.v4(10, 1, 16, 0)))
        #expect(!prefix.contains(try IPAddress(parsing: "::1")))
        #expect(IPPrefix.all4.contains(prefix))
        #expect(!prefix.contains(.all4))
        let six = try IPPrefix(parsing: "fd00:1:2:3:4::5/65")
        #expect(six.network.description == "fd00:1:2:3::/65")
        #expect(IPPrefix.all6.contains(six))
        #expect(try IPPrefix(parsing: "fd00::ff/0").network == .all6)
        #expect(try IPPrefix(parsing: "fd00::ff/64").network.description == "fd00::/64")
        #expect(IPPrefix(host: .v4(1, 2, 3, 4)).network.description == "1.2.3.4/32")
        #expect(IPPrefix(.v4(1, 2, 3, 4), 33) == nil)
    }

    @Test("loopback, link-local and unspecified addresses are told apart")
    func kinds() throws {
        #expect(IPAddress.v4(127, 1, 2, 3).isLoopback)
        #expect(try IPAddress(parsing: "::1").isLoopback)
        #expect(!IPAddress.v4(0, 0, 0, 1).isLoopback)
        #expect(try IPAddress(parsing: "febf::1").isLinkLocal)
        #expect(try !IPAddress(parsing: "fec0::1").isLinkLocal)
        #expect(IPAddress.v4(169, 254, 9, 9).isLinkLocal)
        #expect(IPPrefix.all6.address.isUnspecified)
        #expect(IPAddress.v4(9, 9, 9, 9) < .v4(10, 0, 0, 0))
    }

    @Test(
        "names that the kernel takes",
        arguments: ["a", "lo", "eth0", "veth-0123456789", "br_0.100", "...", "é", "-x", "@", "a\"b"])
    func name(text: String) throws { #expect(try LinkName(parsing: text).text == text) }

    @Test(
        "names that nobody should have",
        arguments: [
            "", "0123456789abcdef", "ééééééééé", ".", "..", "a/b", "/", "a b", " ", "a\nb", "a\tb", "a\u{b}", "a\0",
            "\u{1b}[2J", "a:1",
            "veth%d", "à",  // whose second byte is 0xa0, a blank for the kernel
        ])
    func notAName(text: String) { #expect(LinkName(text) == nil) }

    @Test("the problem of a name is said, with what could upset a terminal escaped")
    func nameProblem() {
        #expect { try LinkName(parsing: "0123456789abcdef") } throws: {
            "\($0)" == #"link name "0123456789abcdef": has 16 bytes; at most 15 fit"#
        }
        #expect { try LinkName(parsing: "\u{1b}[2J") } throws: { !"\($0)".contains("\u{1b}") }
    }

    @Test("hardware addresses")
    func mac() throws {
        let address = try MACAddress(parsing: "02:00:5E:0a:00:ff")
        #expect(address.description == "02:00:5e:0a:00:ff")
        #expect(address.bytes == [2, 0, 0x5e, 10, 0, 255])
        #expect(MACAddress(bytes: address.bytes) == address)
        #expect(!address.isMulticast)
        #expect(MACAddress("01:00:5e:00:00:01")?.isMulticast == true)
        for text in [
            "", "02:00:00:00:00", "02:00:00:00:00:00:00", "2:0:0:0:0:0", "02-00-00-00-00-00", "+2:00:00:00:00:00",
            "g0:00:00:00:00:00", "02:00:00:00:00:00 ",
        ] {
            #expect(MACAddress(text) == nil, "\(text)")
        }
    }
}
