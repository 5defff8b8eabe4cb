// Archives that are broken, or meant badly: refused by name, in bounded time and space, and nothing is left behind.

import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Images

private let layer = ImageMaker.layer { tar in tar.file("etc/motd", "hello") }

@Suite struct HostileArchiveTests {
    /// An archive, and what must be said of it.
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var kind: ImageError.Kind
        var message: String
        var bytes: @Sendable () throws -> [UInt8]
        var testDescription: String { name }
    }

    /// A docker archive with one of its files changed or left out.
    private static func docker(_ change: (inout [(String, [UInt8])]) -> Void) -> [UInt8] {
        var files = ImageMaker([layer]).dockerFiles()
        change(&files)
        return archive(files)
    }

    private static func oci(_ change: (inout [(String, [UInt8])]) -> Void) -> [UInt8] {
        var files = ImageMaker([layer]).layoutFiles()
        change(&files)
        return archive(files)
    }

    @Test(
        "an archive that is no image or not what it says is refused",
        arguments: [
            Fault(name: "empty file", kind: .archive, message: "it is empty") { [] },
            Fault(name: "text", kind: .archive, message: "ends in the middle of a header") { Array("hello".utf8) },
            Fault(name: "noise", kind: .archive, message: "checksum") { [UInt8](repeating: 0x41, count: 4096) },
            Fault(name: "zeros", kind: .archive, message: "it is no image") { [UInt8](repeating: 0, count: 4096) },
            Fault(name: "another tar", kind: .archive, message: "it is no image") { layer },
            Fault(name: "zstd of noise", kind: .archive, message: "zstd data is damaged") {
                [0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff]
            },
            Fault(name: "zstd cut off", kind: .archive, message: "in the middle of compressed data") {
                try zstd(ImageMaker([layer]).docker()).dropLast(20)
            },
            Fault(name: "zstd with something after it", kind: .archive, message: "zstd data is damaged") {
                try zstd(ImageMaker([layer]).docker()) + [1, 2, 3, 4, 5]
            },
            Fault(name: "xz", kind: .unsupported, message: "xz") { [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0] },
            Fault(name: "bzip2", kind: .unsupported, message: "bzip2") { Array("BZh91AY".utf8) },
            Fault(name: "gzip of noise", kind: .archive, message: "gzip data is damaged") {
                [0x1f, 0x8b, 9, 9, 9, 9, 9, 9]
            },
            Fault(name: "gzip cut off", kind: .archive, message: "in the middle of compressed data") {
                try gzip(ImageMaker([layer]).docker()).dropLast(20)
            },
            Fault(name: "gzip with something after it", kind: .archive, message: "something else follows") {
                try gzip(ImageMaker([layer]).docker()) + [1, 2, 3]
            },
            Fault(name: "zstd layer of noise", kind: .archive, message: "zstd data is damaged") {
                ImageMaker([layer]).layout { _ in [0x28, 0xb5, 0x2f, 0xfd] + [UInt8](repeating: 0xff, count: 600) }
            },
            Fault(name: "no such layer", kind: .archive, message: "the layer 'layer0/layer.tar' is not in it") {
                docker { $0.removeAll { $0.0 == "layer0/layer.tar" } }
            },
            Fault(name: "no such configuration", kind: .archive, message: "is not in it") {
                docker { $0.removeFirst() }
            },
            Fault(
                name: "another layer than the configuration says", kind: .digest, message: "unpacked, it has the digest"
            ) {
                docker { $0[1].1 = ImageMaker.layer { $0.file("etc/motd", "other") } }
            },
            Fault(name: "another configuration than its name", kind: .digest, message: "its bytes have the digest") {
                docker { $0[0].1.append(UInt8(ascii: " ")) }
            },
            Fault(name: "manifest.json is no JSON", kind: .archive, message: "it is not JSON") {
                docker { $0[2].1 = Array("nonsense".utf8) }
            },
            Fault(name: "manifest.json of another shape", kind: .archive, message: "not of the right type") {
                docker { $0[2].1 = Array(#"{"Config":1}"#.utf8) }
            },
            Fault(name: "no images", kind: .archive, message: "there is no image in it") {
                docker { $0[2].1 = Array("[]".utf8) }
            },
            Fault(name: "nested without end", kind: .archive, message: "is not") {
                docker { $0[2].1 = Array(String(repeating: "[", count: 100_000).utf8) }
            },
            Fault(name: "a layer's path outside", kind: .archive, message: "is not in it") {
                docker { files in
                    let text = String(decoding: files[2].1, as: UTF8.self)
                    files[2].1 = Array(text.replacing("layer0", with: "../../../etc").utf8)
                }
            },
            Fault(name: "the layer is a link that leads to itself", kind: .archive, message: "links that lead nowhere")
            {
                TarMaker { tar in
                    for (name, bytes) in ImageMaker([layer]).dockerFiles() where name != "layer0/layer.tar" {
                        tar.file(name, bytes)
                    }
                    tar.link("layer0/layer.tar", to: "layer.tar")
                }.bytes
            },
            Fault(name: "a changed blob", kind: .digest, message: "its bytes have the digest") {
                oci { files in files[1].1[700] ^= 1 }
            },
            Fault(name: "a blob of another size", kind: .digest, message: "bytes, not") {
                oci { $0[1].1.removeLast(512) }
            },
            Fault(name: "a changed manifest", kind: .digest, message: "the manifest of") {
                oci { $0[3].1.append(UInt8(ascii: " ")) }
            },
            Fault(name: "no such manifest", kind: .archive, message: "the manifest") { oci { $0.remove(at: 3) } },
            Fault(name: "a digest that is a path", kind: .archive, message: "is no digest") {
                oci {
                    $0[4].1 = json([
                        "manifests": [
                            [
                                "digest": "sha256:../../../../etc/passwd", "size": 1,
                                "annotations": [Annotation.containerdName: "x"],
                            ]
                        ], "schemaVersion": 2,
                    ])
                }
            },
            Fault(name: "a size below zero", kind: .archive, message: "negative") {
                oci { files in
                    let digest = ImageDigest(of: files[3].1).description
                    files[4].1 = json([
                        "manifests": [["digest": digest, "size": -1, "annotations": [Annotation.containerdName: "x"]]],
                        "schemaVersion": 2,
                    ])
                }
            },
            Fault(name: "an image's name that is none", kind: .invalidReference, message: "lower case") {
                ImageMaker([layer], name: "EVIL").docker()
            },
            Fault(name: "no layers", kind: .archive, message: "no layers") { ImageMaker([]).docker() },
            Fault(
                name: "10,000 layers", kind: .limit,
                message: "the image has 10000 layers; overlayfs and docker take 127"
            ) {
                docker { files in
                    let entry: [String: Any] = [
                        "Config": files[0].0, "RepoTags": ["x"],
                        "Layers": [String](repeating: "layer0/layer.tar", count: 10_000),
                    ]
                    files[2].1 = json([entry])
                }
            },
            Fault(name: "10,000 diff-ids", kind: .limit, message: "the image has 10000 layers") {
                let maker = ImageMaker([[UInt8]](repeating: layer, count: 10_000))
                return archive(
                    maker.dockerFiles().filter { !$0.0.hasPrefix("layer") || $0.0 == "layer0/layer.tar" }.map { file in
                        guard file.0 == "manifest.json" else { return file }
                        let digest = ImageDigest(of: maker.configuration).hexadecimal
                        return (
                            file.0,
                            json([["Config": "\(digest).json", "RepoTags": ["x"], "Layers": ["layer0/layer.tar"]]])
                        )
                    })
            },
            Fault(name: "128 layers", kind: .limit, message: "the image has 128 layers") {
                ImageMaker((0..<128).map { index in ImageMaker.layer { $0.file("f\(index)") } }).layout()
            },
            Fault(name: "101 images", kind: .limit, message: "101 images") {
                docker { files in
                    let entry: [String: Any] = [
                        "Config": files[0].0, "RepoTags": ["x"], "Layers": ["layer0/layer.tar"],
                    ]
                    files[2].1 = json([[String: Any]](repeating: entry, count: 101))
                }
            },
            Fault(name: "a huge document", kind: .limit, message: "more than 4194304") {
                docker { $0[2].1 = [UInt8](repeating: UInt8(ascii: " "), count: (4 << 20) + 1) }
            },
            Fault(name: "a NUL in the command", kind: .archive, message: "a NUL stands in") {
                var maker = ImageMaker([layer])
                maker.process = ["Cmd": ["a\u{0}b"]]
                return maker.docker()
            },
        ])
    func refused(fault: Fault) throws {
        let folder = try TestFolder()
        let bytes = try fault.bytes()
        let start = ContinuousClock.now
        let error = imageError { try folder.importBytes(bytes) }
        #expect(error?.kind == fault.kind, "\(error?.description ?? "accepted")")
        #expect(error?.description.contains(fault.message) == true, "\(error?.description ?? "accepted")")
        #expect(ContinuousClock.now - start < Deadline.duration)
        #expect(folder.leftovers.isEmpty, "\(folder.leftovers)")
        #expect(try folder.store.all().isEmpty)
    }

    @Test("127 layers are not too many")
    func most() throws {
        let folder = try TestFolder()
        try folder.importBytes(
            ImageMaker((0..<127).map { index in ImageMaker.layer { $0.file("f\(index)") } }).docker())
        #expect(try folder.store.resolve("test").layers.count == 127)
    }

    @Test("a decompression bomb is stopped by its ratio, by the bound on bytes, and by the bound on files")
    func bombs() throws {
        var limits = ImageLimits()
        limits.ratioFloor = 1 << 20
        let zeros = ImageMaker.layer { $0.file("zeros", [UInt8](repeating: 0, count: 8 << 20)) }
        let folder = try TestFolder()
        let ratio = imageError { try folder.importBytes(try ImageMaker([zeros]).layout(packing: gzip), limits: limits) }
        #expect(
            ratio?.kind == .limit && ratio?.description.contains("decompression bomb") == true,
            "\(ratio?.description ?? "")")
        // The archive itself may be the bomb.
        let whole = try gzip([UInt8](repeating: 0, count: 8 << 20))
        #expect(
            imageError { try folder.importBytes(whole, limits: limits) }?.description.contains("decompression bomb")
                == true)

        limits = ImageLimits()
        limits.unpacked = 4 << 20
        let bytes = imageError { try folder.importBytes(try ImageMaker([zeros]).layout(packing: gzip), limits: limits) }
        #expect(bytes?.kind == .limit || bytes?.kind == .archive)
        #expect(bytes?.description.contains("more than 4194304") == true, "\(bytes?.description ?? "")")
        // Each layer below the bound, together above it.
        let thirds = (0..<3).map { index in
            ImageMaker.layer { $0.file("\(index)", [UInt8](repeating: UInt8(index), count: 3 << 19)) }
        }
        let sum = imageError { try folder.importBytes(ImageMaker(thirds).layout { try gzip($0) }, limits: limits) }
        #expect(
            sum?.description.contains("the layers have more than 4194304 bytes") == true,
            "\(sum?.description ?? "")")

        limits = ImageLimits()
        limits.entries = 50
        let files = imageError {
            try folder.importBytes(
                ImageMaker(
                    (0..<2).map { part in
                        ImageMaker.layer { tar in for index in 0..<40 { tar.file("\(part)/\(index)") } }
                    }
                )
                .docker(), limits: limits)
        }
        #expect(files?.description.contains("more than 50 files") == true, "\(files?.description ?? "")")
        #expect(folder.leftovers.isEmpty, "\(folder.leftovers)")
    }

    @Test("what is no file or folder is not waited for")
    func special() throws {
        let folder = try TestFolder()
        let pipe = folder.path.appending("pipe")
        mkfifo(pipe.string, 0o600)
        #expect(
            imageError { _ = try folder.store.importArchive(pipe) }?.description.contains("not a regular file") == true)
        #expect(imageError { _ = try folder.store.importArchive("/dev/zero") }?.kind == .archive)
        #expect(
            imageError { _ = try folder.store.importArchive(folder.path.appending("none")) }?.errno
                == .noSuchFileOrDirectory)
        #expect(imageError { _ = try folder.store.importArchive(folder.path) }?.kind == .archive)
    }

    @Test("a folder's links do not lead out of it")
    func folderLinks() throws {
        let folder = try TestFolder()
        let maker = ImageMaker([layer])
        for (name, bytes) in maker.layoutFiles() { _ = try folder.write(bytes, "layout/\(name)") }
        let blob = folder.path.appending("layout/blobs/sha256/\(ImageDigest(of: layer).hexadecimal)")
        _ = try folder.write(layer, "outside")
        unlink(blob.string)
        symlink("../../../outside", blob.string)
        let error = imageError { _ = try folder.store.importArchive(folder.path.appending("layout")) }
        #expect(error?.errno == .improperLink, "\(error?.description ?? "accepted")")
    }

    @Test("an old image keeps its name when a new one of that name fails, and a cancelled import leaves nothing")
    func atomic() throws {
        let folder = try TestFolder()
        try folder.importBytes(ImageMaker([layer]).docker())
        let before = folder.names("store")
        let two = ImageMaker([ImageMaker.layer { $0.file("new", "x") }, ImageMaker.layer { $0.file("../out", "x") }])
        #expect(imageError { try folder.importBytes(two.docker()) } != nil)
        #expect(folder.names("store") == before)
        // At every point at which it is asked.
        let file = try folder.write(
            ImageMaker([ImageMaker.layer { $0.file("new", "x") }], name: "new").docker(), "new.tar")
        for patience in 0... {
            var asked = 0
            var options = ImportOptions()
            options.isCancelled = {
                asked += 1
                return asked > patience
            }
            let error = imageError { _ = try folder.store.importArchive(file, options: options) }
            guard let error else { break }
            #expect(error.kind == .cancelled)
            #expect(folder.names("store") == before, "cancelled at \(patience)")
            try #require(patience < 1000)
        }
        #expect(try folder.store.all().count == 2)
    }

    @Test("what a killed import has left is taken away by the next change")
    func killed() throws {
        let folder = try TestFolder()
        try folder.importBytes(ImageMaker([layer]).docker())
        _ = try folder.write(Array("half".utf8), "store/.staging.Ab12Cd/1")
        _ = try folder.write(Array("x".utf8), "store/layers/\(String(repeating: "a", count: 64))/closed/file")
        chmod(folder.path.appending("store/layers/\(String(repeating: "a", count: 64))/closed").string, 0o000)
        _ = try folder.write(Array("x".utf8), "store/blobs/sha256/\(String(repeating: "b", count: 64))")
        try folder.importBytes(ImageMaker([layer], name: "again").docker())
        let names = folder.names("store")
        #expect(
            !names.contains { $0.contains(".staging") || $0.contains("aaaaaaaa") || $0.contains("bbbbbbbb") },
            "\(names)")
        #expect(try folder.store.all().count == 2)
    }

    @Test(
        "a folder for fetching lives as long as the fetching, and goes with the next change when its podlab was killed")
    func fetching() throws {
        let folder = try TestFolder()
        _ = try folder.write(Array("half".utf8), "store/.fetch.Ab12Cd/image.tar")
        var fetching: FetchFolder? = try FetchFolder(in: folder.store)
        let path = try #require(fetching?.path)
        try folder.importBytes(ImageMaker([layer]).docker())
        #expect(facts(path) != nil && facts(folder.path.appending("store/.fetch.Ab12Cd")) == nil)
        withExtendedLifetime(fetching) {}
        fetching = nil
        #expect(facts(path) == nil)
    }

    @Test("a layer that many images have is read once")
    func sharedLayer() throws {
        let folder = try TestFolder()
        let layer = ImageMaker.layer { $0.file("large", [UInt8](repeating: 1, count: 100_000)) }
        var files = ImageMaker([layer]).dockerFiles()
        files[2].1 = json(
            (0..<50).map {
                ["Config": files[0].0, "RepoTags": ["image:\($0)"], "Layers": ["layer0/layer.tar"]] as [String: Any]
            })
        var limits = ImageLimits()
        // Twice the layer would be too much.
        limits.unpacked = UInt64(layer.count) * 2 - 1
        try folder.importBytes(archive(files), limits: limits)
        #expect(try folder.store.all().count == 50)
    }

    @Test("two who change the store do so one after the other")
    func lock() throws {
        let folder = try TestFolder()
        let file = try folder.write(ImageMaker([layer]).docker(), "a.tar")
        let change = try StoreChange(folder.store, ImportOptions())
        var options = ImportOptions()
        nonisolated(unsafe) var said: [String] = []
        var asked = 0
        options.progress = { said.append($0) }
        options.isCancelled = {
            asked += 1
            return asked > 3
        }
        #expect(imageError { _ = try folder.store.importArchive(file, options: options) }?.kind == .cancelled)
        #expect(said == ["waiting for another podlab that changes the image store"])
        withExtendedLifetime(change) {}
    }
}
