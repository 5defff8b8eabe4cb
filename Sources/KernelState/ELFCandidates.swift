// The files that a search for libraries meets, each opened once, none of them trusted.

import SystemPackage

/// What several walks in one root have in common.
final class SeenFiles {
    private var candidates: [FilePath: Candidate] = [:]
    private var defaults: [String: LoaderDefaults] = [:]
    private var cache: LoaderCache?
    private var hasReadCache = false
    /// How many paths may still be tried. Each library is looked for in each folder, and both are named by files that others have made.
    private var tries = mostTries
    static let mostTries = 20_000
    /// And how many bytes may be kept of names.
    private var bytes = 4 << 20

    func open(_ path: FilePath, _ root: borrowing RootDirectory) -> Candidate {
        if let known = candidates[path] { return known }
        guard tries > 0, bytes > 0 else { return .beyondBudget }
        tries -= 1
        let candidate = Candidate(path, root)
        bytes -= path.length + (candidate.elf?.bytesOfNames ?? 0)
        candidates[path] = candidate
        return candidate
    }

    /// Whether there is nothing left to look with.
    var isExhausted: Bool { tries <= 0 || bytes <= 0 }

    func loaderCache(_ root: borrowing RootDirectory) -> LoaderCache? {
        if !hasReadCache, let bytes = try? root.contents(of: "/etc/ld.so.cache", limit: 16 << 20) {
            cache = LoaderCache(parsing: bytes)
        }
        hasReadCache = true
        return cache
    }

    func defaults(of loader: String, _ kind: ELFKind, _ root: borrowing RootDirectory) -> LoaderDefaults? {
        if let known = defaults[loader] { return known }
        guard let (file, _) = try? root.openRegular(FilePath(loader)) else { return nil }
        let found = LoaderDefaults.read(loader: FileByteSource(file: file), named: loader, kind: kind)
        defaults[loader] = found
        return found
    }
}

/// A file that might be an object, looked at without trusting it.
struct Candidate {
    var state: FileState?
    var elf: ELFFile?
    /// The path on a `#!` line.
    var script: FilePath?
    var obstacle: String?
    var outwardLink: FollowedLink?

    /// What was not looked at any more.
    static let beyondBudget = Candidate(obstacle: "more libraries and folders than podlab looks through")

    private init(obstacle: String) { self.obstacle = obstacle }

    /// A relative path would depend on the process's working directory, which is not known here: it is taken from the
    /// root.
    init(_ path: FilePath, _ root: borrowing RootDirectory) {
        switch root.look(at: path) {
        case .missing(_, let links):
            outwardLink = links.last(where: \.pointsOutside)
            return
        case .found(let found) where found.kind != .regular:
            obstacle = "\(path) is a \(found.kind.rawValue)"
            return
        case .found: break
        }
        guard let (file, found) = try? root.openRegular(path) else {
            obstacle = "\(path) cannot be read"
            return
        }
        state = found
        let source = FileByteSource(file: file)
        do {
            elf = try ELFFile(source)
        } catch {
            switch error {
            case .notELF:
                script = Self.scriptInterpreter(source)
                obstacle = "\(path) is not an ELF file"
            case .malformed(let what):
                obstacle = "\(path) is a damaged ELF file (\(what))"
            }
        }
    }

    /// See execve(2), "Interpreter scripts".
    private static func scriptInterpreter(_ source: FileByteSource) -> FilePath? {
        let bytes = source.bytes(at: 0, count: 256)
        guard bytes.starts(with: "#!".utf8), let line = bytes[2...].lines.first, let word = line.words.first
        else { return nil }
        return FilePath(bytes: word)
    }
}
