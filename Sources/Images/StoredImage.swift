// An image of the store, as a container needs it.

import SystemPackage

package struct StoredImage: Sendable, Hashable {
    /// With everything said: `docker.io/library/busybox:latest`.
    package let reference: String
    /// `sha256:…` of the manifest.
    package let manifestDigest: String
    /// `sha256:…` of the configuration, which is what docker calls the image's id.
    package let imageID: String
    /// The folders to lay over each other, lowest first. No folder is in it twice.
    package let layers: [FilePath]
    package let configuration: ImageConfiguration
    /// Bytes of configuration and layers, as they are stored.
    package let size: UInt64
    /// When it was made, as it says: RFC 3339.
    package let created: String?
}

/// What an import has brought.
package struct ImportedImages: Sendable, Hashable {
    package var images: [StoredImage]
    /// What was left out or changed, a line each.
    package var warnings: [String]
}

/// A removal, as it is told.
package struct RemovedImage: Sendable, Hashable {
    package var reference: String
    /// Layers that nobody else has and that are gone.
    package var layers: Int
    /// Layers that nobody else has, but that are left because a playground runs, whose containers may stand on them: the next import or
    /// removal takes them.
    package var layersInUse: Int
}

/// How an import is done.
package struct ImportOptions {
    /// Whose the files are; nil: this process's user.
    package var owner: FileOwner?
    package var limits = ImageLimits()
    /// Asked often; true ends the work with `.cancelled` and nothing left behind.
    package var isCancelled: () -> Bool = { false }
    /// What is being done, in a few words.
    package var progress: (String) -> Void = { _ in }

    package init() {}
}
