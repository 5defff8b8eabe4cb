// Everything that a program needs before its first instruction: loader, libraries, theirs, and so on, inside a root.

import SystemPackage

/// How an object came to be in a closure.
package enum ELFSource: Hashable, Sendable, CustomStringConvertible {
    case program
    /// `#!` of a script.
    case scriptInterpreter
    /// PT_INTERP.
    case loader
    /// The name has a slash and is a path by itself.
    case path
    case rpath(folder: String)
    case runpath(folder: String)
    /// /etc/ld.so.cache of the root.
    case cache
    case defaultFolder(String)

    package var description: String {
        switch self {
        case .program: "the program"
        case .scriptInterpreter: "its #! line"
        case .loader: "its program interpreter (PT_INTERP)"
        case .path: "named by path"
        case .rpath(let folder): "RPATH \(folder)"
        case .runpath(let folder): "RUNPATH \(folder)"
        case .cache: "ld.so.cache"
        case .defaultFolder(let folder): "default folder \(folder)"
        }
    }
}

/// One file of a closure.
package struct ELFObject: Hashable, Sendable {
    /// As the one who needs it names it.
    package let name: String
    /// Where it was found, inside the root, as searched.
    package let path: FilePath
    /// The file itself, all symbolic links followed inside the root.
    package let file: FileState
    package let source: ELFSource
    /// The path of the first object that needs it; nil for the program.
    package let neededBy: FilePath?
    /// Nil for a script.
    package let elf: ELFFile?
}

/// A name that leads to nothing inside the root.
package struct ELFMissing: Hashable, Sendable {
    package let name: String
    package let neededBy: FilePath
    /// What was there and could not be used, if anything: `not an ELF file`, `for another machine`, `a directory`.
    package let obstacle: String?
    /// A symbolic link on the way that works from outside and breaks inside.
    package let outwardLink: FollowedLink?
}

/// The result of asking what a program needs.
package struct ELFClosure: Hashable, Sendable {
    /// The program first, then in the order in which the loader would load.
    package let objects: [ELFObject]
    package let missing: [ELFMissing]
    package var isComplete: Bool { missing.isEmpty }

    /// Follows `program`, a path inside `root`, as execve(2) and ld.so(8) would for a process rooted there, without
    /// LD_LIBRARY_PATH. The program itself missing is a `missing` that names itself.
    package static func of(_ program: FilePath, in root: borrowing RootDirectory) -> ELFClosure {
        let found = all(of: [program], in: root)
        return found.first ?? ELFClosure(objects: [], missing: [])
    }

    /// The closures of many programs, in their order; faster than one by one. `loader` is the path of the loader to
    /// assume for what names none, such as a plug-in that a program opens while it runs.
    package static func all(
        of programs: [FilePath], in root: borrowing RootDirectory, loader: String? = nil
    ) -> [ELFClosure] {
        let files = SeenFiles()
        var closures: [ELFClosure] = []
        for program in programs {
            var walk = ClosureWalk(files: files)
            walk.start(program, loader, root)
            closures.append(ELFClosure(objects: walk.objects, missing: walk.missing))
        }
        return closures
    }
}

/// One program's closure while it grows.
private struct ClosureWalk {
    private static let mostObjects = 2048
    /// That are told of once nothing is looked for any more.
    private static let mostMissing = 100

    let files: SeenFiles
    var objects: [ELFObject] = []
    var missing: [ELFMissing] = []
    /// The object through which each was first loaded, for RPATH.
    private var loaders: [Int?] = []
    private var loadedNames: Set<String> = []
    private var loadedFiles: [FileIdentity: Int] = [:]
    private var cache: LoaderCache?
    private var defaults: LoaderDefaults?

    init(files: SeenFiles) { self.files = files }

    mutating func start(_ program: FilePath, _ loader: String?, _ root: borrowing RootDirectory) {
        var path = program
        var source = ELFSource.program
        var neededBy: FilePath?
        for _ in 0..<5 {  // the kernel follows scripts of scripts a few times, then says ELOOP
            let candidate = files.open(path, root)
            guard let state = candidate.state, candidate.elf != nil || candidate.script != nil else {
                report(path.string, neededBy ?? path, candidate.obstacle, candidate.outwardLink)
                return
            }
            add(
                ELFObject(
                    name: path.string, path: path, file: state, source: source, neededBy: neededBy, elf: candidate.elf),
                nil)
            if let elf = candidate.elf {
                load(elf, loader, root)
                return
            }
            neededBy = path
            path = candidate.script ?? path
            source = .scriptInterpreter
        }
        report(path.string, neededBy ?? path, "too many scripts that name scripts", nil)
    }

    private mutating func report(_ name: String, _ by: FilePath, _ obstacle: String?, _ link: FollowedLink?) {
        missing.append(ELFMissing(name: name, neededBy: by, obstacle: obstacle, outwardLink: link))
    }

    private mutating func add(_ object: ELFObject, _ loader: Int?) {
        loadedFiles[object.file.identity] = objects.count
        if let soname = object.elf?.soname { loadedNames.insert(soname) }
        objects.append(object)
        loaders.append(loader)
    }

    private mutating func load(_ program: ELFFile, _ loader: String?, _ root: borrowing RootDirectory) {
        let first = objects.count - 1
        if let interpreter = program.interpreter {
            loadLoader(interpreter, first, program.kind, root)
        } else if let loader {
            defaults = files.defaults(of: loader, program.kind, root)
        }
        cache = files.loaderCache(root)
        // Breadth first, as ld.so does it (dl-deps.c): the order decides which of two libraries of a name is taken.
        var next = first
        while next < objects.count, objects.count < Self.mostObjects {
            for name in objects[next].elf?.needed ?? [] where loadedNames.insert(name).inserted {
                if files.isExhausted, missing.count > Self.mostMissing { return }
                find(name, for: next, root)
            }
            next += 1
        }
    }

    private mutating func loadLoader(_ name: String, _ by: Int, _ kind: ELFKind, _ root: borrowing RootDirectory) {
        // libc names the loader among what it needs; it is known already under its last component or its DT_SONAME.
        if let last = FilePath(name).lastComponent { loadedNames.insert(last.string) }
        let candidate = files.open(FilePath(name), root)
        guard let elf = candidate.elf, let state = candidate.state, elf.kind == kind else {
            report(name, objects[by].path, candidate.obstacle ?? "for another machine", candidate.outwardLink)
            // It is the only one that is missing, for all that is known: the libraries are looked for where such loaders look.
            defaults = LoaderDefaults.usual(of: name, kind)
            return
        }
        defaults = files.defaults(of: name, kind, root)
        add(
            ELFObject(
                name: name, path: FilePath(name), file: state, source: .loader, neededBy: objects[by].path, elf: elf),
            by)
    }

    private mutating func find(_ name: String, for place: Int, _ root: borrowing RootDirectory) {
        let user = objects[place]
        guard let kind = user.elf?.kind else { return }
        guard !files.isExhausted else { return report(name, user.path, Candidate.beyondBudget.obstacle, nil) }
        var obstacle: String?
        var link: FollowedLink?
        for (path, source) in searchPlaces(name, for: place) {
            if files.isExhausted {
                obstacle = Candidate.beyondBudget.obstacle
                break
            }
            let candidate = files.open(path, root)
            obstacle = obstacle ?? candidate.obstacle
            link = link ?? candidate.outwardLink
            guard let elf = candidate.elf, let state = candidate.state else { continue }
            guard elf.kind == kind else {
                obstacle = obstacle ?? "\(path) is for another machine"
                continue
            }
            if loadedFiles[state.identity] == nil {
                add(
                    ELFObject(
                        name: name, path: path, file: state, source: source, neededBy: user.path, elf: elf), place)
            }
            return
        }
        report(name, user.path, obstacle, link)
    }

    /// Where ld.so(8) looks for a name, in order.
    private func searchPlaces(_ name: String, for place: Int) -> [(FilePath, ELFSource)] {
        let user = objects[place]
        if name.contains("/") {
            return [(FilePath(expanded(name, user)), .path)]
        }
        var places: [(FilePath, ELFSource)] = []
        func append(_ folder: String, _ source: ELFSource) {
            for sub in hardwareFolders + [""] {
                places.append((FilePath("\(folder)/\(sub)").appending(name), source))
            }
        }
        guard let elf = user.elf else { return [] }
        if elf.runpath.isEmpty {
            // DT_RPATH: the object's own, then of those that loaded it, as long as they have no DT_RUNPATH.
            var next: Int? = place
            while let index = next, places.count < SeenFiles.mostTries {
                let object = objects[index]
                if let elf = object.elf, elf.runpath.isEmpty {
                    for folder in elf.rpath { append(expanded(folder, object), .rpath(folder: folder)) }
                }
                next = loaders[index]
            }
        }
        for folder in elf.runpath { append(expanded(folder, user), .runpath(folder: folder)) }
        if elf.ignoresDefaultFolders { return places }
        for entry in cache?.entries(named: name, for: elf.kind) ?? [] { places.append((FilePath(entry.path), .cache)) }
        for folder in defaults?.folders ?? ["/lib", "/usr/lib"] { append(folder, .defaultFolder(folder)) }
        return places
    }

    private var hardwareFolders: [String] { (defaults?.hardwareFolders ?? []).map { "glibc-hwcaps/\($0)" } }

    /// `$ORIGIN`, `$LIB` and `$PLATFORM`, with or without braces. See "Dynamic string tokens" in ld.so(8).
    private func expanded(_ text: String, _ object: ELFObject) -> String {
        guard text.contains("$") else { return text }
        let origin = (object.source == .program ? object.file.path : object.path).removingLastComponent().string
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            let values = [
                ("ORIGIN", origin), ("LIB", defaults?.library ?? "lib"), ("PLATFORM", defaults?.platform ?? ""),
            ]
            let token = values.flatMap { [("{\($0.0)}", $0.1), $0] }.first { rest.hasPrefix($0.0) }
            if let token {
                result += token.1
                rest = rest.dropFirst(token.0.count)
            } else {
                result += "$"
            }
        }
        return result + rest
    }
}
