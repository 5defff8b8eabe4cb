// Import: what an archive holds becomes images of the store, all of them or none.

import SystemPackage

extension ImageStore {
    /// Brings every image of an archive into the store: an OCI layout (a folder, a tar archive, one in gzip) or what `docker save`
    /// writes.
    /// - Parameter reference: the name to give; nil: the names that the archive gives. Only an archive of one image can be given one.
    /// - Throws: and leaves nothing behind. An image that had the name keeps it.
    @discardableResult
    package func importArchive(
        _ file: FilePath, reference: String? = nil, options: ImportOptions = ImportOptions()
    ) throws(ImageError) -> ImportedImages {
        let name = try reference.map { (text) throws(ImageError) in try ImageReference(text) }
        guard name?.digest == nil else {
            throw ImageError(
                .invalidReference, "import", file.string,
                "an image is given a tag, not a digest, which it has by itself")
        }
        return try changed(options) { (change) throws(ImageError) in
            let source = try ArchiveOpening.open(file, change)
            var work = ImageImport(change, source, file.string)
            try work.run(name)
            try change.name(work.found)
            return (work.found.map(\.reference), work.warnings.lines)
        }
    }

    /// Makes one change and reads back what it has named. Whatever fails, nothing is left behind.
    func changed(
        _ options: ImportOptions, _ body: (StoreChange) throws(ImageError) -> (references: [String], warnings: [String])
    ) throws(ImageError) -> ImportedImages {
        let change = try StoreChange(self, options)
        // What a killed import has moved in before it could name it.
        try change.collectGarbage()
        do throws(ImageError) {
            let done = try body(change)
            var images: [StoredImage] = []
            for reference in done.references { images.append(try resolve(reference)) }
            // What lost its name to a new image.
            try change.collectGarbage()
            return ImportedImages(images: images, warnings: done.warnings)
        } catch {
            _ = try? change.collectGarbage()
            throw error
        }
    }
}

/// One archive on its way in.
struct ImageImport {
    private let change: StoreChange
    private let source: any ArchiveSource
    private let object: String
    private var limits: ImageLimits { change.options.limits }
    private(set) var found: [(reference: String, manifest: ContentDescriptor)] = []
    private final class Box { var warnings = ImportWarnings() }
    private let box: Box
    var warnings: ImportWarnings { box.warnings }
    /// One for all images of the archive, which share its limits.
    private let intake: LayerIntake
    /// Layers of docker's archive by their paths: images that share one do not make podlab read it again.
    private var taken: [String: TakenLayer] = [:]

    init(_ change: StoreChange, _ source: any ArchiveSource, _ object: String) {
        self.init(change, source, object, Box())
    }

    private init(_ change: StoreChange, _ source: any ArchiveSource, _ object: String, _ box: Box) {
        self.change = change
        self.source = source
        self.object = object
        self.box = box
        intake = LayerIntake(change) { what, entry in box.warnings.add(what, entry) }
    }

    mutating func run(_ name: ImageReference?) throws(ImageError) {
        let docker = try source.document("manifest.json", limits)
        if let bytes = try source.document("index.json", limits) {
            try importLayout(bytes, name, docker)
        } else if let docker, let folder = try ManifestFolder(docker, source) {
            try importManifestFolder(folder, name)
        } else if let docker {
            try importDocker(docker, name)
        } else {
            throw ImageError(
                .archive, "import", object,
                "it is no image: it has neither index.json (OCI image layout) nor manifest.json (docker save)")
        }
    }

    private func checkCount(_ count: Int, _ name: ImageReference?) throws(ImageError) {
        guard count > 0 else { throw ImageError(.archive, "import", object, "there is no image in it") }
        guard count <= limits.images else {
            throw ImageError(.limit, "import", object, "it has \(count) images, more than \(limits.images)")
        }
        guard count == 1 || name == nil else {
            throw ImageError(
                .archive, "import", object,
                "it has \(count) images, which cannot all have the name \(name.map(\.description) ?? "")")
        }
    }

    private mutating func add(_ reference: ImageReference, _ manifest: ContentDescriptor) {
        found.removeAll { $0.reference == reference.description }
        found.append((reference.description, manifest))
    }

    private func noName() -> ImageError {
        ImageError(
            .archive, "import", object, "an image in it has no name",
            hint: "give it one: podlab image import FILE --name REFERENCE")
    }

    // MARK: OCI

    private mutating func importLayout(_ bytes: [UInt8], _ name: ImageReference?, _ docker: [UInt8]?) throws(ImageError)
    {
        let index = try Documents.decode(IndexDocument.self, bytes, "index.json of \(object)")
        try checkCount(index.manifests.count, nil)
        let choice = LayoutChoice(index.manifests)
        guard !choice.groups.isEmpty else {
            let type = index.manifests.first?.artifactType ?? index.manifests.first?.mediaType ?? ""
            throw ImageError(.unsupported, "import", object, "it holds '\(type.prefix(100))', which is no image")
        }
        for (references, group) in try wanted(choice, name, docker) {
            guard let first = references.first else { throw noName() }
            change.options.progress("importing \(first)")
            let manifest = try importManifest(try platformManifest(try chosen(group)))
            for reference in references { add(reference, manifest) }
        }
    }

    /// What is to be imported, with the names to give.
    private func wanted(
        _ choice: LayoutChoice, _ name: ImageReference?, _ docker: [UInt8]?
    ) throws(ImageError) -> [(references: [ImageReference], group: LayoutChoice.Group)] {
        if let name {
            guard let group = choice.group(for: name) else {
                throw ImageError(
                    .archive, "import", object, "it has several images: \(choice.labels)",
                    hint: "say which with its tag: --name \(name.name):TAG")
            }
            return [([name], group)]
        }
        var named: [(references: [ImageReference], group: LayoutChoice.Group)] = []
        for group in choice.groups {
            let references = try Self.names(group.descriptors[0], docker, choice.groups.count)
            if !references.isEmpty { named.append((references, group)) }
        }
        guard !named.isEmpty else {
            guard choice.groups.count > 1 else { throw noName() }
            throw ImageError(
                .archive, "import", object, "it has several images without whole names: \(choice.labels)",
                hint: "bring them one after another, each by its tag: podlab image import FILE --name NAME:TAG")
        }
        for group in choice.groups where !named.contains(where: { $0.group.label == group.label }) {
            box.warnings.add("left out what has no whole name:", group.label ?? group.descriptors[0].digest)
        }
        return named
    }

    /// Of one image, the manifest or index for this machine.
    private func chosen(_ group: LayoutChoice.Group) throws(ImageError) -> ContentDescriptor {
        let fitting = group.descriptors.filter { $0.platform.map(ThisMachine.runs) ?? true }
        guard fitting.count > 1 else {
            if let only = fitting.first { return only }
            throw noPlatform(group.descriptors)
        }
        // Artifacts whose descriptors do not say so.
        for descriptor in fitting where try holdsImage(descriptor) { return descriptor }
        return fitting[0]
    }

    private func holdsImage(_ descriptor: ContentDescriptor) throws(ImageError) -> Bool {
        guard MediaType.manifests.contains(descriptor.mediaType ?? MediaType.manifest) else { return true }
        let (bytes, digest) = try blobDocument(descriptor, "the manifest")
        let manifest = try Documents.decode(ManifestDocument.self, bytes, "the manifest \(digest)")
        return MediaType.configurations.contains(manifest.config.mediaType ?? MediaType.configuration)
    }

    private func noPlatform(_ descriptors: [ContentDescriptor]) -> ImageError {
        let there = descriptors.compactMap(\.platform?.text).prefix(20).joined(separator: ", ")
        return ImageError(
            .unsupported, "import", object, "it has nothing for linux/\(ThisMachine.architecture), only for: \(there)")
    }

    /// docker and containerd annotate the whole name. Other programs use the reference's name for it, which also may be a tag alone.
    private static func names(_ descriptor: ContentDescriptor, _ docker: [UInt8]?, _ count: Int) throws(ImageError)
        -> [ImageReference]
    {
        if let name = descriptor.annotations?[Annotation.containerdName] { return [try ImageReference(name)] }
        if let name = descriptor.annotations?[Annotation.referenceName], name.contains("/") || name.contains(":") {
            return [try ImageReference(name)]
        }
        // docker save writes both forms; the older one has the names.
        guard let docker, count == 1 else { return [] }
        let entries = try Documents.decode([DockerArchiveEntry].self, docker, "manifest.json")
        guard entries.count == 1 else { return [] }
        var references: [ImageReference] = []
        for tag in (entries.first?.repositoryTags ?? []).prefix(100) { references.append(try ImageReference(tag)) }
        return references
    }

    private func blobDocument(_ descriptor: ContentDescriptor, _ what: String) throws(ImageError) -> (
        bytes: [UInt8], digest: ImageDigest
    ) {
        let (digest, size) = try descriptor.checked("\(what) of \(object)")
        guard size <= UInt64(limits.document) else {
            throw ImageError(.limit, "read", "\(what) \(digest)", "it has \(size) bytes, more than \(limits.document)")
        }
        guard let bytes = try source.document("blobs/sha256/\(digest.hexadecimal)", limits) else {
            throw ImageError(.archive, "read", object, "\(what) \(digest) is not in it")
        }
        let found = ImageDigest(of: bytes)
        guard found == digest else {
            throw ImageError(
                .digest, "check", "\(what) of \(object)", "its bytes have the digest \(found), not \(digest)")
        }
        return (bytes, digest)
    }

    /// Goes through indexes to the manifest for this machine.
    private func platformManifest(_ descriptor: ContentDescriptor) throws(ImageError) -> ContentDescriptor {
        var descriptor = descriptor
        for _ in 0..<4 {
            let type = descriptor.mediaType ?? MediaType.manifest
            if MediaType.manifests.contains(type) { return descriptor }
            guard MediaType.indexes.contains(type) else {
                throw ImageError(.unsupported, "import", object, "it holds '\(type.prefix(100))', which is no image")
            }
            let (bytes, digest) = try blobDocument(descriptor, "the index")
            let inner = try Documents.decode(IndexDocument.self, bytes, "the index \(digest)")
            guard let group = LayoutChoice(inner.manifests).whole else { throw noPlatform(inner.manifests) }
            descriptor = try chosen(group)
        }
        throw ImageError(.archive, "import", object, "its indexes lie in each other without end")
    }

    private func importManifest(_ descriptor: ContentDescriptor) throws(ImageError) -> ContentDescriptor {
        let (bytes, digest) = try blobDocument(descriptor, "the manifest")
        let manifest = try Documents.decode(ManifestDocument.self, bytes, "the manifest \(digest)")
        try CheckedConfiguration.checkCount(manifest.layers.count, "the manifest \(digest)", limits)
        let type = manifest.config.mediaType ?? MediaType.configuration
        guard MediaType.configurations.contains(type) else {
            throw ImageError(
                .unsupported, "import", object, "it holds '\(type.prefix(100))', which is no container image")
        }
        let (configurationBytes, configurationDigest) = try blobDocument(manifest.config, "the configuration")
        let configuration = try checked(
            configurationBytes, "the configuration \(configurationDigest)", manifest.layers.count)
        for (layer, diffID) in zip(manifest.layers, configuration.layers) {
            let (digest, size) = try layer.checked("a layer of \(object)")
            if change.has(blob: digest), change.has(layer: diffID) { continue }
            guard let opened = try source.open("blobs/sha256/\(digest.hexadecimal)") else {
                let isForeign =
                    layer.mediaType?.contains("foreign") == true
                    || layer.mediaType?.contains("nondistributable") == true
                throw ImageError(
                    isForeign ? .unsupported : .archive, "read", object,
                    "the layer \(digest) is not in it" + (isForeign ? ": it is one that may not be distributed" : ""))
            }
            guard opened.size == size else {
                throw ImageError(.digest, "check", "the layer \(digest)", "it has \(opened.size) bytes, not \(size)")
            }
            _ = try intake.take(opened.stream, "the layer \(digest)", digest: digest, diffID: diffID)
        }
        _ = try change.keep(document: configurationBytes)
        _ = try change.keep(document: bytes)
        return ContentDescriptor(descriptor.mediaType ?? MediaType.manifest, digest, size: UInt64(bytes.count))
    }

    private func checked(_ bytes: [UInt8], _ what: String, _ layers: Int) throws(ImageError) -> CheckedConfiguration {
        let configuration = try CheckedConfiguration(bytes, what, limits: limits)
        guard configuration.layers.count == layers else {
            throw ImageError(
                .archive, "read", object, "\(what) names \(configuration.layers.count) layers, its manifest \(layers)")
        }
        guard ThisMachine.runs(configuration.platform) else {
            throw ImageError(
                .unsupported, "import", object,
                "it is for \(configuration.platform.text), and this machine is linux/\(ThisMachine.architecture)")
        }
        return configuration
    }

    // MARK: A folder of one manifest

    private mutating func importManifestFolder(_ folder: ManifestFolder, _ name: ImageReference?) throws(ImageError) {
        guard let name else { throw noName() }
        change.options.progress("importing \(name)")
        let inner = ImageImport(change, folder, object, box)
        add(name, try inner.importManifest(try inner.platformManifest(folder.manifest)))
    }

    // MARK: docker save

    private mutating func importDocker(_ bytes: [UInt8], _ name: ImageReference?) throws(ImageError) {
        let entries = try Documents.decode([DockerArchiveEntry].self, bytes, "manifest.json of \(object)")
        try checkCount(entries.count, name)
        for entry in entries {
            var references = name.map { [$0] } ?? []
            if name == nil {
                for tag in (entry.repositoryTags ?? []).prefix(limits.images) {
                    references.append(try ImageReference(tag))
                }
            }
            guard !references.isEmpty else { throw noName() }
            change.options.progress("importing \(references[0])")
            let manifest = try importDockerImage(entry)
            for reference in references { add(reference, manifest) }
        }
    }

    private mutating func importDockerImage(_ entry: DockerArchiveEntry) throws(ImageError) -> ContentDescriptor {
        guard let bytes = try source.document(entry.config, limits) else {
            throw ImageError(.archive, "read", object, "the configuration '\(entry.config.prefix(200))' is not in it")
        }
        // Docker names the configuration by its digest: DIGEST.json, or blobs/sha256/DIGEST.
        let last = entry.config.split(separator: "/").last ?? ""
        if let said = ImageDigest(hexadecimal: last.hasSuffix(".json") ? last.dropLast(5) : last),
            said != ImageDigest(of: bytes)
        {
            throw ImageError(
                .digest, "check", "the configuration of \(object)",
                "its bytes have the digest \(ImageDigest(of: bytes)), not \(said)")
        }
        let paths = entry.layers ?? []
        try CheckedConfiguration.checkCount(paths.count, "manifest.json of \(object)", limits)
        let configuration = try checked(bytes, "the configuration \(last)", paths.count)
        var layers: [ContentDescriptor] = []
        for (path, diffID) in zip(paths, configuration.layers) {
            if let known = taken[path], known.diffID == diffID {
                layers.append(known.descriptor)
                continue
            }
            guard let opened = try source.open(path) else {
                throw ImageError(.archive, "read", object, "the layer '\(path.prefix(200))' is not in it")
            }
            let layer = try intake.take(opened.stream, "the layer '\(path)'", digest: nil, diffID: diffID)
            taken[path] = layer
            layers.append(layer.descriptor)
        }
        let digest = try change.keep(document: bytes)
        let document = try Documents.encode(
            ManifestDocument(
                config: ContentDescriptor(MediaType.configuration, digest, size: UInt64(bytes.count)), layers: layers),
            "the manifest")
        return ContentDescriptor(MediaType.manifest, try change.keep(document: document), size: UInt64(document.count))
    }
}
