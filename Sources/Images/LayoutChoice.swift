// Which images an index offers. An index is a list of descriptors: of images, of one image for several platforms, and of what is about
// images. See "Image Index" and "Image Layout" of the OCI image specification.

struct LayoutChoice {
    /// Descriptors of one image: several where they are for several platforms.
    struct Group {
        /// What its annotations call it: a whole name, or a tag.
        var label: String?
        /// Not empty.
        var descriptors: [ContentDescriptor]
    }

    /// In the index's order. Signatures, attestations and other artifacts are in none.
    private(set) var groups: [Group] = []

    init(_ descriptors: [ContentDescriptor]) {
        for descriptor in descriptors where Self.isImage(descriptor) {
            let label =
                descriptor.annotations?[Annotation.containerdName] ?? descriptor.annotations?[Annotation.referenceName]
            if let index = groups.firstIndex(where: { $0.label == label }) {
                groups[index].descriptors.append(descriptor)
            } else {
                groups.append(Group(label: label, descriptors: [descriptor]))
            }
        }
    }

    /// All as one image, as an index within an index is; nil: there is none.
    var whole: Group? {
        groups.isEmpty ? nil : Group(label: nil, descriptors: groups.flatMap(\.descriptors))
    }

    /// The image that a name means: the one that has it, the one of its tag, or the only one.
    func group(for name: ImageReference) -> Group? {
        groups.first { $0.label.flatMap { try? ImageReference($0) } == name && $0.label?.contains(":") == true }
            ?? groups.first { $0.label != nil && $0.label == name.tag } ?? (groups.count == 1 ? groups.first : nil)
    }

    /// For messages.
    var labels: String { groups.prefix(20).map { "'\($0.label ?? $0.descriptors[0].digest)'" }.joined(separator: ", ") }

    private static func isImage(_ descriptor: ContentDescriptor) -> Bool {
        let type = descriptor.mediaType ?? MediaType.manifest
        return MediaType.manifests.union(MediaType.indexes).contains(type) && descriptor.artifactType == nil
            && descriptor.annotations?[Annotation.dockerReferenceType] == nil && descriptor.platform?.os != "unknown"
    }
}

/// A folder as `skopeo copy … dir:FOLDER` makes it: the manifest itself is manifest.json, and blobs are named by their digests.
struct ManifestFolder: ArchiveSource {
    let manifest: ContentDescriptor
    private let bytes: [UInt8]
    private let source: any ArchiveSource

    /// The media type stands in the document, but OCI need not say it.
    private struct Head: Decodable {
        var schemaVersion: Int
        var mediaType: String?
        var manifests: [ContentDescriptor]?
        var config: ContentDescriptor?
    }

    /// Nil: manifest.json is something else, such as the list of `docker save`.
    init?(_ bytes: [UInt8], _ source: any ArchiveSource) throws(ImageError) {
        guard bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{"),
            let head = try? Documents.decode(Head.self, bytes, "manifest.json"),
            head.config != nil || head.manifests != nil
        else { return nil }
        let type = head.mediaType ?? (head.manifests == nil ? MediaType.manifest : MediaType.index)
        manifest = ContentDescriptor(type, ImageDigest(of: bytes), size: UInt64(bytes.count))
        self.bytes = bytes
        self.source = source
    }

    func open(_ name: String) throws(ImageError) -> (stream: any ByteStream, size: UInt64)? {
        guard let digest = name.split(separator: "/").last.map(String.init) else { return nil }
        if "sha256:" + digest == manifest.digest { return (MemoryStream(bytes), UInt64(bytes.count)) }
        // With all platforms, each one's manifest has a name of its own.
        if let blob = try source.open(digest) { return blob }
        return try source.open(digest + ".manifest.json")
    }
}
