// Content is named by its SHA-256. See FIPS 180-4 and the OCI image specification, "Digests".

import CNettle

/// `sha256:` and 64 hexadecimal digits in lower case.
package struct ImageDigest: Sendable, Hashable, CustomStringConvertible {
    /// The digits alone: the name of a file among the blobs.
    package let hexadecimal: String

    /// Nil for any other text: another algorithm, upper case, a path.
    package init?(_ text: String) {
        let prefix = "sha256:"
        guard text.hasPrefix(prefix) else { return nil }
        self.init(hexadecimal: text.dropFirst(prefix.count))
    }

    init?(hexadecimal digits: some StringProtocol) {
        guard digits.utf8.count == 64, digits.utf8.allSatisfy(Self.isDigit) else { return nil }
        hexadecimal = String(digits)
    }

    fileprivate init(bytes: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        hexadecimal = String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Of bytes in memory.
    package init(of bytes: [UInt8]) {
        var running = RunningSHA256()
        bytes.withUnsafeBytes { running.add($0) }
        self = running.finished()
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    package var description: String { "sha256:\(hexadecimal)" }
}

/// A digest being made from pieces of any length.
struct RunningSHA256 {
    private var state = sha256_ctx()

    init() { nettle_sha256_init(&state) }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        nettle_sha256_update(&state, bytes.count, start.assumingMemoryBound(to: UInt8.self))
    }

    /// The digest of what was added; then it begins anew.
    mutating func finished() -> ImageDigest {
        var bytes = [UInt8](repeating: 0, count: 32)
        nettle_sha256_digest(&state, bytes.count, &bytes)
        return ImageDigest(bytes: bytes)
    }
}
