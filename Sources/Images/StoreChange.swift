// One change of the store: alone by a lock, beside the old state, then by renames. See flock(2), rename(2).

import CLinux
import Glibc
import SystemPackage

/// Held while the store is changed. What a dead one has left is taken away first; what this one leaves is taken away at its end.
final class StoreChange {
    let store: ImageStore
    let options: ImportOptions
    let owner: FileOwner
    private let lock: OpenFile
    private var stagingFolder: FilePath?
    private var staged = 0

    /// Makes the store where there is none, and waits for another podlab that changes it.
    init(_ store: ImageStore, _ options: ImportOptions) throws(ImageError) {
        self.store = store
        self.options = options
        owner = options.owner ?? .current
        try Self.makeFolders(store.path)
        let path = store.changeLock
        let raw = iso_openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o644)
        lock = try OpenFile(raw, name: path)
        var isWaiting = false
        let deadline = ContinuousClock.now + .seconds(3600)
        while flock(raw, LOCK_EX | LOCK_NB) != 0 {
            if ContinuousClock.now > deadline { errno = ETIMEDOUT }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .last("lock", path) }
            if !isWaiting { options.progress("waiting for another podlab that changes the image store") }
            isWaiting = true
            if options.isCancelled() { throw Self.cancelled(store) }
            poll(nil, 0, 50)
        }
        try prepare()
    }

    deinit { if let stagingFolder { try? removeTree(stagingFolder) } }

    static func cancelled(_ store: ImageStore) -> ImageError {
        ImageError(.cancelled, "change", store.path.string, "interrupted; nothing was changed")
    }

    func checkCancelled() throws(ImageError) { if options.isCancelled() { throw Self.cancelled(store) } }

    // MARK: Folders

    static func makeFolders(_ path: FilePath) throws(ImageError) {
        var made = FilePath(root: path.root, path.components.prefix(0))
        for component in path.components {
            made.append(component)
            guard mkdir(made.string, 0o755) == 0 || errno == EEXIST || access(made.string, F_OK) == 0 else {
                throw .last("mkdir", made.string)
            }
        }
    }

    private func prepare() throws(ImageError) {
        try own(store.path, mode: 0o755)
        for (folder, mode) in [
            (store.path.appending("blobs"), 0o755), (store.blobs, 0o755), (store.layers, 0o700), (store.notes, 0o755),
        ] as [(FilePath, mode_t)] {
            guard mkdir(folder.string, mode) == 0 || errno == EEXIST else { throw .last("mkdir", folder.string) }
            // Images may hold files that everyone may write: nobody else comes to them.
            try own(folder, mode: mode)
        }
        let folder = try OpenFile.folder(store.path)
        for name in try folder.names() {
            if name.starts(with: ".staging.".utf8) { try removeTree(name, in: folder.raw) }
            if name.starts(with: FetchFolder.prefix.utf8) { try FetchFolder.removeIfDead(name, in: folder) }
        }
        // Only now, because it takes a staging folder of its own.
        let layout = store.path.appending("oci-layout")
        if access(layout.string, F_OK) != 0 { try write(Array(ImageStore.layoutText.utf8), to: layout) }
    }

    /// Gives a file or folder to the owner, if it is not the owner's already.
    private func own(_ path: FilePath, mode: mode_t) throws(ImageError) {
        var facts = stat()
        guard lstat(path.string, &facts) == 0 else { throw .last("stat", path.string) }
        if facts.st_uid != owner.user || facts.st_gid != owner.group {
            guard lchown(path.string, owner.user, owner.group) == 0 else { throw .last("chown", path.string) }
        }
        if facts.st_mode & 0o7777 != mode, chmod(path.string, mode) != 0 { throw .last("chmod", path.string) }
    }

    /// A path for something that is not yet whole.
    func stagingPath() throws(ImageError) -> FilePath {
        staged += 1
        if let stagingFolder { return stagingFolder.appending("\(staged)") }
        var template = Array(store.path.appending(".staging.XXXXXX").string.utf8CString)
        let made: String? = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { throw .last("mkdtemp", store.path.string) }
        stagingFolder = FilePath(made)
        return FilePath(made).appending("\(staged)")
    }

    func createStaged() throws(ImageError) -> (file: OpenFile, path: FilePath) {
        let path = try stagingPath()
        let raw = iso_openat(AT_FDCWD, path.string, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        return (try OpenFile(raw, "create", name: path.string), path)
    }

    // MARK: Blobs and layers

    func has(blob digest: ImageDigest) -> Bool { access(store.blob(digest).string, F_OK) == 0 }

    /// Whether a layer is there with its notes, and belongs to who is root in this user's playgrounds now.
    func has(layer digest: ImageDigest) -> Bool {
        var facts = stat()
        return access(store.note(digest).string, F_OK) == 0 && lstat(store.layer(digest).string, &facts) == 0
            && facts.st_uid == owner.user
            && facts.st_gid == owner.group
    }

    /// Who has a folder; nil when it is not there.
    static func owner(of folder: FilePath) -> UInt32? {
        var facts = stat()
        return lstat(folder.string, &facts) == 0 ? facts.st_uid : nil
    }

    /// A staged file becomes a blob.
    func keep(blob digest: ImageDigest, _ path: FilePath) throws(ImageError) {
        try own(path, mode: 0o644)
        try move(path, store.blob(digest))
    }

    func keep(document bytes: [UInt8]) throws(ImageError) -> ImageDigest {
        let digest = ImageDigest(of: bytes)
        if !has(blob: digest) {
            let (file, path) = try createStaged()
            try file.write(bytes)
            try keep(blob: digest, path)
        }
        return digest
    }

    /// A staged folder becomes a layer. One that is there already belongs to another owner: it makes room.
    func keep(layer digest: ImageDigest, _ path: FilePath, _ notes: LayerNotes) throws(ImageError) {
        let (file, staged) = try createStaged()
        try file.write(notes.bytes)
        try own(staged, mode: 0o644)
        try move(staged, store.note(digest))
        let place = store.layer(digest)
        if access(place.string, F_OK) == 0 { try move(place, try stagingPath()) }
        try move(path, place)
    }

    private func move(_ from: FilePath, _ to: FilePath) throws(ImageError) {
        guard rename(from.string, to.string) == 0 else { throw .last("rename", "\(from) to \(to)") }
    }

    // MARK: The index

    /// From here on the images have these names; other images that had them have none.
    func name(_ images: [(reference: String, manifest: ContentDescriptor)]) throws(ImageError) {
        var entries = try store.entries()
        for image in images {
            entries.removeAll { $0.reference == image.reference }
            guard let digest = ImageDigest(image.manifest.digest) else { continue }
            entries.append(ImageStore.Entry(reference: image.reference, digest: digest, descriptor: image.manifest))
        }
        try write(entries)
    }

    func write(_ entries: [ImageStore.Entry]) throws(ImageError) {
        let document = IndexDocument(
            manifests: entries.sorted { $0.reference < $1.reference }.map { entry in
                var descriptor = ContentDescriptor(
                    entry.descriptor.mediaType ?? MediaType.manifest, entry.digest,
                    size: UInt64(clamping: entry.descriptor.size))
                descriptor.annotations = [Annotation.referenceName: entry.reference]
                return descriptor
            })
        let bytes = try Documents.encode(document, store.index.string)
        guard bytes.count <= ImageLimits().document else {
            throw ImageError(.limit, "write", store.index.string, "the store has too many images")
        }
        try write(bytes, to: store.index)
    }

    /// Whole or not at all, and on the disk before the name leads to it.
    private func write(_ bytes: [UInt8], to path: FilePath) throws(ImageError) {
        let (file, staged) = try createStaged()
        try file.write(bytes)
        guard fsync(file.raw) == 0 else { throw .last("fsync", path.string) }
        try own(staged, mode: 0o644)
        try move(staged, path)
    }

    // MARK: What nobody names

    /// Takes away blobs and layers that no image of the index has.
    /// - Returns: how many layers are gone, and how many are left because a playground runs, whose containers may stand on them.
    @discardableResult
    func collectGarbage() throws(ImageError) -> (removed: Int, inUse: Int) {
        var usedBlobs: Set<String> = []
        var usedLayers: Set<String> = []
        for entry in try store.entries() {
            usedBlobs.insert(entry.digest.hexadecimal)
            // An image that cannot be read keeps nothing: its layers could not be used either.
            guard let (manifest, configuration, digest) = try? store.documents(entry) else { continue }
            usedBlobs.insert(digest.hexadecimal)
            usedBlobs.formUnion(manifest.layers.compactMap { ImageDigest($0.digest)?.hexadecimal })
            usedLayers.formUnion(configuration.layers.map(\.hexadecimal))
        }
        let blobs = try OpenFile.folder(store.blobs)
        for name in try blobs.names() where !usedBlobs.contains(String(decoding: name, as: UTF8.self)) {
            try removeTree(name, in: blobs.raw)
        }
        let layers = try OpenFile.folder(store.layers)
        let unused = try layers.names().filter {
            !usedLayers.contains(String(decoding: $0, as: UTF8.self))
        }
        guard !unused.isEmpty else { return (0, 0) }
        // Nobody begins to use them until they are out of the way.
        guard let alone = try StoreUse.alone(store) else { return (0, unused.count) }
        let staged = try stagingPath()
        guard mkdir(staged.string, 0o700) == 0 else { throw .last("mkdir", staged.string) }
        for name in unused {
            let there = staged.appending(String(decoding: name, as: UTF8.self)).string
            guard renameat(layers.raw, cPath(name), AT_FDCWD, there) == 0 else { throw .last("rename", there) }
        }
        withExtendedLifetime(alone) {}
        try removeTree(staged)
        let notes = try OpenFile.folder(store.notes)
        for name in try notes.names() where !usedLayers.contains(String(decoding: name, as: UTF8.self)) {
            try removeTree(name, in: notes.raw)
        }
        return (unused.count, 0)
    }
}

extension OpenFile {
    static func folder(_ path: FilePath) throws(ImageError) -> OpenFile {
        let raw = iso_openat(AT_FDCWD, path.string, O_RDONLY | O_DIRECTORY, 0)
        return try OpenFile(raw, name: path.string)
    }
}
