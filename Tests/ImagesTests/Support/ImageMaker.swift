// Whole images of layers: as docker saves them, and as an OCI layout.

import Foundation
import SystemPackage

@testable import Images

#if arch(arm64)
    let thisArchitecture = "arm64"
#else
    let thisArchitecture = "amd64"
#endif

struct ImageMaker {
    /// Unpacked archives, lowest first.
    var layers: [[UInt8]]
    var name: String? = "test"
    var process: [String: any Sendable] = ["Cmd": ["sh"], "Env": ["PATH=/bin"]]
    var architecture = thisArchitecture

    init(_ layers: [[UInt8]], name: String? = "test") {
        self.layers = layers
        self.name = name
    }

    static func layer(_ build: (inout TarMaker) -> Void) -> [UInt8] { TarMaker(build).bytes }

    var configuration: [UInt8] {
        json([
            "architecture": architecture, "os": "linux", "config": process,
            "rootfs": ["type": "layers", "diff_ids": layers.map { ImageDigest(of: $0).description }],
        ])
    }

    /// The files of `docker save` before version 25.
    func dockerFiles() -> [(String, [UInt8])] {
        let digest = ImageDigest(of: configuration).hexadecimal
        var files = [("\(digest).json", configuration)]
        for (index, layer) in layers.enumerated() { files.append(("layer\(index)/layer.tar", layer)) }
        let entry: [String: Any] = [
            "Config": "\(digest).json", "RepoTags": name.map { [$0] } ?? NSNull() as Any,
            "Layers": layers.indices.map { "layer\($0)/layer.tar" },
        ]
        files.append(("manifest.json", json([entry])))
        return files
    }

    func docker() -> [UInt8] { archive(dockerFiles()) }

    func layoutFiles() -> [(String, [UInt8])] { layoutFiles { $0 } }
    func layout() -> [UInt8] { layout { $0 } }

    /// An OCI layout. `packing` may change what is stored for a layer; its digest is of what is stored then.
    func layoutFiles(packing: ([UInt8]) throws -> [UInt8]) rethrows -> [(String, [UInt8])] {
        var files: [(String, [UInt8])] = [("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))]
        func blob(_ bytes: [UInt8], _ type: String) -> [String: Any] {
            let digest = ImageDigest(of: bytes)
            files.append(("blobs/sha256/\(digest.hexadecimal)", bytes))
            return ["mediaType": type, "digest": digest.description, "size": bytes.count]
        }
        let layers = try layers.map { blob(try packing($0), "application/vnd.oci.image.layer.v1.tar+gzip") }
        let manifest = json([
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": blob(configuration, "application/vnd.oci.image.config.v1+json"), "layers": layers,
        ])
        var descriptor = blob(manifest, "application/vnd.oci.image.manifest.v1+json")
        if let name { descriptor["annotations"] = ["io.containerd.image.name": name] }
        files.append(("index.json", json(["schemaVersion": 2, "manifests": [descriptor]])))
        return files
    }

    func layout(packing: ([UInt8]) throws -> [UInt8]) rethrows -> [UInt8] {
        archive(try layoutFiles(packing: packing))
    }
}

func archive(_ files: [(String, [UInt8])]) -> [UInt8] {
    TarMaker { tar in for (name, bytes) in files { tar.file(name, bytes) } }.bytes
}

func json(_ value: Any) -> [UInt8] {
    Array((try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])) ?? Data())
}

extension TestFolder {
    /// Imports an archive given as bytes.
    @discardableResult
    func importBytes(_ bytes: [UInt8], name: String? = nil, limits: ImageLimits = ImageLimits()) throws
        -> ImportedImages
    {
        var options = ImportOptions()
        options.limits = limits
        return try store.importArchive(try write(bytes, "archive.tar"), reference: name, options: options)
    }

    /// Imports an image of one layer and gives the folder that it was unpacked to.
    func unpack(limits: ImageLimits = ImageLimits(), _ build: (inout TarMaker) -> Void) throws -> (FilePath, [String]) {
        let imported = try importBytes(ImageMaker([ImageMaker.layer(build)]).docker(), limits: limits)
        guard let layer = imported.images.first?.layers.first else { throw POSIXError(.ENOENT) }
        return (layer, imported.warnings)
    }
}

/// What kind of error a body throws, and its words; nil when it throws none.
func imageError(_ body: () throws -> Void) -> ImageError? {
    do { try body() } catch { return error as? ImageError }
    return nil
}
