// Building a root: beside the old one, then swapped in by one rename.
//
// For a root at DIR/course there are
//   DIR/course               a symbolic link to .course.XXXXXX/root
//   DIR/.course.XXXXXX/      one build: root/, manifest.json and stamp
//   DIR/.course.lock         held by whoever builds
// A rename of a link over a link is atomic: whoever is killed, the name leads to a whole root with its own manifest.

import FoundationEssentials
import Glibc
import SystemPackage

/// How far a build is.
package struct RootBuildProgress: Hashable, Sendable {
    /// What is being done, in a few words.
    package let step: String
    package let done: Int
    package let total: Int
}

/// Who owns the files of a root.
package struct RootOwner: Hashable, Sendable, CustomStringConvertible {
    package var user: UInt32
    package var group: UInt32
    package init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }
    /// The effective user and group of this process.
    package static var current: RootOwner { RootOwner(user: geteuid(), group: getegid()) }
    package var description: String { "\(user):\(group)" }
}

package enum RootBuilder {
    /// Builds `recipe` at `path` and returns what went in. An old root stays in place until the new one is whole; it
    /// stays on disk as long as someone holds a `RootLease` on it. On failure or cancellation nothing is left behind.
    ///
    /// `owner` nil means the effective user; another owner needs root. `ownFolders` is where the programs are that are built with
    /// podlab. `isCancelled` is asked between files.
    @discardableResult
    package static func build(
        recipe: Recipe, into path: String, owner: RootOwner? = nil, ownFolders: [String] = [],
        isCancelled: @escaping () -> Bool = { false },
        progress: @escaping (RootBuildProgress) -> Void = { _ in }
    ) throws(RootBuildError) -> RootManifest {
        let place = try RootPlace(path)
        let check = { (step: String, done: Int, total: Int) throws(RootBuildError) in
            if isCancelled() { throw .cancelled }
            progress(RootBuildProgress(step: step, done: done, total: total))
        }
        let lock = try BuildLock(place.lock) { () throws(RootBuildError) in
            try check("waiting for another build of this root", 0, 1)
        }
        defer { withExtendedLifetime(lock) {} }
        place.removeLeftovers()
        let work = try place.makeWorkFolder()
        do {
            let manifest = try fill(work, recipe, owner ?? .current, ownFolders, check)
            try place.activate(work)
            return manifest
        } catch {
            FileOperations.removeTree(work)
            // A helper program ended by the same Ctrl-C that cancelled the build is no failure of its own.
            throw isCancelled() ? .cancelled : error
        }
    }

    private static func fill(
        _ work: String, _ recipe: Recipe, _ owner: RootOwner, _ ownFolders: [String],
        _ check: @escaping (String, Int, Int) throws(RootBuildError) -> Void
    ) throws(RootBuildError) -> RootManifest {
        let tree = try StagedTree(base: work + "/root", links: recipe.kind == .machine ? recipe.links : [])
        var omitted: [RootOmission] = []
        switch recipe.kind {
        case .machine:
            var source = MachineSource(recipe: recipe, check: check)
            try source.fill(tree)
            omitted = source.omitted
        case .packages:
            try PackageSource(recipe: recipe, check: check).fill(tree, work: work)
        }
        for name in recipe.ownPrograms {
            let places: [String] = ownFolders.map { "\($0)/\(name)" }
            guard let found = places.first(where: { access($0, X_OK) == 0 }) else {
                throw .missingTools([
                    MissingTool(name: name, package: "podlab", labs: [], reason: "it is built with podlab: make build")
                ])
            }
            try tree.addFile("\(Recipe.ownFolder)/\(name)", from: found, package: "podlab")
        }
        try tree.addRecipeParts(recipe)
        try check("setting owners and times", 0, 1)
        var finish = RootFinish(tree: tree, owner: owner.user, group: owner.group)
        try finish.run()
        let manifest = RootManifest(
            schema: RootManifest.currentSchema, recipe: recipe.name, version: recipe.version,
            recipeDigest: recipe.textDigest.description, owner: owner.user, group: owner.group,
            digest: RootManifest.digest(of: finish.entries), size: finish.size, entries: finish.entries,
            inputs: tree.inputs.values.sorted { $0.path < $1.path },
            omitted: omitted.sorted { ($0.name, $0.package) < ($1.name, $1.package) })
        guard let text = try? manifest.encoded() else { throw .recipe("the manifest cannot be written as JSON") }
        try FileOperations.write(text, to: work + "/manifest.json")
        chmod(work + "/manifest.json", 0o644)
        RootStamp.write(manifest, recipe: recipe.textDigest, in: work)
        try check("done", 1, 1)
        return manifest
    }
}

/// The names beside a root.
struct RootPlace {
    let path: String
    let folder: String
    let name: String
    var lock: String { "\(folder)/.\(name).lock" }

    init(_ path: String) throws(RootBuildError) {
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        let clean = StagedTree.cleaned(absolute)
        folder = StagedTree.parent(clean)
        name = String(clean.dropFirst(folder.count + 1))
        self.path = clean
        guard !name.isEmpty else { throw .recipe("\(path) is no place for a root") }
        try FileOperations.makeFolders(folder)
        if let facts = FileOperations.stat(clean, followLast: false), facts.st_mode & S_IFMT != S_IFLNK {
            throw .recipe("\(clean) is there already and was not made by podlab; move it away")
        }
    }

    /// Folders of builds that were killed, and of roots that were in use when they were replaced. Call with the lock.
    func removeLeftovers() {
        let current = FileOperations.linkText(path)?.split(separator: "/").first.map(String.init)
        for entry in (try? FileOperations.names(in: folder)) ?? []
        where entry.hasPrefix(".\(name).") && entry != ".\(name).lock" && entry != current {
            RootLease.removeUnlessLeased("\(folder)/\(entry)")
        }
    }

    func makeWorkFolder() throws(RootBuildError) -> String {
        var template = Array("\(folder)/.\(name).XXXXXX".utf8CString)
        let made: String? = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { throw FileOperations.failure("mkdtemp", folder) }
        // The root's owner must be able to pass through.
        chmod(made, 0o755)
        return made
    }

    func activate(_ work: String) throws(RootBuildError) {
        let link = "\(folder)/.\(name).link"
        unlink(link)
        try FileOperations.makeLink(link, to: String(work.dropFirst(folder.count + 1)) + "/root")
        if rename(link, path) != 0 {
            let failure = FileOperations.failure("rename", path)
            unlink(link)
            throw failure
        }
        removeLeftovers()
    }
}
