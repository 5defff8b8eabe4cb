// An image from a folder: its one layer goes the way of every other one, so what podlab made itself is no special case.

import SystemPackage

extension ImageStore {
    /// Makes an image of a root file system and gives it a name; another image that had the name has none any more.
    ///
    /// Equal folders and configurations give equal digests.
    package func add(
        root: FilePath, reference: String, configuration: ImageConfiguration, options: ImportOptions = ImportOptions()
    ) throws(ImageError) -> StoredImage {
        let name = try ImageReference(reference)
        let added = try changed(options) { (change) throws(ImageError) in
            change.options.progress("adding \(name)")
            let intake = LayerIntake(change) { _, _ in }
            let layer = try intake.take(try TarWriter(root), root.string, digest: nil, diffID: nil)
            let document = ConfigurationDocument(
                // Its parts have this time too; what has none is shown as made at the year 1.
                created: "2020-01-01T00:00:00Z", architecture: ThisMachine.architecture, os: "linux",
                config: ConfigurationDocument.Process(configuration),
                rootfs: ConfigurationDocument.RootFileSystem(diffIDs: [layer.diffID.description]))
            let bytes = try Documents.encode(document, "the configuration of \(name)")
            let digest = try change.keep(document: bytes)
            let manifest = try Documents.encode(
                ManifestDocument(
                    config: ContentDescriptor(MediaType.configuration, digest, size: UInt64(bytes.count)),
                    layers: [layer.descriptor]), "the manifest of \(name)")
            let descriptor = ContentDescriptor(
                MediaType.manifest, try change.keep(document: manifest), size: UInt64(manifest.count))
            try change.name([(name.description, descriptor)])
            return ([name.description], [])
        }
        guard let image = added.images.first else {
            throw ImageError(.damaged, "add", name.description, "it is not in the store after it was added")
        }
        return image
    }

    /// Whether the files of an image belong to this owner, as playgrounds of this user need it.
    package func belongs(_ image: StoredImage, to owner: FileOwner) -> Bool {
        image.layers.allSatisfy { StoreChange.owner(of: $0) == owner.user }
    }
}

extension ConfigurationDocument.Process {
    init(_ configuration: ImageConfiguration) {
        user = configuration.user
        exposedPorts =
            configuration.exposedPorts.isEmpty
            ? nil
            : Dictionary(configuration.exposedPorts.map { ($0, ConfigurationDocument.Nothing()) }) { first, _ in first }
        environment = configuration.environment.isEmpty ? nil : configuration.environment
        entryPoint = configuration.entryPoint.isEmpty ? nil : configuration.entryPoint
        command = configuration.command.isEmpty ? nil : configuration.command
        workingDirectory = configuration.workingDirectory
        labels = configuration.labels.isEmpty ? nil : configuration.labels
        stopSignal = configuration.stopSignal
    }
}
