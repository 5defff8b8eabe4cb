// An image of the store, as a container needs it.

import CIsolation
import Glibc
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
    /// Layers that nobody else has, but that a container still stands on: the next import or removal takes them.
    package var layersInUse: Int
}

/// Layers in use. As long as this lives, no removal takes their folders away. See flock(2); a read-only mount will do.
package final class ImageLease: Sendable {
    private let folders: [OpenFolder]

    private final class OpenFolder: Sendable {
        let raw: Int32
        init(_ raw: Int32) { self.raw = raw }
        deinit { close(raw) }
    }

    /// Nil when a layer is gone, or is just being removed.
    init?(_ layers: [FilePath]) {
        var folders: [OpenFolder] = []
        for layer in layers {
            let raw = iso_openat(AT_FDCWD, layer.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
            guard raw >= 0 else { return nil }
            folders.append(OpenFolder(raw))
            var facts = stat()
            guard flock(raw, LOCK_SH | LOCK_NB) == 0, fstat(raw, &facts) == 0, facts.st_nlink > 0 else { return nil }
        }
        self.folders = folders
    }
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
