// Is there a root, is it whole, and is it the one that is wanted?

import Glibc

/// The state of a root.
package enum RootState: Hashable, Sendable {
    case ok(RootManifest)
    case missing(path: String)
    /// Something is there, but a part of it is not, or it has no manifest.
    case halfBuilt(path: String, reason: String)
    /// Built by another version of the recipe.
    case otherVersion(path: String, found: String, wanted: String)
    case otherOwner(path: String, found: RootOwner, wanted: RootOwner)
    /// Programs of this machine changed since; the root works all the same.
    case stale(RootManifest, changed: [String])

    /// The root can be used as it is.
    package var isUsable: Bool {
        switch self {
        case .ok, .stale: true
        default: false
        }
    }

    /// What is wrong and the command that mends it; nil when nothing is.
    package var problem: String? {
        switch self {
        case .ok: nil
        case .missing(let path): "there is no root file system at \(path); build it: podlab root build"
        case .halfBuilt(let path, let reason):
            "the root file system at \(path) is not whole (\(reason)); build it again: podlab root build"
        case .otherVersion(let path, let found, let wanted):
            "the root file system at \(path) is \(found), this podlab needs \(wanted); build it again: podlab root build"
        case .otherOwner(let path, let found, let wanted):
            "the root file system at \(path) belongs to \(found), and \(wanted) is needed; build it again: podlab root build"
        case .stale(_, let changed):
            "\(changed.count) programs or libraries of this machine changed since the root file system was built "
                + "(\(changed.prefix(3).joined(separator: ", "))\(changed.count > 3 ? ", …" : "")); "
                + "to take them over: podlab root build"
        }
    }
}

extension RootBuilder {
    /// The manifest of the root at `path`, or nil.
    package static func manifest(of path: String) -> RootManifest? {
        FileOperations.realPath(path).flatMap { RootManifest.read(path: StagedTree.parent($0) + "/manifest.json") }
    }

    /// Looks at a root without reading its files: a few milliseconds. `recipe` nil means any. `owner` nil means the
    /// effective user.
    package static func inspect(_ path: String, recipe: Recipe? = nil, owner: RootOwner? = nil) -> RootState {
        guard let facts = FileOperations.stat(path), facts.st_mode & S_IFMT == S_IFDIR else {
            let isDangling = FileOperations.stat(path, followLast: false) != nil
            return isDangling ? .halfBuilt(path: path, reason: "its folder is gone") : .missing(path: path)
        }
        guard let manifest = manifest(of: path) else {
            return .halfBuilt(path: path, reason: "it has no manifest that this podlab can read")
        }
        if let recipe,
            manifest.recipe != recipe.name || manifest.recipeDigest != recipe.textDigest.description
                || manifest.version != recipe.version
        {
            let isTextOnly = manifest.recipe == recipe.name && manifest.version == recipe.version
            return .otherVersion(
                path: path, found: "\(manifest.recipe) version \(manifest.version)",
                wanted: isTextOnly ? "the one of the changed recipe" : "\(recipe.name) version \(recipe.version)")
        }
        let (found, wanted) = (RootOwner(user: facts.st_uid, group: facts.st_gid), owner ?? .current)
        if found != wanted { return .otherOwner(path: path, found: found, wanted: wanted) }
        for entry in manifest.entries where entry.path != "/" {
            guard let facts = FileOperations.stat(path + entry.path, followLast: false) else {
                return .halfBuilt(path: path, reason: "\(entry.path) is gone")
            }
            if entry.type != .folder, Int(facts.st_size) != entry.size {
                return .halfBuilt(path: path, reason: "\(entry.path) is not as it was")
            }
        }
        let changed = manifest.inputs.filter { input in
            guard let facts = FileOperations.stat(input.path) else { return true }
            return UInt64(facts.st_size) != input.size || Int64(facts.st_mtim.tv_sec) != input.modified
        }
        return changed.isEmpty ? .ok(manifest) : .stale(manifest, changed: changed.map(\.path))
    }

    /// Removes a root and everything beside it that belongs to it. A leased root's files stay until the next build.
    package static func remove(_ path: String) throws(RootBuildError) {
        let place = try RootPlace(path)
        let lock = try BuildLock(place.lock) { () throws(RootBuildError) in }
        defer { withExtendedLifetime(lock) {} }
        unlink(place.path)
        place.removeLeftovers()
    }
}
