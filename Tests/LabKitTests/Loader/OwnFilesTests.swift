// What podlab has with it is unpacked once for a user: whole or not at all, by however many podlabs at a time.

import Foundation
import Glibc
import Images
import SystemPackage
import TestSupport
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct OwnFilesTests {
    /// An executable with one lab in it.
    private func packed(_ folder: FilePath, _ text: String) throws -> PackedFiles {
        try write(text, to: folder.appending("source/Labs/01-chroot/lab.yaml"))
        let archive = folder.appending("\(UUID().uuidString).tar")
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = [
            "tar", "--format=ustar", "-C", folder.appending("source").string, "-cf", archive.string, "Labs",
        ]
        try tar.run()
        tar.waitUntilExit()
        let bytes = packedExecutable(Array(try Data(contentsOf: URL(fileURLWithPath: archive.string)))) {
            ImageDigest(of: $0).hexadecimal
        }
        let executable = folder.appending(UUID().uuidString)
        try Data(bytes).write(to: URL(fileURLWithPath: executable.string))
        return try #require(PackedFiles(in: executable))
    }

    private func names(_ folder: FilePath) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []).sorted()
    }

    private func lab(_ folder: FilePath) -> String? {
        try? String(contentsOfFile: folder.appending("Labs/01-chroot/lab.yaml").string, encoding: .utf8)
    }

    @Test("it is unpacked when it is first used, and not again")
    func once() throws {
        try withTemporaryFolder { folder in
            let place = folder.appending("data/podlab/unpacked")
            let files = UnpackedFiles(try packed(folder, "id: x\n"), below: place)
            let first = try files.use()
            #expect(lab(first) == "id: x\n")
            try write("changed", to: first.appending("Labs/01-chroot/lab.yaml"))
            #expect(try files.use() == first)
            #expect(lab(first) == "changed", "what is there is used as it is")
            #expect(names(place) == [first.lastComponent?.string])
        }
    }

    @Test("many at once get the same whole folder, and nothing else is left")
    func together() throws {
        try withTemporaryFolder { folder in
            let place = folder.appending("unpacked")
            let packed = try packed(folder, "id: x\n")
            let results = Results()
            DispatchQueue.concurrentPerform(iterations: 16) { _ in
                let found = try? UnpackedFiles(packed, below: place).use()
                results.add(found.map { "\($0.string) \(lab($0) ?? "")" } ?? "none")
            }
            #expect(results.all.count == 1, "\(results.all)")
            #expect(results.all.first?.hasSuffix("id: x\n") == true)
            #expect(names(place).count == 1, "\(names(place))")
        }
    }

    @Test("another podlab's files go when nobody uses them, and stay while somebody does")
    func others() throws {
        try withTemporaryFolder { folder in
            let place = folder.appending("unpacked")
            let used = try UnpackedFiles(try packed(folder, "id: used\n"), below: place).use()
            // One that nobody holds, one that was killed while it unpacked, and one before it had locked.
            try write("", to: place.appending("0123456789abcdef/lock"))
            try write("", to: place.appending(".0123456789abcdef.aaaaaa/lock"))
            try write("part", to: place.appending(".0123456789abcdef.aaaaaa/Labs/01-chroot/lab.yaml"))
            mkdir(place.appending(".0123456789abcdef.bbbbbb").string, 0o700)
            let new = try UnpackedFiles(try packed(folder, "id: new\n"), below: place).use()
            #expect(names(place).sorted() == [used, new].compactMap { $0.lastComponent?.string }.sorted())
            #expect(lab(used) == "id: used\n")
        }
    }

    @Test("a folder that somebody took the lock out of is made anew")
    func broken() throws {
        try withTemporaryFolder { folder in
            let place = folder.appending("unpacked")
            let packed = try packed(folder, "id: x\n")
            let name = String(packed.digest.hexadecimal.prefix(16))
            try write("part", to: place.appending(name).appending("Labs/01-chroot/lab.yaml"))
            #expect(lab(try UnpackedFiles(packed, below: place).use()) == "id: x\n")
            #expect(names(place) == [name])
        }
    }

    @Test("where it cannot be written, nothing is left, and the message says what to set")
    func unwritable() throws {
        try withTemporaryFolder { folder in
            try write("", to: folder.appending("file"))
            let place = folder.appending("file/podlab/unpacked")
            let packed = try packed(folder, "id: x\n")
            let error = #expect(throws: OwnFilesError.self) { try UnpackedFiles(packed, below: place).use() }
            #expect(error?.description.hasSuffix("set XDG_DATA_HOME to a folder that you can write to") == true)
        }
    }
}

private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var found: Set<String> = []
    var all: Set<String> { lock.withLock { found } }
    func add(_ text: String) { lock.withLock { _ = found.insert(text) } }
}
