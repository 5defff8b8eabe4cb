// index.json as the image specification has it: what is to be imported of it, and what it is called.

import Foundation
import SystemPackage
import Testing

@testable import Images

@Suite("The choice among what a layout holds")
struct LayoutChoiceTests {
    private static let layer = ImageMaker.layer { $0.file("etc/motd", "one") }
    private static let manifestType = "application/vnd.oci.image.manifest.v1+json"
    private static let missing = "sha256:" + String(repeating: "a", count: 64)

    /// An archive of one image whose index has what is made of its descriptor.
    private static func layout(_ index: (_ image: [String: Any]) -> [[String: Any]], more: [[UInt8]] = []) throws
        -> [UInt8]
    {
        var files = ImageMaker([layer], name: nil).layoutFiles()
        let last = files.removeLast()
        let document = try JSONSerialization.jsonObject(with: Data(last.1)) as? [String: Any]
        let image = try #require((document?["manifests"] as? [[String: Any]])?.first)
        for bytes in more { files.append(("blobs/sha256/" + ImageDigest(of: bytes).hexadecimal, bytes)) }
        files.append(("index.json", json(["schemaVersion": 2, "manifests": index(image)])))
        return archive(files)
    }

    private static func named(_ descriptor: [String: Any], _ name: String) -> [String: Any] {
        descriptor.merging(["annotations": ["org.opencontainers.image.ref.name": name]]) { $1 }
    }

    private static func on(_ architecture: String, _ descriptor: [String: Any]) -> [String: Any] {
        descriptor.merging(["platform": ["os": "linux", "architecture": architecture]]) { $1 }
    }

    private static func artifact(_ more: [String: Any] = [:]) -> [String: Any] {
        ["mediaType": manifestType, "digest": missing, "size": 2].merging(more) { $1 }
    }

    @Test("one image for several platforms is this machine's, with a name or without")
    func platforms() throws {
        let flat = { (name: String?) in
            try Self.layout { image in
                [Self.on("s390x", Self.artifact()), Self.on(thisArchitecture, image)].map { entry in
                    name.map { Self.named(entry, $0) } ?? entry
                }
            }
        }
        let folder = try TestFolder()
        #expect(try folder.importBytes(flat(nil), name: "x:1").images.map(\.reference) == ["docker.io/library/x:1"])
        #expect(try folder.importBytes(flat("a/b:2")).images.map(\.reference) == ["docker.io/a/b:2"])
        #expect(imageError { try folder.importBytes(flat(nil)) }?.message?.contains("no name") == true)
        let other = try Self.layout { [Self.on("s390x", $0), Self.on("ppc64le", $0)] }
        let error = imageError { try folder.importBytes(other, name: "x") }
        #expect(error?.kind == .unsupported && "\(error.map { "\($0)" } ?? "")".contains("linux/s390x, linux/ppc64le"))
    }

    @Test(
        "signatures, attestations and other artifacts beside an image are passed over",
        arguments: [
            artifact(["artifactType": "application/x.signature"]),
            artifact(["platform": ["os": "unknown", "architecture": "unknown"]]),
            artifact(["annotations": ["vnd.docker.reference.type": "attestation-manifest"]]),
            artifact(["mediaType": "application/x.anything"]),
        ].map { Entry(fields: $0) })
    func artifacts(entry: Entry) throws {
        let folder = try TestFolder()
        for descriptors in [[0, 1], [1, 0]] {
            let bytes = try Self.layout { image in descriptors.map { [Self.named(image, "a/b:1"), entry.fields][$0] } }
            #expect(try folder.importBytes(bytes).images.map(\.reference) == ["docker.io/a/b:1"])
            #expect(try folder.importBytes(bytes, name: "c").images.map(\.reference) == ["docker.io/library/c:latest"])
        }
        let alone = try Self.layout { _ in [entry.fields] }
        #expect(imageError { try folder.importBytes(alone, name: "c") }?.kind == .unsupported)
    }

    struct Entry: @unchecked Sendable, CustomStringConvertible {
        var fields: [String: Any]
        var description: String { "\(fields.keys.sorted())" }
    }

    @Test("an artifact that only its own manifest tells of is no image")
    func hiddenArtifact() throws {
        let manifest = json([
            "schemaVersion": 2, "mediaType": Self.manifestType, "layers": [Any](),
            "config": ["mediaType": "application/vnd.oci.empty.v1+json", "digest": Self.missing, "size": 2],
        ])
        let descriptor: [String: Any] = [
            "mediaType": Self.manifestType, "digest": ImageDigest(of: manifest).description, "size": manifest.count,
        ]
        let folder = try TestFolder()
        let bytes = try Self.layout({ [descriptor, $0] }, more: [manifest])
        #expect(try folder.importBytes(bytes, name: "x").images.count == 1)
    }

    @Test("of several tags --name chooses one, and without it they are named")
    func tags() throws {
        let folder = try TestFolder()
        let bytes = try Self.layout { [Self.named(Self.artifact(), "base"), Self.named($0, "two")] }
        #expect(try folder.importBytes(bytes, name: "x:two").images.map(\.reference) == ["docker.io/library/x:two"])
        for name in [nil, "x:three"] {
            let words = imageError { try folder.importBytes(bytes, name: name) }.map { "\($0)" } ?? ""
            #expect(words.contains("'base', 'two'") && words.contains("--name"), "\(words)")
        }
        let whole = try Self.layout { [Self.named(Self.artifact(), "a/b:1"), Self.named($0, "a/b:2")] }
        #expect(try folder.importBytes(whole, name: "a/b:2").images.map(\.reference) == ["docker.io/a/b:2"])
    }

    @Test("what has no whole name beside what has one is left out and said to be")
    func partlyNamed() throws {
        let imported = try TestFolder().importBytes(
            try Self.layout { [Self.named($0, "a/b:1"), Self.named($0, "base")] })
        #expect(imported.images.map(\.reference) == ["docker.io/a/b:1"])
        #expect(imported.warnings == ["left out what has no whole name: base"])
    }

    @Test("a folder as skopeo's dir: makes it is one image, which takes a name")
    func manifestFolder() throws {
        let folder = try TestFolder()
        for (name, bytes) in ImageMaker([Self.layer]).layoutFiles() where name.hasPrefix("blobs/") {
            // The manifest is the last blob.
            _ = try folder.write(bytes, "dir/" + (name.split(separator: "/").last.map(String.init) ?? ""))
            _ = try folder.write(bytes, "dir/manifest.json")
        }
        _ = try folder.write(Array("Directory Transport Version: 1.1\n".utf8), "dir/version")
        let path = folder.path.appending("dir")
        #expect(imageError { try folder.store.importArchive(path) }?.message?.contains("no name") == true)
        let imported = try folder.store.importArchive(path, reference: "x:1")
        #expect(imported.images.map(\.reference) == ["docker.io/library/x:1"])
        #expect(text(try #require(imported.images.first?.layers.first).appending("etc/motd")) == "one")
    }
}

extension ImageError {
    fileprivate var message: String? { "\(self)" }
}
