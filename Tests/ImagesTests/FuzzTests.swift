// Damaged archives by the thousand: each is read, or refused with an error of this module; nothing traps, nothing gets out, and the
// time is bounded.

import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Images

private let seeds: [[UInt8]] = [
    TarMaker { tar in
        tar.folder("d/")
        tar.file("d/f", "content")
        tar.link("l", to: "d/f")
        tar.hardLink("h", to: "d/f")
        tar.file("d/.wh.x")
        tar.file("d/.wh..wh..opq")
    }.bytes,
    TarMaker { tar in
        tar.pax([("path", "p/q"), ("size", "7"), ("mtime", "1.5"), ("uid", "5")])
        tar.file("x", "content")
        tar.long("L", String(repeating: "n", count: 110) + "/m")
        tar.file("y", String(repeating: "c", count: 1000))
        tar.pax([("linkpath", "../..")])
        tar.link("z", to: "q")
        tar.header("dev", "3")
    }.bytes,
]

@Suite struct FuzzTests {
    /// Damages a few bytes, mostly of headers, and mends the checksums of some so that the damage is reached.
    private func damaged(_ seed: [UInt8], _ dice: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...6, using: &dice) {
            switch Int.random(in: 0..<8, using: &dice) {
            case 0: bytes.removeLast(Int.random(in: 0..<min(600, bytes.count), using: &dice))
            case 1:
                let at = Int.random(in: 0...(bytes.count / 512), using: &dice) * 512
                let from = Int.random(in: 0..<max(1, seed.count / 512), using: &dice) * 512
                bytes.insert(contentsOf: seed[from..<min(seed.count, from + 512)], at: min(at, bytes.count))
            default:
                guard !bytes.isEmpty else { return seed }
                let at = Int.random(in: 0..<bytes.count, using: &dice)
                let values: [UInt8] = [
                    0, 0xff, 0x80, 0x7f, UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "7"), UInt8(ascii: "x"),
                ]
                bytes[at] = values.randomElement(using: &dice) ?? 0
            }
        }
        for at in stride(from: 0, to: bytes.count - 511, by: 512) where Bool.random(using: &dice) {
            var block = Array(bytes[at..<(at + 512)])
            guard block.contains(where: { $0 != 0 }) else { continue }
            TarMaker.seal(&block)
            bytes.replaceSubrange(at..<(at + 512), with: block)
        }
        return bytes
    }

    @Test("the tar reader reads or refuses every damaged archive, in bounded time", .timeLimit(.minutes(2)))
    func reader() throws {
        var dice = SeededGenerator(seed: 6)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        let start = ContinuousClock.now
        var (read, refused) = (0, 0)
        for round in 0..<10_000 {
            let bytes = damaged(seeds[round % seeds.count], &dice)
            let reader = TarReader(MemoryStream(bytes), object: "fuzz", limits: ImageLimits())
            var total = 0
            do throws(ImageError) {
                while let entry = try reader.next() {
                    #expect(entry.path.count < 4096 && !entry.path.contains(0))
                    while case let got = try reader.read(into: buffer), got > 0 { total += got }
                }
                read += 1
            } catch {
                refused += 1
            }
            #expect(total <= bytes.count)
        }
        #expect(ContinuousClock.now - start < Deadline.duration)
        // A generator that only makes one kind proves little.
        #expect(read > 300 && refused > 300, "\(read) read, \(refused) refused")
    }

    @Test("the unpacker keeps every damaged archive inside its folder", .timeLimit(.minutes(2)))
    func unpacker() throws {
        let folder = try TestFolder()
        let inside = folder.path.appending("in")
        var dice = SeededGenerator(seed: 66)
        var (unpacked, refused) = (0, 0)
        for round in 0..<500 {
            let bytes = damaged(seeds[round % seeds.count], &dice)
            mkdir(inside.string, 0o700)
            do throws(ImageError) {
                let unpacker = try LayerUnpacker(
                    into: inside, owner: .current, object: "fuzz", budget: UnpackBudget(ImageLimits()),
                    warn: { _, _ in })
                try unpacker.unpack(TarReader(MemoryStream(bytes), object: "fuzz", limits: ImageLimits()))
                unpacked += 1
            } catch {
                #expect(error.kind != .system, "\(error)")
                refused += 1
            }
            try removeTree(inside)
            #expect(folder.names("").isEmpty)
        }
        #expect(unpacked > 50 && refused > 50, "\(unpacked) unpacked, \(refused) refused")
    }

    @Test("damaged gzip is refused or unpacked, never more than asked", .timeLimit(.minutes(2)))
    func unzip() throws {
        let packed = try gzip(seeds[0] + seeds[1])
        var dice = SeededGenerator(seed: 666)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 777, alignment: 16)
        defer { buffer.deallocate() }
        var limits = ImageLimits()
        limits.ratioFloor = 1 << 16
        var refused = 0
        for _ in 0..<3000 {
            var bytes = packed
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                bytes[Int.random(in: 0..<bytes.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            do throws(ImageError) {
                let stream = try GzipStream(MemoryStream(bytes), object: "fuzz", limits: limits)
                while case let got = try stream.read(into: buffer), got > 0 { #expect(got <= 777) }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 1000)
    }
}
