// From archive to store and back.

import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Images

private let base = ImageMaker.layer { tar in
    tar.folder("bin/")
    tar.file("bin/sh", "#!", mode: 0o755)
    tar.file("etc/motd", "base")
}
private let top = ImageMaker.layer { tar in tar.file("etc/motd", "top") }

@Suite struct ImportTests {
    @Test("what docker saves is found again by its name, with its layers from the lowest on")
    func docker() throws {
        let folder = try TestFolder()
        var maker = ImageMaker([base, top], name: "busybox:latest")
        maker.process = [
            "Entrypoint": ["/bin/sh"], "Cmd": ["-c", "x"], "Env": ["A=b"], "WorkingDir": "/w", "User": "1:2",
            "ExposedPorts": ["80/tcp": [String: String]()], "StopSignal": "SIGQUIT", "Labels": ["l": "m"],
        ]
        try folder.importBytes(maker.docker())
        let image = try folder.store.resolve("docker.io/busybox")
        #expect(image.reference == "docker.io/library/busybox:latest")
        #expect(image.imageID == ImageDigest(of: maker.configuration).description)
        #expect(image.layers.map { text($0.appending("etc/motd")) } == ["base", "top"])
        #expect(image.configuration.entryPoint == ["/bin/sh"] && image.configuration.command == ["-c", "x"])
        #expect(image.configuration.environment == ["A=b"] && image.configuration.workingDirectory == "/w")
        #expect(image.configuration.user == "1:2" && image.configuration.exposedPorts == ["80/tcp"])
        #expect(image.configuration.stopSignal == "SIGQUIT" && image.configuration.labels == ["l": "m"])
        #expect(try folder.store.resolve("busybox@\(image.manifestDigest)") == image)
        #expect(try folder.store.all() == [image])
        #expect(try folder.store.resolve("busybox").size > 3000)
    }

    @Test("the store is an OCI layout that can be imported itself")
    func layout() throws {
        let folder = try TestFolder()
        try folder.importBytes(ImageMaker([base, top], name: "a/b:c").docker())
        let other = try TestFolder()
        let imported = try other.store.importArchive(folder.store.path)
        let (first, second) = (try folder.store.resolve("a/b:c"), try other.store.resolve("a/b:c"))
        #expect(imported.images == [second])
        #expect(first.manifestDigest == second.manifestDigest && first.imageID == second.imageID)
        #expect(text(folder.store.path.appending("oci-layout")) == #"{"imageLayoutVersion":"1.0.0"}"#)
    }

    @Test("layers in gzip, archives in gzip, and folders bring the same image")
    func forms() throws {
        let maker = ImageMaker([base, top], name: "x")
        let plain = try TestFolder()
        try plain.importBytes(maker.layout())
        let packed = try TestFolder()
        try packed.importBytes(try gzip(try maker.layout(packing: gzip)))
        let unpacked = try TestFolder()
        for (name, bytes) in maker.layoutFiles() { _ = try unpacked.write(bytes, "layout/\(name)") }
        _ = try unpacked.store.importArchive(unpacked.path.appending("layout"))
        for folder in [plain, packed, unpacked] {
            let image = try folder.store.resolve("x")
            #expect(image.imageID == ImageDigest(of: maker.configuration).description)
            #expect(
                image.layers.map { $0.lastComponent?.string } == [base, top].map { ImageDigest(of: $0).hexadecimal })
        }
    }

    @Test("a gzip stream of several members is one layer")
    func members() throws {
        let folder = try TestFolder()
        let half = base.count / 2
        let maker = ImageMaker([base])
        try folder.importBytes(
            try maker.layout {
                try gzip(Array($0[..<half])) + gzip(Array($0[half...])) + [UInt8](repeating: 0, count: 100)
            })
        #expect(try folder.store.resolve("test").layers.count == 1)
    }

    @Test("an image without a name is given one, and one with a name another")
    func names() throws {
        let folder = try TestFolder()
        let error = imageError { try folder.importBytes(ImageMaker([base], name: nil).docker()) }
        #expect(error?.description.contains("--name REFERENCE") == true)
        #expect(imageError { try folder.importBytes(ImageMaker([base], name: nil).layout()) }?.kind == .archive)
        try folder.importBytes(ImageMaker([base], name: nil).layout(), name: "mine")
        try folder.importBytes(ImageMaker([base], name: "theirs").docker(), name: "mine:2")
        #expect(
            try folder.store.all().map(\.reference) == ["docker.io/library/mine:2", "docker.io/library/mine:latest"])
        #expect(
            imageError { try folder.importBytes(ImageMaker([base]).docker(), name: "UPPER") }?.kind == .invalidReference
        )
        #expect(
            imageError {
                try folder.importBytes(
                    ImageMaker([base]).docker(), name: "a@sha256:" + String(repeating: "0", count: 64))
            }?
            .kind == .invalidReference)
    }

    @Test("a new image of a name takes the place of the old one, whose layers go")
    func replaced() throws {
        let folder = try TestFolder()
        try folder.importBytes(ImageMaker([base]).docker())
        try folder.importBytes(ImageMaker([top]).docker())
        #expect(try folder.store.all().count == 1)
        #expect(folder.names("store/layers").filter { !$0.contains("/") } == [ImageDigest(of: top).hexadecimal])
    }

    @Test("images share layers; removal takes what nobody else has")
    func shared() throws {
        let folder = try TestFolder()
        try folder.importBytes(ImageMaker([base], name: "one").docker())
        let inode = facts(try #require(try folder.store.resolve("one").layers.first))?.st_ino
        try folder.importBytes(ImageMaker([base, top], name: "two").docker())
        #expect(facts(try #require(try folder.store.resolve("two").layers.first))?.st_ino == inode)
        #expect(folder.names("store/layers").filter { !$0.contains("/") }.count == 2)
        let removed = try folder.store.remove("two")
        #expect(removed == RemovedImage(reference: "docker.io/library/two:latest", layers: 1, layersInUse: 0))
        #expect(try folder.store.resolve("one").layers.count == 1)
        #expect(imageError { _ = try folder.store.resolve("two") }?.kind == .notFound)
        #expect(imageError { _ = try folder.store.remove("two") }?.kind == .notFound)
        try folder.store.remove("one")
        #expect(folder.names("store/layers").isEmpty && folder.names("store/blobs/sha256").isEmpty)
    }

    @Test("a layer that an image has twice is laid once; an opaque top hides what is below")
    func twice() throws {
        let folder = try TestFolder()
        try folder.importBytes(ImageMaker([base, top, base], name: "twice").docker())
        let layers = try folder.store.resolve("twice").layers
        #expect(layers.map { $0.lastComponent?.string } == [top, base].map { ImageDigest(of: $0).hexadecimal })
        let opaque = ImageMaker.layer { tar in
            tar.file(".wh..wh..opq")
            tar.file("only", "x")
        }
        try folder.importBytes(ImageMaker([base, opaque, top], name: "opaque").docker())
        #expect(
            try folder.store.resolve("opaque").layers.map { $0.lastComponent?.string }
                == [opaque, top].map { ImageDigest(of: $0).hexadecimal })
    }

    @Test("a layer stays while somebody uses the store, and goes with the next change after that")
    func use() throws {
        let folder = try TestFolder()
        try folder.importBytes(ImageMaker([base, top]).docker())
        let image = try folder.store.resolve("test")
        var use: StoreUse? = try StoreUse(of: folder.store)
        // Several may.
        _ = try StoreUse(of: folder.store)
        let removed = try folder.store.remove("test")
        #expect(removed.layersInUse == 2 && removed.layers == 0)
        #expect(text(try #require(image.layers.first).appending("etc/motd")) == "base")
        withExtendedLifetime(use) {}
        use = nil
        try folder.importBytes(ImageMaker([top], name: "other").docker())
        #expect(facts(try #require(image.layers.first)) == nil)
        #expect(folder.names("store/notes") == [ImageDigest(of: top).hexadecimal])
        #expect(try folder.store.remove("other").layers == 1)
        #expect(folder.names("store/notes").isEmpty)
    }

    @Test("nothing that is locked lies in the store, where the root of a playground could lock it")
    func locks() throws {
        let folder = try TestFolder()
        try folder.importBytes(ImageMaker([base]).docker())
        _ = try StoreUse(of: folder.store)
        #expect(!folder.names("store").contains { $0.hasSuffix(".lock") || $0.hasSuffix(".users") })
        #expect(["store.lock", "store.users"].allSatisfy { folder.names(".").contains($0) })
    }

    @Test("layers and archives in zstd bring the same image as others, in several frames too")
    func zstdLayers() throws {
        let maker = ImageMaker([base, top])
        let (plain, packed) = (try TestFolder(), try TestFolder())
        try plain.importBytes(maker.layout())
        try packed.importBytes(
            try zstd(try maker.layout { try zstd(Array($0.prefix(700))) + zstd(Array($0.dropFirst(700))) }))
        let (one, other) = (try plain.store.resolve("test"), try packed.store.resolve("test"))
        #expect(one.imageID == other.imageID)
        #expect(one.layers.map(\.lastComponent) == other.layers.map(\.lastComponent))
        #expect(text(try #require(other.layers.last).appending("etc/motd")) == "top")
        let zeros = try zstd([UInt8](repeating: 0, count: 8 << 20))
        var limits = ImageLimits()
        limits.ratioFloor = 1 << 20
        #expect(imageError { try packed.importBytes(zeros, limits: limits) }?.kind == .limit)
    }

    @Test("a folder becomes an image, and equal folders equal images")
    func add() throws {
        let folder = try TestFolder()
        _ = try folder.write(Array("hello".utf8), "root/usr/bin/hello")
        _ = try folder.write([], "root/\(String(repeating: "long", count: 40))/\(String(repeating: "name", count: 40))")
        symlink("usr/bin", folder.path.appending("root/bin").string)
        symlink(String(repeating: "far/", count: 50), folder.path.appending("root/far").string)
        mkfifo(folder.path.appending("root/fifo").string, 0o600)
        chmod(folder.path.appending("root/usr/bin/hello").string, 0o755)
        var configuration = ImageConfiguration()
        configuration.command = ["hello"]
        configuration.labels = ["a": "b"]
        let image = try folder.store.add(
            root: folder.path.appending("root"), reference: "made", configuration: configuration)
        let layer = try #require(image.layers.first)
        #expect(text(layer.appending("bin/hello")) == "hello")
        #expect(facts(layer.appending("usr/bin/hello"))?.st_mode == S_IFREG | 0o755)
        #expect(facts(layer.appending("fifo")) == nil)
        #expect(
            try FileManager.default.subpathsOfDirectory(atPath: layer.string).count
                == FileManager.default.subpathsOfDirectory(atPath: folder.path.appending("root").string).count - 1)
        #expect(image.configuration == configuration)
        let again = try folder.store.add(
            root: folder.path.appending("root"), reference: "made", configuration: configuration)
        #expect(again == image)
        let listed = try run([
            "tar", "-tvf",
            folder.store.blob(try #require(ImageDigest(hexadecimal: layer.lastComponent?.string ?? ""))).string,
        ])
        #expect(listed.code == 0 && listed.output.contains("usr/bin/hello"), "\(listed.output)")
    }

    @Test("the image of another platform is refused; of several the fitting one is taken")
    func platforms() throws {
        let folder = try TestFolder()
        var foreign = ImageMaker([top])
        foreign.architecture = "s390x"
        #expect(imageError { try folder.importBytes(foreign.docker()) }?.kind == .unsupported)
        // An index of two, one of them for this machine.
        var files: [(String, [UInt8])] = []
        var descriptors: [[String: Any]] = []
        for (maker, architecture) in [(foreign, "s390x"), (ImageMaker([base]), thisArchitecture)] {
            let layout = maker.layoutFiles()
            files += layout.filter { $0.0.hasPrefix("blobs/") }
            guard let manifest = layout.last(where: { $0.0.hasPrefix("blobs/") })?.1 else { continue }
            descriptors.append([
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": ImageDigest(of: manifest).description,
                "size": manifest.count, "platform": ["os": "linux", "architecture": architecture],
            ])
        }
        func index(_ manifests: [[String: Any]]) -> [(String, [UInt8])] {
            let inner = json(["schemaVersion": 2, "mediaType": MediaType.index, "manifests": manifests])
            let outer: [String: Any] = [
                "mediaType": MediaType.index, "digest": ImageDigest(of: inner).description, "size": inner.count,
                "annotations": [Annotation.referenceName: "many:1"],
            ]
            return files + [
                ("blobs/sha256/\(ImageDigest(of: inner).hexadecimal)", inner),
                ("index.json", json(["schemaVersion": 2, "manifests": [outer]])),
            ]
        }
        try folder.importBytes(archive(index(descriptors)))
        #expect(
            try folder.store.resolve("many:1").imageID == ImageDigest(of: ImageMaker([base]).configuration).description)
        let none = imageError { try folder.importBytes(archive(index([descriptors[0]]))) }
        #expect(none?.description.contains("only for: linux/s390x") == true)
    }

    @Test("an empty store has no image, and asking makes no folder")
    func empty() throws {
        let folder = try TestFolder()
        #expect(try folder.store.all().isEmpty)
        let error = imageError { _ = try folder.store.resolve("busybox") }
        #expect(error?.kind == .notFound && error?.description.contains("podlab image list") == true)
        #expect(facts(folder.store.path) == nil)
    }

    @Test("a store that was tampered with is said to be damaged")
    func damaged() throws {
        let folder = try TestFolder()
        try folder.importBytes(ImageMaker([base]).docker())
        let image = try folder.store.resolve("test")
        let blob = try #require(ImageDigest(image.imageID)).hexadecimal
        let old = try #require(text(folder.path.appending("store/blobs/sha256/\(blob)")))
        _ = try folder.write(Array(old.replacing("sh", with: "xx").utf8), "store/blobs/sha256/\(blob)")
        #expect(imageError { _ = try folder.store.resolve("test") }?.kind == .damaged)
        _ = try folder.write(Array(old.utf8), "store/blobs/sha256/\(blob)")
        #expect(imageError { _ = try folder.store.resolve("test") } == nil)
        try removeTree(try #require(image.layers.first))
        #expect(imageError { _ = try folder.store.resolve("test") }?.kind == .damaged)
        _ = try folder.write(Array("{".utf8), "store/index.json")
        #expect(imageError { _ = try folder.store.resolve("test") }?.kind == .damaged)
        #expect(imageError { try folder.importBytes(ImageMaker([base]).docker()) }?.kind == .damaged)
    }
}
