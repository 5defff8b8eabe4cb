// Is a root still as its build has left it? Asked before each playground, and answered by a few dozen looks.

import Glibc

/// A text about a root that any change of it changes, as far as changes come about by adding, removing, renaming or replacing files, or by
/// giving folders another owner or mode. A build writes it down beside the root; a root is as it was when the text that is made of it now
/// is the same.
///
/// A folder's modification time is the build's own (`RootFinish.fixedTime`) until an entry of it comes, goes or is renamed, and whoever
/// puts that back changes the time of change (`st_ctime`), which nobody can set. Content that is written into a file where it is changes
/// neither: that is for `inspect`, which also says what is the matter where the texts differ. A root that was copied or restored has
/// other times, and is looked at in that way too.
enum RootStamp {
    static let schema = "podlab.root-stamp/v1"
    static let name = "stamp"
    private static let manifest = "manifest.json"
    /// Bytes. A root has a few dozen folders.
    private static let largest = 1 << 20

    /// - Parameters:
    ///   - build: the folder of one build, with `root` and `manifest.json`.
    ///   - folders: the root's folders, `/` first.
    /// - Returns: nil when a part is not there, or cannot be named in a line.
    static func text(
        of build: String, recipe: ContentDigest, owner: RootOwner, folders: some Sequence<Substring>
    ) -> String? {
        var text = "\(schema)\nrecipe \(recipe)\nowner \(owner)\n"
        guard let facts = FileOperations.stat("\(build)/\(manifest)", followLast: false) else { return nil }
        text += "\(facts.st_size) \(times(facts)) \(manifest)\n"
        for folder in folders {
            guard !folder.utf8.contains(UInt8(ascii: "\n")),
                let facts = FileOperations.stat("\(build)/root\(folder)", followLast: false),
                facts.st_mode & S_IFMT == S_IFDIR,
                folder != "/" || (facts.st_uid, facts.st_gid) == (owner.user, owner.group)
            else { return nil }
            text += "\(times(facts)) \(folder)\n"
        }
        return text
    }

    /// Whether a build's text, made anew, is the one that was written down.
    static func holds(for build: String, recipe: ContentDigest, owner: RootOwner) -> Bool {
        guard let written = FileOperations.text("\(build)/\(name)", limit: largest) else { return false }
        let lines = written.split(separator: "\n").dropFirst(4)
        let folders = lines.compactMap { line in line.firstIndex(of: "/").map { line[$0...] } }
        return written == text(of: build, recipe: recipe, owner: owner, folders: folders)
    }

    /// Writes it down. Without one a root is as good, and each look at it takes longer, so errors are passed over.
    static func write(_ manifest: RootManifest, recipe: ContentDigest, in build: String) {
        let folders = manifest.entries.filter { $0.type == .folder }.map { Substring($0.path) }
        let owner = RootOwner(user: manifest.owner, group: manifest.group)
        unlink("\(build)/\(name)")
        awaitLaterTimes()
        guard let text = text(of: build, recipe: recipe, owner: owner, folders: folders) else { return }
        guard (try? FileOperations.write(text.utf8, to: "\(build)/\(name)")) != nil else { return }
        chmod("\(build)/\(name)", 0o644)
    }

    /// Returns when whatever is changed from now on gets a later time than what was changed before: the kernel's clock of files goes in
    /// ticks of a few milliseconds, and what comes about in one tick has one time.
    private static func awaitLaterTimes() {
        func now() -> Int {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME_COARSE, &time)
            return time.tv_sec * 1_000_000_000 + time.tv_nsec
        }
        let before = now()
        for _ in 0..<100 where now() == before { poll(nil, 0, 1) }
    }

    /// Of modification and of change, in nanoseconds since 1970.
    private static func times(_ facts: stat) -> String {
        "\(facts.st_mtim.tv_sec * 1_000_000_000 + facts.st_mtim.tv_nsec) "
            + "\(facts.st_ctim.tv_sec * 1_000_000_000 + facts.st_ctim.tv_nsec)"
    }
}

extension RootBuilder {
    /// Whether the root at `path` is there and as its build has left it, which was by this text of a recipe and for this owner. False:
    /// `inspect` says what is the matter, or that nothing is.
    package static func isAsBuilt(_ path: String, recipe: ContentDigest, owner: RootOwner) -> Bool {
        FileOperations.realPath(path).map {
            RootStamp.holds(for: StagedTree.parent($0), recipe: recipe, owner: owner)
        } ?? false
    }

    /// `inspect` for whoever is about to leave a root as it is: one that is up to date, and of which `isAsBuilt` says nothing because it
    /// was copied or an earlier podlab has built it, is known to it from now on.
    package static func confirm(_ path: String, recipe: Recipe, owner: RootOwner) -> RootManifest? {
        guard case .ok(let manifest) = inspect(path, recipe: recipe, owner: owner) else { return nil }
        if !isAsBuilt(path, recipe: recipe.textDigest, owner: owner), let real = FileOperations.realPath(path) {
            RootStamp.write(manifest, recipe: recipe.textDigest, in: StagedTree.parent(real))
        }
        return manifest
    }
}
