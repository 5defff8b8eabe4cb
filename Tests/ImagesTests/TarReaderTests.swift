import SystemPackage
import Testing

@testable import Images

/// Path, kind and content of every entry.
private func read(_ bytes: [UInt8], limits: ImageLimits = ImageLimits()) throws -> [(
    name: String, entry: TarEntry, content: String
)] {
    let reader = TarReader(MemoryStream(bytes), object: "test", limits: limits)
    var found: [(String, TarEntry, String)] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 16)
    defer { buffer.deallocate() }
    while let entry = try reader.next() {
        var content: [UInt8] = []
        while true {
            let got = try reader.read(into: buffer)
            if got == 0 { break }
            content += buffer[..<got]
        }
        found.append((entry.name, entry, String(decoding: content, as: UTF8.self)))
    }
    return found
}

@Suite struct TarReaderTests {
    @Test("an archive of GNU tar is read, in each of its forms", arguments: ["gnu", "pax", "ustar", "v7", "oldgnu"])
    func forms(format: String) throws {
        let folder = try TestFolder()
        let long =
            "a/" + (format == "v7" ? "short" : String(repeating: "long/", count: format == "ustar" ? 22 : 40)) + "name"
        _ = try folder.write(Array("content".utf8), "in/\(long)")
        _ = try folder.write([UInt8](repeating: 7, count: 1025), "in/seven")
        let tar = folder.path.appending("out.tar").string
        let made = try run(["tar", "--format=\(format)", "-C", folder.path.appending("in").string, "-cf", tar, "."])
        try #require(made.code == 0, "\(made.output)")
        let file = try OpenFile.reading(FilePath(tar))
        let found = try read(try FileStream(file.file, count: file.size).contents(limit: 1 << 20, object: tar))
        #expect(
            found.contains { $0.name == "./\(long)" && $0.content == "content" && $0.entry.kind == .file },
            "\(found.map(\.name))")
        #expect(found.contains { $0.name == "./seven" && $0.entry.length == 1025 })
        #expect(found.contains { $0.name == "./a/" && $0.entry.kind == .folder })
    }

    @Test("pax records and GNU's long names replace what the header says")
    func long() throws {
        let name = String(repeating: "n", count: 200)
        let found = try read(
            TarMaker { tar in
                tar.pax([("comment", "by nobody")], type: "g")
                tar.pax([
                    ("path", name), ("uid", "7"), ("mtime", "12.5"), ("SCHILY.xattr.user.x", "y"),
                    ("SCHILY.xattr.security.capability", "z"), ("SCHILY.xattr.user.overlay.opaque", "y"),
                ])
                tar.file("short", "one")
                tar.long("L", name + "2")
                tar.long("K", name + "3")
                tar.link("short", to: "short")
                tar.file("third", "three")
            }.bytes)
        #expect(found.map(\.name) == [name, name + "2", "third"])
        #expect(found[0].entry.user == 7 && found[0].entry.modified == 12 && found[0].content == "one")
        #expect(found[0].entry.userAttributes == ["user.x": [UInt8(ascii: "y")]])
        #expect(
            found[0].entry.attributes == ["SCHILY.xattr.security.capability", "SCHILY.xattr.user.overlay.opaque"])
        #expect(found[1].entry.link == Array((name + "3").utf8))
        #expect(found[2].entry.user == 0)
    }

    @Test("a size that octal digits cannot hold is read in base 256, and bounded")
    func base256() throws {
        var block = [UInt8](repeating: 0, count: 512)
        block[0] = UInt8(ascii: "x")
        block[124] = 0x80
        block[131] = 1
        var tar = TarMaker()
        tar.raw(block)
        let error = imageError { _ = try read(tar.bytes) }
        #expect(error?.description.contains("4294967296 bytes, more than") == false)
        #expect(error?.description.contains("it ends in the middle of a file") == true, "\(error?.description ?? "")")
        var limits = ImageLimits()
        limits.unpacked = 1 << 20
        let limited = imageError { _ = try read(tar.bytes, limits: limits) }
        #expect(limited?.description.contains("more than 1048576") == true, "\(limited?.description ?? "")")
        block[124] = 0xff
        var negative = TarMaker()
        negative.raw(block)
        #expect(imageError { _ = try read(negative.bytes) }?.description.contains("negative") == true)
    }

    /// An archive, and a part of what must be said of it.
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var message: String
        var testDescription: String { name }
        init(_ name: String, _ message: String, _ build: (inout TarMaker) -> Void) {
            self.name = name
            self.message = message
            bytes = TarMaker(build).bytes
        }
    }

    @Test(
        "what podlab does not read is refused by name",
        arguments: [
            Fault("GNU sparse", "sparse file") { $0.header("a", "S") },
            Fault("pax sparse", "sparse file") {
                $0.pax([("GNU.sparse.major", "1")])
                $0.file("a")
            },
            Fault("multi-volume", "another volume") { $0.header("a", "M") },
            Fault("volume label", "type 'V'") { $0.header("a", "V") },
            Fault("unknown type", "unknown type") { $0.header("a", "é") },
            Fault("global names", "global pax header names files") { $0.pax([("path", "/etc/passwd")], type: "g") },
            Fault("pax length beyond the end", "pax records are damaged") {
                $0.header("pax", "x", size: 9)
                $0.content(Array("99 path=a".utf8))
            },
            Fault("pax NUL in a path", "is no name") {
                $0.pax([("path", "a\u{0}b")])
                $0.file("a")
            },
            Fault("pax size is no number", "'size' is no number") {
                $0.pax([("size", "-1")])
                $0.file("a")
            },
            Fault("pax size overflows", "'size' is no number") {
                $0.pax([("size", "99999999999999999999999")])
                $0.file("a")
            },
            Fault("huge extended header", "its extended header has") { $0.header("pax", "x", size: 2 << 20) },
            Fault("a chain of extended headers", "too many extended headers") { tar in
                for _ in 0..<20 { tar.pax([("uid", "1")]) }
                tar.file("a")
            },
            Fault("extended header and nothing after", "ends after an extended header") { $0.pax([("uid", "1")]) },
            Fault("name too long", "longer than 4095") {
                $0.pax([("path", String(repeating: "x/", count: 3000))])
                $0.file("a")
            },
        ])
    func refused(fault: Fault) throws {
        let error = imageError { _ = try read(fault.bytes) }
        #expect(error?.kind == .archive || error?.kind == .limit)
        #expect(error?.description.contains(fault.message) == true, "\(error?.description ?? "accepted")")
    }

    @Test("an archive cut off anywhere is read up to there, or refused; never more than is there")
    func truncated() throws {
        let whole = TarMaker { tar in
            tar.folder("d/")
            tar.pax([("path", String(repeating: "p", count: 150))])
            tar.file("f", String(repeating: "x", count: 700))
            tar.link("l", to: "f")
        }.bytes
        for length in stride(from: 0, to: whole.count, by: 7) {
            let error = imageError { _ = try read(Array(whole[..<length])) }
            // Only at the border of an entry nothing is missing but the end.
            if length % 512 != 0 { #expect(error?.kind == .archive, "cut at \(length)") }
        }
    }

    @Test("a block whose checksum is wrong is no header")
    func checksum() {
        var bytes = TarMaker { $0.file("a", "b") }.bytes
        bytes[0] ^= 1
        #expect(imageError { _ = try read(bytes) }?.description.contains("checksum") == true)
    }

    @Test("no archive has more entries than the limit")
    func entries() {
        let bytes = TarMaker { tar in for index in 0..<100 { tar.file("f\(index)") } }.bytes
        var limits = ImageLimits()
        limits.entries = 99
        #expect(imageError { _ = try read(bytes, limits: limits) }?.kind == .limit)
        limits.entries = 100
        #expect(imageError { _ = try read(bytes, limits: limits) } == nil)
    }
}
