// The JSON documents of an image: index, manifest, configuration. See the OCI image specification 1.1; docker's own of schema 2 have
// the same fields under other media types. Each is bounded before it is read, and checked before it is believed.

import FoundationEssentials

enum MediaType {
    static let index = "application/vnd.oci.image.index.v1+json"
    static let manifest = "application/vnd.oci.image.manifest.v1+json"
    static let configuration = "application/vnd.oci.image.config.v1+json"
    static let layer = "application/vnd.oci.image.layer.v1.tar"
    static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"

    static let indexes: Set = [index, "application/vnd.docker.distribution.manifest.list.v2+json"]
    static let manifests: Set = [manifest, "application/vnd.docker.distribution.manifest.v2+json"]
    static let configurations: Set = [configuration, "application/vnd.docker.container.image.v1+json"]
}

/// Names of annotations.
enum Annotation {
    /// OCI: in podlab's own store the whole reference; elsewhere often a tag alone.
    static let referenceName = "org.opencontainers.image.ref.name"
    /// containerd's and docker's: the whole reference.
    static let containerdName = "io.containerd.image.name"
    /// Says of a manifest that it is about another one, and no image.
    static let dockerReferenceType = "vnd.docker.reference.type"
}

/// Content by its digest.
struct ContentDescriptor: Codable, Sendable {
    var mediaType: String?
    var digest: String
    var size: Int64
    var annotations: [String: String]?
    var platform: Platform?
    /// What it is where it is no image.
    var artifactType: String?

    struct Platform: Codable, Sendable {
        var architecture: String
        var os: String
        var variant: String?

        /// `linux/arm64/v8`.
        var text: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }
    }

    init(_ mediaType: String, _ digest: ImageDigest, size: UInt64) {
        self.mediaType = mediaType
        self.digest = digest.description
        self.size = Int64(clamping: size)
    }

    /// - Throws: `.archive` where the digest is none, or the size is negative.
    func checked(_ object: String) throws(ImageError) -> (digest: ImageDigest, size: UInt64) {
        guard let digest = ImageDigest(digest) else {
            throw ImageError(
                .archive, "read", object, "'\(digest.prefix(200))' is no digest that podlab knows: sha256 alone is")
        }
        guard size >= 0 else { throw ImageError(.archive, "read", object, "the size of \(digest) is negative") }
        return (digest, UInt64(size))
    }
}

/// `index.json` of a layout, and an index within: one image for each platform.
struct IndexDocument: Codable, Sendable {
    var schemaVersion = 2
    var mediaType: String? = MediaType.index
    var manifests: [ContentDescriptor]
}

struct ManifestDocument: Codable, Sendable {
    var schemaVersion = 2
    var mediaType: String? = MediaType.manifest
    var config: ContentDescriptor
    var layers: [ContentDescriptor]
}

/// The configuration, as far as podlab reads and writes it. Docker writes `null` for what is empty.
struct ConfigurationDocument: Codable, Sendable {
    var created: String?
    var architecture: String?
    var os: String?
    var config: Process?
    var rootfs: RootFileSystem

    struct RootFileSystem: Codable, Sendable {
        var type = "layers"
        var diffIDs: [String]?

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    struct Nothing: Codable, Sendable {}

    struct Process: Codable, Sendable {
        var user: String?
        var exposedPorts: [String: Nothing]?
        var environment: [String]?
        var entryPoint: [String]?
        var command: [String]?
        var workingDirectory: String?
        var labels: [String: String]?
        var stopSignal: String?

        enum CodingKeys: String, CodingKey {
            case user = "User"
            case exposedPorts = "ExposedPorts"
            case environment = "Env"
            case entryPoint = "Entrypoint"
            case command = "Cmd"
            case workingDirectory = "WorkingDir"
            case labels = "Labels"
            case stopSignal = "StopSignal"
        }
    }
}

/// `manifest.json` of `docker save`: an array of these.
struct DockerArchiveEntry: Codable, Sendable {
    var config: String
    var repositoryTags: [String]?
    var layers: [String]?

    enum CodingKeys: String, CodingKey {
        case config = "Config"
        case repositoryTags = "RepoTags"
        case layers = "Layers"
    }
}

enum Documents {
    /// - Throws: `.archive` that says where in the document what is wrong.
    static func decode<Document: Decodable>(
        _ type: Document.Type, _ bytes: [UInt8], _ object: String
    ) throws(ImageError) -> Document {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw ImageError(.archive, "read", object, words(error))
        } catch {
            throw ImageError(.archive, "read", object, "it is not JSON")
        }
    }

    /// Sorted keys, so that equal images have equal digests.
    static func encode(_ document: some Encodable, _ object: String) throws(ImageError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(document)) } catch {
            throw ImageError(.damaged, "write", object, "it cannot be written as JSON")
        }
    }

    private static func words(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            let above = place(context)
            return "it has no '\(above.isEmpty ? "" : above + ".")\(key.stringValue)'"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "'\(place(context))' is not of the right type"
        case .dataCorrupted: return "it is not JSON"
        @unknown default: return "it is not as expected"
        }
    }
}

/// A configuration that was checked.
struct CheckedConfiguration: Sendable {
    let created: String?
    let platform: ContentDescriptor.Platform
    let layers: [ImageDigest]
    let process: ImageConfiguration

    init(_ bytes: [UInt8], _ object: String, limits: ImageLimits) throws(ImageError) {
        let document = try Documents.decode(ConfigurationDocument.self, bytes, object)
        guard document.rootfs.type == "layers" else {
            throw ImageError(
                .unsupported, "read", object, "its root file system is of type '\(document.rootfs.type)', not 'layers'")
        }
        let names = document.rootfs.diffIDs ?? []
        try Self.checkCount(names.count, object, limits)
        var layers: [ImageDigest] = []
        for name in names {
            guard let digest = ImageDigest(name) else {
                throw ImageError(.archive, "read", object, "'\(name.prefix(200))' is no digest of a layer")
            }
            layers.append(digest)
        }
        self.layers = layers
        created = document.created
        // Docker has written images without these, for the machine they were made on.
        platform = ContentDescriptor.Platform(
            architecture: document.architecture ?? "", os: document.os ?? "linux", variant: nil)
        var process = ImageConfiguration()
        process.entryPoint = document.config?.entryPoint ?? []
        process.command = document.config?.command ?? []
        process.environment = document.config?.environment ?? []
        process.workingDirectory = Self.nonEmpty(document.config?.workingDirectory)
        process.user = Self.nonEmpty(document.config?.user)
        process.exposedPorts = (document.config?.exposedPorts ?? [:]).keys.sorted()
        process.stopSignal = Self.nonEmpty(document.config?.stopSignal)
        process.labels = document.config?.labels ?? [:]
        let texts =
            process.entryPoint + process.command + process.environment
            + [process.workingDirectory, process.user, process.stopSignal].compactMap(\.self)
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw ImageError(.archive, "read", object, "a NUL stands in its command, its environment or its user")
        }
        self.process = process
    }

    static func checkCount(_ count: Int, _ object: String, _ limits: ImageLimits) throws(ImageError) {
        guard count <= limits.layers else {
            throw ImageError(
                .limit, "read", object, "the image has \(count) layers; overlayfs and docker take \(limits.layers)")
        }
        guard count > 0 else { throw ImageError(.archive, "read", object, "the image has no layers") }
    }

    private static func nonEmpty(_ text: String?) -> String? { text?.isEmpty == true ? nil : text }
}

/// The platform that images are wanted for.
enum ThisMachine {
    #if arch(x86_64)
        static let architecture = "amd64"
    #elseif arch(arm64)
        static let architecture = "arm64"
    #else
        #error("podlab knows no image architecture for this machine")
    #endif

    static func runs(_ platform: ContentDescriptor.Platform) -> Bool {
        platform.os == "linux" && (platform.architecture == architecture || platform.architecture.isEmpty)
    }
}
