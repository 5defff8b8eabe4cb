import Testing

@testable import Manifests

@Suite("Quantities")
struct QuantityTests {
    @Test(
        "bytes are read with every suffix, rounded up",
        arguments: [
            ("128974848", 128_974_848), ("200Mi", 209_715_200), ("200M", 200_000_000), ("1.5Gi", 1_610_612_736),
            ("1e3", 1000), ("1E3", 1000), ("12e-1", 2), ("0.5", 1), (".5Ki", 512), ("5.", 5), ("+5", 5), ("0", 0),
            ("1Ki", 1024), ("1k", 1000), ("1G", 1_000_000_000), ("1T", 1_000_000_000_000),
            ("1P", 1_000_000_000_000_000), ("1E", 1_000_000_000_000_000_000), ("1Ti", 1 << 40), ("1Pi", 1 << 50),
            ("1Ei", 1 << 60), ("1000m", 1), ("1001m", 2), ("1u", 1), ("1n", 1), ("1000000000n", 1), ("0.1Ki", 103),
            ("1e-30", 1), ("0.0009765625Ki", 1), ("00012", 12), ("-0", 0),
        ] as [(String, UInt64)])
    func bytes(text: String, amount: UInt64) throws {
        #expect(try Quantity(text).roundedUp() == amount)
    }

    @Test("too much is the most that there is", arguments: ["8Ei", "10E", "1e999", "99999999999999999999", "9.3E"])
    func saturates(text: String) throws {
        #expect(try Quantity(text).roundedUp() == UInt64(Int64.max))
    }

    @Test(
        "processors are thousandths, rounded up",
        arguments: [
            ("0.5", 500), ("250m", 250), ("1", 1000), ("2.5", 2500), ("0.0001", 1), ("100u", 1), ("1.5k", 1_500_000),
            ("0.1", 100), ("1e-3", 1),
        ] as [(String, UInt64)])
    func processors(text: String, amount: UInt64) throws {
        #expect(try Quantity(text).roundedUp(scale: 3) == amount)
    }

    @Test("what is below zero is read, and is no amount")
    func negative() throws {
        let quantity = try Quantity("-1")
        #expect(quantity.isBelowZero)
        #expect(quantity.roundedUp() == nil)
        #expect(try !Quantity("-0").isBelowZero)
    }

    @Test("a part of a byte is told from a whole number of them")
    func whole() throws {
        for text in ["1", "2000m", "1.5k", "1e3", "0", "10.0", "1.5Gi"] {
            #expect(try Quantity(text).isWhole, "\(text)")
        }
        for text in ["1.5", "200m", "0.2", "1e-1", "1u"] { #expect(try !Quantity(text).isWhole, "\(text)") }
    }

    @Test(
        "what is no quantity is refused, with the suffix that was meant",
        arguments: [
            ("200 Mi", "without a space"), ("1.2.3", ""), ("", ""), ("Mi", ""), ("1MB", "'Mi' or 'M'"),
            ("1K", "'Ki' or 'k'"), ("1mi", "'Mi'"), ("1kib", "'Ki'"), ("1e", ""), ("1e1.5", ""), ("--1", ""),
            ("+-1", ""),
            ("0x10", ""), ("1_000", ""), ("one", ""), ("1Mi ", "without a space"), (" 1", ""), ("1b", "no suffix"),
            ("١٢", ""), ("1e99999999999999999999", ""), (String(repeating: "1", count: 65), ""), (".", ""),
            ("1\u{0}", ""),
        ])
    func refused(text: String, advice: String) throws {
        let error = #expect(throws: Quantity.Malformed.self, "\(text)") { try Quantity(text) }
        #expect(error?.detail.contains("quantities must match the regular expression") == true)
        #expect(advice.isEmpty || error?.detail.contains(advice) == true, "\(text): \(error?.detail ?? "")")
    }
}
