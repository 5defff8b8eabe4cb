// The store: an OCI image layout with its layers unpacked beside it.
//
//   oci-layout, index.json     as the OCI image specification has them; each manifest bears its whole reference
//   blobs/sha256/DIGEST        manifests, configurations, layers as they came
//   layers/DIFF-ID/            each layer unpacked, once, whoever has it: a lower folder for overlayfs
//   notes/DIFF-ID              what the layer says and the folder cannot hold (LayerNotes)
//   .staging.XXXXXX/           what is not yet whole; taken away by the next one who holds the lock
//
// Beside it, because whoever is root in a playground can lock what is in it:
//
//   STORE.lock                 held by whoever changes something
//   STORE.users                shared by all who stand on layers (StoreUse)
//
// Blobs and layers come by rename, and the index last, so that readers need no lock: whatever the index names is there.

import CLinux
import Glibc
import SystemPackage

package struct ImageStore: Sendable {
    package let path: FilePath
    static let layoutText = #"{"imageLayoutVersion":"1.0.0"}"#

    /// Touches nothing. A folder that is not there is an empty store.
    package init(path: FilePath) { self.path = path }

    var index: FilePath { path.appending("index.json") }
    var blobs: FilePath { path.appending("blobs").appending("sha256") }
    var layers: FilePath { path.appending("layers") }
    var notes: FilePath { path.appending("notes") }
    func note(_ digest: ImageDigest) -> FilePath { notes.appending(digest.hexadecimal) }
    var changeLock: String { path.string + ".lock" }
    var usersLock: String { path.string + ".users" }
    func blob(_ digest: ImageDigest) -> FilePath { blobs.appending(digest.hexadecimal) }
    func layer(_ digest: ImageDigest) -> FilePath { layers.appending(digest.hexadecimal) }

    // MARK: Reading

    /// The image of a name: `busybox`, `docker.io/library/busybox:latest`, `busybox@sha256:…`.
    /// - Throws: `.invalidReference`, `.notFound`, or `.damaged` when the store lacks a part of it.
    package func resolve(_ reference: String) throws(ImageError) -> StoredImage {
        let wanted = try ImageReference(reference)
        guard let entry = try entries().first(where: { Self.matches($0, wanted) }) else {
            throw ImageError(
                .notFound, "find image", "'\(wanted)'", "it is not in the image store at \(path)",
                hint:
                    "podlab image list shows what there is; podlab image import FILE and podlab image pull REFERENCE bring more"
            )
        }
        return try read(entry)
    }

    /// Every image, sorted by reference.
    package func all() throws(ImageError) -> [StoredImage] {
        var images: [StoredImage] = []
        for entry in try entries() { images.append(try read(entry)) }
        return images.sorted { $0.reference < $1.reference }
    }

    /// One line of the index.
    struct Entry {
        var reference: String
        var digest: ImageDigest
        var descriptor: ContentDescriptor
    }

    /// What the index says; empty when there is none.
    func entries() throws(ImageError) -> [Entry] {
        let limits = ImageLimits()
        let opened: (file: OpenFile, size: UInt64)
        do throws(ImageError) {
            opened = try OpenFile.reading(index)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return [] }
            throw error
        }
        let bytes = try FileStream(opened.file, count: opened.size).contents(
            limit: limits.document, object: index.string)
        let document = try inStore { () throws(ImageError) in
            try Documents.decode(IndexDocument.self, bytes, index.string)
        }
        var entries: [Entry] = []
        for descriptor in document.manifests {
            // Others may have put manifests here that no name leads to.
            guard let reference = descriptor.annotations?[Annotation.referenceName] else { continue }
            let digest = try inStore { () throws(ImageError) in try descriptor.checked(index.string).digest }
            entries.append(Entry(reference: reference, digest: digest, descriptor: descriptor))
        }
        return entries
    }

    static func matches(_ entry: Entry, _ wanted: ImageReference) -> Bool {
        guard let digest = wanted.digest else { return entry.reference == wanted.description }
        guard let own = try? ImageReference(entry.reference) else { return false }
        return own.name == wanted.name && (entry.digest == digest || own.digest == digest)
    }

    /// The documents of an image, each as its digest says.
    func documents(_ entry: Entry) throws(ImageError) -> (
        manifest: ManifestDocument, configuration: CheckedConfiguration, configurationDigest: ImageDigest
    ) {
        try inStore { () throws(ImageError) in
            let limits = ImageLimits()
            let manifest = try Documents.decode(
                ManifestDocument.self, try verified(entry.digest, limits), "the manifest \(entry.digest)")
            let digest = try manifest.config.checked("the manifest \(entry.digest)").digest
            let configuration = try CheckedConfiguration(
                try verified(digest, limits), "the configuration \(digest)", limits: limits)
            return (manifest, configuration, digest)
        }
    }

    private func read(_ entry: Entry) throws(ImageError) -> StoredImage {
        let (manifest, configuration, digest) = try documents(entry)
        var folders: [FilePath] = []
        // From the top: what a folder hides altogether, and a second layer of equal content, are not laid under it. Equal content
        // lower down shows nothing that the upper one does not show again, and overlayfs refuses to have a folder twice.
        for diffID in configuration.layers.reversed() {
            let folder = layer(diffID)
            guard !folders.contains(folder) else { continue }
            guard access(folder.string, F_OK) == 0 else {
                throw ImageError(
                    .damaged, "find image", "'\(entry.reference)'", "its layer \(folder) is not there",
                    hint: "bring it again: podlab image remove \(entry.reference), then podlab image import or pull")
            }
            folders.append(folder)
            if Self.isOpaque(folder) { break }
        }
        let blobs = [manifest.config] + manifest.layers
        return StoredImage(
            reference: entry.reference, manifestDigest: entry.digest.description, imageID: digest.description,
            layers: folders.reversed(), configuration: configuration.process,
            size: blobs.reduce(0) { $0 &+ UInt64(clamping: $1.size) }, created: configuration.created)
    }

    /// overlayfs does not ask the top of a layer whether it is opaque.
    static func isOpaque(_ folder: FilePath) -> Bool {
        var value: UInt8 = 0
        return iso_getxattr(folder.string, LayerUnpacker.opaqueAttribute, &value, 1) == 1 && value == UInt8(ascii: "y")
    }

    /// A document of the store whose bytes are those of its digest.
    private func verified(_ digest: ImageDigest, _ limits: ImageLimits) throws(ImageError) -> [UInt8] {
        let (file, size) = try OpenFile.reading(blob(digest))
        let bytes = try FileStream(file, count: size).contents(limit: limits.document, object: file.name)
        guard ImageDigest(of: bytes) == digest else {
            throw ImageError(.damaged, "read", file.name, "its content has another digest than its name")
        }
        return bytes
    }

    /// What is wrong with a document of the store is wrong with the store.
    private func inStore<Result>(_ body: () throws(ImageError) -> Result) throws(ImageError) -> Result {
        do throws(ImageError) {
            return try body()
        } catch {
            guard
                [.archive, .digest, .unsupported, .limit].contains(error.kind) || error.errno == .noSuchFileOrDirectory
            else {
                throw error
            }
            throw ImageError(
                .damaged, error.operation, error.object, error.meaning,
                hint:
                    "the image store at \(path) is damaged: move it away and bring the images again, or remove the image"
            )
        }
    }
}
