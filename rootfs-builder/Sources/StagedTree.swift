// The tree while it grows: where a path really goes, what is there already, and where it came from.

import Glibc

/// Where an entry came from.
struct Provenance {
    var source: String?
    var package: String?
    var digest: ContentDigest?
    /// Permission bits to be given at the end.
    var mode: UInt32?
}

/// A root being filled. Paths are absolute inside it.
final class StagedTree {
    /// The folder on this machine.
    let base: String
    private(set) var provenance: [String: Provenance] = [:]
    private(set) var inputs: [String: RootInput] = [:]
    private var folders: Set<String> = []
    /// `/bin` to `/usr/bin` and so on, as the recipe's links say.
    private let merged: [(from: String, to: String)]

    init(base: String, links: [RecipeLink]) throws(RootBuildError) {
        self.base = base
        merged = links.map { link in
            (link.path, link.target.hasPrefix("/") ? link.target : Self.parent(link.path) + "/" + link.target)
        }.map { ($0.0, Self.cleaned($0.1)) }
        try FileOperations.makeFolder(base)
        folders.insert("/")
        provenance["/"] = Provenance(mode: 0o755)
    }

    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "" }
        return String(path[..<slash])
    }

    /// Without `//`, `.` and `..`.
    static func cleaned(_ path: String) -> String {
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }

    /// The same place without the recipe's own links on the way: `/bin/ls` is `/usr/bin/ls`.
    func place(_ path: String) -> String {
        var path = Self.cleaned(path)
        for _ in 0..<8 {
            guard let rule = merged.first(where: { path.hasPrefix($0.from + "/") }) else { break }
            path = Self.cleaned(rule.to + path.dropFirst(rule.from.count))
        }
        return path
    }

    func contains(_ path: String) -> Bool { provenance[place(path)] != nil }

    /// Makes a folder and those above it.
    func addFolder(_ path: String, mode: UInt32? = nil) throws(RootBuildError) {
        let path = place(path)
        if path != "/", folders.insert(path).inserted {
            try addFolder(Self.parent(path).isEmpty ? "/" : Self.parent(path))
            try FileOperations.makeFolder(base + path)
        }
        if provenance[path] == nil { provenance[path] = Provenance(mode: 0o755) }
        if let mode { provenance[path]?.mode = mode }
    }

    /// Copies a file of this machine, links followed. The first to claim a place has it.
    func addFile(_ path: String, from source: String, package: String?) throws(RootBuildError) {
        let path = place(path)
        if provenance[path] != nil { return }
        try addFolder(Self.parent(path))
        guard let facts = FileOperations.stat(source) else { throw FileOperations.failure("stat", source) }
        let (digest, size) = try FileOperations.copy(source, to: base + path)
        let isExecutable = facts.st_mode & 0o111 != 0
        provenance[path] = Provenance(
            source: source, package: package, digest: digest, mode: isExecutable ? 0o755 : 0o644)
        inputs[source] = RootInput(path: source, size: UInt64(size), modified: Int64(facts.st_mtim.tv_sec))
    }

    /// Writes what the recipe says; it replaces what was copied.
    func addText(_ file: RecipeFile) throws(RootBuildError) {
        let path = place(file.path)
        try addFolder(Self.parent(path))
        unlink(base + path)
        try FileOperations.write(file.content.utf8, to: base + path)
        provenance[path] = Provenance(mode: file.mode)
    }

    func addLink(_ path: String, to target: String, package: String? = nil) throws(RootBuildError) {
        let path = place(path)
        if provenance[path] != nil || FileOperations.stat(base + path, followLast: false) != nil { return }
        try addFolder(Self.parent(path))
        try FileOperations.makeLink(base + path, to: target)
        provenance[path] = Provenance(package: package)
    }

    /// What the recipe itself says, for every kind of recipe.
    func addRecipeParts(_ recipe: Recipe) throws(RootBuildError) {
        for folder in recipe.folders { try addFolder(folder.path, mode: folder.mode) }
        for file in recipe.files { try addText(file) }
        for link in recipe.links { try addLink(link.path, to: link.target) }
    }
}
