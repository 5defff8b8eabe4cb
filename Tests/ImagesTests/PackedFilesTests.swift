// What an executable has with it: found by its section's name, verified by its digest, and never outside the folder.

import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Images

@Suite struct PackedFilesTests {
    private func executable(_ folder: TestFolder, changing: (inout [UInt8]) -> Void = { _ in }, _ archive: TarMaker)
        throws -> PackedFiles?
    {
        var bytes = packedExecutable(archive.bytes) { ImageDigest(of: $0).hexadecimal }
        changing(&bytes)
        return PackedFiles(in: try folder.write(bytes, "podlab"))
    }

    @Test("files come out as they went in, with their modes, whatever the umask is")
    func unpacked() throws {
        let folder = try TestFolder()
        let large = String(repeating: "0123456789abcdef", count: 20_000)
        let packed = try #require(
            try executable(
                folder,
                TarMaker {
                    $0.folder("Labs/", mode: 0o755)
                    $0.file("Labs/lab.yaml", "id: x\n", mode: 0o644)
                    $0.file("program", large, mode: 0o755)
                }))
        try packed.unpack(into: folder.path)
        #expect(text(folder.path.appending("Labs/lab.yaml")) == "id: x\n")
        #expect(text(folder.path.appending("program")) == large)
        #expect(facts(folder.path.appending("Labs")).map { $0.st_mode & 0o7777 } == 0o755)
        #expect(facts(folder.path.appending("program")).map { $0.st_mode & 0o7777 } == 0o755)
        #expect(throws: ImageError.self, "a second time into the same folder") { try packed.unpack(into: folder.path) }
    }

    @Test("a changed byte is noticed, be it in the archive or in the digest")
    func damaged() throws {
        for part in ["id: x", "\n\u{28}"] {
            let folder = try TestFolder()
            let packed = try #require(
                try executable(
                    folder,
                    changing: { bytes in
                        let wanted = Array(part.utf8)
                        let place = bytes.indices.first { bytes[$0...].starts(with: wanted) } ?? 0
                        // Of the digest the digit before the end of its line.
                        let changed = part.hasPrefix("\n") ? place - 1 : place
                        bytes[changed] = bytes[changed] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
                    }, TarMaker { $0.file("lab.yaml", "id: x\n") }))
            let error = #expect(throws: ImageError.self) { try packed.unpack(into: folder.path) }
            #expect(error?.kind == .digest, "\(part.debugDescription): \(String(describing: error))")
        }
    }

    @Test("a link, or a name that leads out, is no file of podlab's")
    func hostile() throws {
        for archive in [
            TarMaker { $0.link("Labs", to: "/etc") }, TarMaker { $0.file("../out", "x") },
            TarMaker { $0.file("none/file", "x") },
        ] {
            let folder = try TestFolder()
            let inside = folder.path.appending("inside")
            try FileManager.default.createDirectory(atPath: inside.string, withIntermediateDirectories: false)
            let packed = try #require(try executable(folder, archive))
            #expect(throws: ImageError.self) { try packed.unpack(into: inside) }
            #expect(folder.names("inside") == [])
        }
    }

    @Test("an executable without the section has nothing with it, and neither has what is cut off or no executable")
    func without() throws {
        let folder = try TestFolder()
        #expect(PackedFiles(in: try folder.write(elfFile(sections: [(".text", [1])]), "a")) == nil)
        #expect(PackedFiles(in: try folder.write(elfFile(sections: [(".podlab.files", [1, 2])]), "b")) == nil)
        let whole = packedExecutable(TarMaker { $0.file("x", "y") }.bytes) { ImageDigest(of: $0).hexadecimal }
        for length in stride(from: 0, to: whole.count, by: 7) {
            #expect(PackedFiles(in: try folder.write(Array(whole[..<length]), "c")) == nil, "\(length) bytes")
        }
        #expect(PackedFiles(in: "/nonexistent") == nil)
    }
}
