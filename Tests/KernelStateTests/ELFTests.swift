// ELF files: made in memory for both classes and byte orders, real ones, and any bytes.

import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import KernelState

@Suite struct ELFTests {
    @Test(
        "both classes and both byte orders are read",
        arguments: [(true, false), (true, true), (false, false), (false, true)])
    func kinds(is64: Bool, isBigEndian: Bool) throws {
        let fixture = ELFFixture(
            is64: is64, isBigEndian: isBigEndian, machine: 0x15, interpreter: "/lib/ld.so.1",
            needed: ["liba.so.1", "libb.so"], soname: "libme.so", rpath: "/old", runpath: "$ORIGIN/../lib::/x",
            flags1: 0x800)
        let elf = try ELFFile(parsing: fixture.bytes())
        #expect(elf.kind == ELFKind(bits: is64 ? 64 : 32, isBigEndian: isBigEndian, machine: 0x15))
        #expect(elf.interpreter == "/lib/ld.so.1")
        #expect(elf.needed == ["liba.so.1", "libb.so"])
        #expect(elf.soname == "libme.so")
        #expect(elf.rpath == ["/old"])
        #expect(elf.runpath == ["$ORIGIN/../lib", "", "/x"])
        #expect(elf.ignoresDefaultFolders)
        #expect(elf.isDynamic)
    }

    @Test("what does not begin with the magic is not ELF; what is cut is malformed")
    func notELF() {
        #expect(throws: ELFError.notELF) { try ELFFile(parsing: []) }
        #expect(throws: ELFError.notELF) { try ELFFile(parsing: Array("#!/bin/sh\n".utf8)) }
        let whole = ELFFixture(interpreter: "/lib/ld.so", needed: ["liba.so"]).bytes()
        for length in 4..<whole.count - 16 {
            #expect(throws: (any Error).self, "\(length) bytes") { try ELFFile(parsing: Array(whole[..<length])) }
        }
    }

    @Test("no bytes whatever stop the parser")
    func fuzz() {
        var generator = SeededGenerator(seed: 3)
        let seeds = [
            ELFFixture(interpreter: "/lib/ld.so", needed: ["liba.so", "libb.so"], soname: "x", runpath: "/a:/b")
                .bytes(),
            ELFFixture(is64: false, isBigEndian: true, needed: ["liba.so"], rpath: "/a").bytes(),
        ]
        for _ in 0..<20_000 {
            _ = try? ELFFile(parsing: seeds[Int.random(in: 0...1, using: &generator)].damaged(by: &generator))
        }
    }

    static let cache: [UInt8] = {
        func number(_ value: Int, _ size: Int) -> [UInt8] {
            (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let strings = Array("liba.so\0/opt/liba.so\0libb.so\0/v3/libb.so\0/opt/libb.so\0".utf8)
        let start = 48 + 24 * 4
        func entry(_ flags: Int, _ key: Int, _ value: Int, _ hardware: Int) -> [UInt8] {
            number(flags, 4) + number(start + key, 4) + number(start + value, 4) + number(0, 4) + number(hardware, 8)
        }
        var bytes = Array("glibc-ld.so.cache1.1".utf8) + number(4, 4) + number(strings.count, 4)
        bytes += [2, 0, 0, 0] + number(0, 4) + number(0, 12)
        bytes += entry(0x303, 0, 8, 0) + entry(0x303, 21, 29, 1 << 62) + entry(0x303, 21, 41, 0) + entry(0x3, 0, 8, 0)
        return bytes + strings
    }()

    @Test("an ld.so.cache names libraries by kind, those for every processor first")
    func loaderCache() throws {
        let kind = ELFKind(bits: 64, isBigEndian: false, machine: 62)
        let cache = try #require(LoaderCache(parsing: Self.cache))
        #expect(cache.entries.count == 4)
        #expect(cache.entries(named: "liba.so", for: kind).map(\.path) == ["/opt/liba.so"])
        #expect(cache.entries(named: "libb.so", for: kind).map(\.path) == ["/opt/libb.so", "/v3/libb.so"])
        #expect(cache.entries(named: "libc.so", for: kind).isEmpty)
        #expect(LoaderCache(parsing: []) == nil)
    }

    @Test("no bytes whatever stop the cache's parser")
    func fuzzCache() {
        var generator = SeededGenerator(seed: 4)
        let kind = ELFKind(bits: 64, isBigEndian: false, machine: 62)
        let old = Array("ld.so-1.7.0\0".utf8) + [1, 0, 0, 0] + Array(repeating: 0, count: 16)
        for turn in 0..<20_000 {
            let seed = turn % 2 == 0 ? Self.cache : old + Self.cache
            _ = LoaderCache(parsing: seed.damaged(by: &generator))?.entries(named: "liba.so", for: kind)
        }
        #expect(LoaderCache(parsing: old + Self.cache)?.entries.count == 4)
    }

    @Test("the machine's own cache is read", .enabled(if: access("/etc/ld.so.cache", R_OK) == 0))
    func ownCache() throws {
        let root = try RootDirectory(path: "/")
        let cache = try #require(LoaderCache(parsing: try root.contents(of: "/etc/ld.so.cache", limit: 1 << 24)))
        #expect(cache.entries.contains { $0.name.hasPrefix("libc.so.") })
    }
}
