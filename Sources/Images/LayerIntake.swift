// A layer comes in: in one pass its bytes are kept as a blob, unpacked from gzip or zstd, digested before and after, and laid out as a folder.

import CLinux
import Glibc
import SystemPackage

/// What a layer turned out to be.
struct TakenLayer {
    var descriptor: ContentDescriptor
    var diffID: ImageDigest
}

final class LayerIntake {
    private let change: StoreChange
    private let budget: UnpackBudget
    private let warn: (_ what: String, _ entry: String) -> Void

    /// One for each import, whose layers share its limits.
    init(_ change: StoreChange, warn: @escaping (_ what: String, _ entry: String) -> Void) {
        self.change = change
        self.warn = warn
        budget = UnpackBudget(change.options.limits)
    }

    /// - Parameters:
    ///   - source: the blob's bytes.
    ///   - object: the layer, for messages.
    ///   - digest: what the blob's must be; nil where it has no name by digest.
    ///   - diffID: what the digest of the unpacked archive must be; nil where nobody has said it.
    func take(
        _ source: any ByteStream, _ object: String, digest: ImageDigest?, diffID: ImageDigest?
    ) throws(ImageError) -> TakenLayer {
        let change = change
        let (file, path) = try change.createStaged()
        let blob = DigestingStream(source, copy: file) { (_) throws(ImageError) in try change.checkCancelled() }
        let peeked = try PeekedStream(blob, count: 4)
        let limits = change.options.limits
        let (content, type): (any ByteStream, String) =
            if peeked.first.starts(with: GzipStream.magic) {
                (try GzipStream(peeked, object: object, limits: limits), MediaType.layerGzip)
            } else if peeked.first == ZstdStream.magic {
                (try ZstdStream(peeked, object: object, limits: limits), MediaType.layerZstd)
            } else {
                (peeked, MediaType.layer)
            }
        let budget = budget
        var counted: UInt64 = 0
        let archive = DigestingStream(content) { (count) throws(ImageError) in
            try budget.spend(count - counted, object)
            counted = count
        }
        let unpacked = try unpack(archive, object, isThere: diffID.map(change.has(layer:)) ?? false)
        // What follows the archive's end belongs to the digests too.
        try archive.drain()
        try blob.drain()
        let (foundBlob, foundContent) = (blob.digest(), archive.digest())
        try Self.check(foundBlob, digest, object, "its bytes have")
        try Self.check(foundContent, diffID, object, "unpacked, it has")
        if !change.has(blob: foundBlob) { try change.keep(blob: foundBlob, path) }
        if let unpacked, !change.has(layer: foundContent) {
            try change.keep(layer: foundContent, unpacked.folder, unpacked.notes)
        }
        return TakenLayer(
            descriptor: ContentDescriptor(type, foundBlob, size: blob.count),
            diffID: foundContent)
    }

    private func unpack(_ archive: DigestingStream, _ object: String, isThere: Bool) throws(ImageError) -> (
        folder: FilePath, notes: LayerNotes
    )? {
        if isThere { return nil }
        let folder = try change.stagingPath()
        guard mkdir(folder.string, 0o700) == 0 else { throw .last("mkdir", folder.string) }
        let unpacker = try LayerUnpacker(into: folder, owner: change.owner, object: object, budget: budget, warn: warn)
        try unpacker.unpack(TarReader(archive, object: object, limits: change.options.limits))
        return (folder, unpacker.notes)
    }

    private static func check(
        _ found: ImageDigest, _ wanted: ImageDigest?, _ object: String, _ words: String
    ) throws(ImageError) {
        guard let wanted, wanted != found else { return }
        throw ImageError(
            .digest, "check", object, "\(words) the digest \(found), not \(wanted): it is damaged, or not what it says")
    }
}
