// Removal: the name goes, and with it what no other image has.

extension ImageStore {
    /// - Throws: `.notFound` when there is no such image.
    @discardableResult
    package func remove(
        _ reference: String, options: ImportOptions = ImportOptions()
    ) throws(ImageError) -> RemovedImage {
        let wanted = try ImageReference(reference)
        func missing() -> ImageError {
            ImageError(
                .notFound, "remove image", "'\(wanted)'", "it is not in the image store at \(path)",
                hint: "podlab image list shows what there is")
        }
        // A store that is not there need not be made to say so.
        guard try entries().contains(where: { Self.matches($0, wanted) }) else { throw missing() }
        let change = try StoreChange(self, options)
        let entries = try entries()
        let left = entries.filter { !Self.matches($0, wanted) }
        guard left.count < entries.count else { throw missing() }
        let removed = entries.filter { Self.matches($0, wanted) }.map(\.reference)
        try change.write(left)
        let garbage = try change.collectGarbage()
        return RemovedImage(
            reference: removed.joined(separator: ", "), layers: garbage.removed, layersInUse: garbage.inUse)
    }
}
