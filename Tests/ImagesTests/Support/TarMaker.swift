// Tar archives written entry by entry, as honest and as hostile as a test wants them.

import Foundation

/// An archive in memory.
struct TarMaker {
    private(set) var bytes: [UInt8] = []

    init() {}

    init(_ build: (inout TarMaker) -> Void) {
        build(&self)
        end()
    }

    mutating func file(
        _ path: String, _ content: String = "", mode: Int = 0o644, user: Int = 0, modified: Int = 1_600_000_000
    ) {
        file(path, Array(content.utf8), mode: mode, user: user, modified: modified)
    }

    mutating func file(
        _ path: String, _ content: [UInt8], mode: Int = 0o644, user: Int = 0, modified: Int = 1_600_000_000
    ) {
        header(path, "0", size: content.count, mode: mode, user: user, modified: modified)
        self.content(content)
    }

    mutating func folder(_ path: String, mode: Int = 0o755) { header(path, "5", mode: mode) }
    mutating func link(_ path: String, to target: String) { header(path, "2", link: target) }
    mutating func hardLink(_ path: String, to target: String) { header(path, "1", link: target) }

    mutating func header(
        _ path: String, _ type: String, link: String = "", size: Int = 0, mode: Int = 0o644, user: Int = 0,
        modified: Int = 1_600_000_000, magic: String = "ustar\u{0}00"
    ) {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ place: Int, _ room: Int) {
            let bytes = Array(text.utf8.prefix(room))
            block.replaceSubrange(place..<(place + bytes.count), with: bytes)
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(path, 0, 100)
        put(octal(mode, 7), 100, 7)
        put(octal(user, 7), 108, 7)
        put(octal(user, 7), 116, 7)
        put(octal(size, 11), 124, 11)
        put(octal(modified, 11), 136, 11)
        put(type, 156, 1)
        put(link, 157, 100)
        put(magic, 257, 8)
        Self.seal(&block)
        bytes += block
    }

    /// Writes the checksum of a block.
    static func seal(_ block: inout [UInt8]) {
        block.replaceSubrange(148..<156, with: [UInt8](repeating: UInt8(ascii: " "), count: 8))
        let sum = block.reduce(0) { $0 + Int($1) }
        let text = String(sum, radix: 8)
        block.replaceSubrange(
            148..<156, with: Array((String(repeating: "0", count: 6 - text.count) + text + "\u{0} ").utf8))
    }

    /// A block as it is, with its checksum made right.
    mutating func raw(_ block: [UInt8]) {
        var block = block
        Self.seal(&block)
        bytes += block
    }

    mutating func content(_ content: [UInt8]) {
        bytes += content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    /// `KEY=VALUE` records before the next entry.
    mutating func pax(_ records: [(String, String)], type: String = "x") {
        var content: [UInt8] = []
        for (key, value) in records {
            let rest = " \(key)=\(value)\n"
            var length = rest.utf8.count + 1
            while "\(length)".utf8.count + rest.utf8.count != length {
                length = "\(length)".utf8.count + rest.utf8.count
            }
            content += Array("\(length)\(rest)".utf8)
        }
        header("pax", type, size: content.count)
        self.content(content)
    }

    /// GNU's entry for a long name (`L`) or a long link (`K`).
    mutating func long(_ type: String, _ text: String) {
        header("././@LongLink", type, size: text.utf8.count + 1, magic: "ustar  \u{0}")
        content(Array(text.utf8) + [0])
    }

    mutating func end() { bytes += [UInt8](repeating: 0, count: 1024) }
}
