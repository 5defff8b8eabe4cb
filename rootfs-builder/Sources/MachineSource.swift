// Filling a root from this machine's own file system: programs, their ELF closure, data files.

import Glibc
import KernelState
import Linux
import SystemPackage

/// Gathers first, reports everything that is missing at once, then copies.
struct MachineSource {
    private static let programFolders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"]

    let recipe: Recipe
    let check: (_ step: String, _ done: Int, _ total: Int) throws(RootBuildError) -> Void

    private struct Program {
        var name: String
        var path: String
        var realPath: String
        var group: RecipeGroup
    }

    private struct DataFile {
        var path: String
        var package: String
        var group: RecipeGroup
    }

    private(set) var missing: [MissingTool] = []
    private(set) var omitted: [RootOmission] = []

    init(
        recipe: Recipe,
        check: @escaping (_ step: String, _ done: Int, _ total: Int) throws(RootBuildError) -> Void
    ) {
        self.recipe = recipe
        self.check = check
    }

    mutating func fill(_ tree: StagedTree) throws(RootBuildError) {
        try check("looking for programs", 0, 1)
        var programs = findPrograms()
        let data = findData()
        let root: RootDirectory
        do {
            root = try RootDirectory(path: "/")
        } catch {
            throw .system(operation: error.operation, object: error.object, errno: error.errno)
        }
        try check("following libraries", 0, 1)
        var closures = ELFClosure.all(of: programs.map { FilePath($0.realPath) }, in: root)
        for (index, closure) in closures.enumerated().reversed() {
            guard let reason = obstacle(closure, programs[index]) else { continue }
            report(programs[index].name, programs[index].group, reason)
            programs.remove(at: index)
            closures.remove(at: index)
        }
        if !missing.isEmpty { throw .missingTools(missing.sorted { $0.name < $1.name }) }

        // Plug-ins name no loader; they are opened by programs, so the programs' loader is theirs.
        let loader = closures.lazy.flatMap(\.objects).first { $0.source == .loader }?.path.string
        let plugIns = data.map(\.path).filter { $0.contains(".so") }
        closures += ELFClosure.all(of: plugIns.map { FilePath($0) }, in: root, loader: loader)

        let libraries = closures.flatMap { $0.objects.dropFirst() }
        let total = programs.count + data.count + libraries.count
        var done = 0
        for program in programs {
            try check("copying", done, total)
            try add(program.path, program.realPath, program.group.package, tree)
            done += 1
        }
        for file in data {
            try check("copying", done, total)
            try tree.addFile(file.path, from: file.path, package: file.package)
            done += 1
        }
        let home = libraryFolder(libraries)
        for object in libraries {
            try check("copying", done, total)
            try add(object, home, tree)
            done += 1
        }
        try addApplets(programs, tree)
    }

    // MARK: finding

    private mutating func findPrograms() -> [Program] {
        var found: [Program] = []
        for group in recipe.programs {
            for name in group.items {
                let path = Self.programFolders.lazy.map { $0 + "/" + name }.first { access($0, X_OK) == 0 }
                if let path, let real = FileOperations.realPath(path) {
                    found.append(Program(name: name, path: path, realPath: real, group: group))
                } else {
                    report(name, group, nil)
                }
            }
        }
        return found
    }

    private mutating func findData() -> [DataFile] {
        var found: [DataFile] = []
        for group in recipe.data {
            for pattern in group.items {
                let files = FileOperations.matches(of: pattern).flatMap { Self.files(below: $0, depth: 0) }
                if files.isEmpty { report(pattern, group, nil) }
                found += files.map { DataFile(path: $0, package: group.package, group: group) }
            }
        }
        return found
    }

    private static func files(below path: String, depth: Int) -> [String] {
        guard depth < 16, let facts = FileOperations.stat(path) else { return [] }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: return [path]
        case S_IFDIR:
            let names = (try? FileOperations.names(in: path)) ?? []
            return names.flatMap { files(below: "\(path)/\($0)", depth: depth + 1) }
        default: return []
        }
    }

    private mutating func report(_ name: String, _ group: RecipeGroup, _ reason: String?) {
        if group.isOptional {
            omitted.append(RootOmission(name: name, package: group.package, labs: group.labs))
        } else {
            missing.append(MissingTool(name: name, package: group.package, labs: group.labs, reason: reason))
        }
    }

    private func obstacle(_ closure: ELFClosure, _ program: Program) -> String? {
        if let library = closure.missing.first { return "its \(library.name) cannot be found" }
        if recipe.staticPrograms.contains(program.name), closure.objects.first?.elf?.interpreter != nil {
            return "the one here is not statically linked"
        }
        return nil
    }

    // MARK: copying

    /// A program that is a link (an alternative, or one of many names of one file) stays a link.
    private func add(_ path: String, _ realPath: String, _ package: String?, _ tree: StagedTree) throws(RootBuildError)
    {
        try tree.addFile(realPath, from: realPath, package: package)
        let (place, realPlace) = (tree.place(path), tree.place(realPath))
        if place == realPlace { return }
        let isNeighbour = StagedTree.parent(place) == StagedTree.parent(realPlace)
        let target = isNeighbour ? String(realPlace.dropFirst(StagedTree.parent(place).count + 1)) : realPlace
        try tree.addLink(place, to: target, package: package)
    }

    private func add(_ object: ELFObject, _ home: String?, _ tree: StagedTree) throws(RootBuildError) {
        let real = object.file.path.string
        switch object.source {
        case .scriptInterpreter, .program:
            try add(object.path.string, real, nil, tree)
        case .cache:
            // The new root has no cache: a library that only the cache leads to goes where the loader looks anyway.
            let folder = StagedTree.parent(object.path.string)
            let isUsual = folder.hasPrefix("/lib") || folder.hasPrefix("/usr/lib")
            let depth = folder.split(separator: "/").filter { $0 != "usr" }.count
            let place = isUsual && depth <= 2 ? folder : home ?? "/usr/lib"
            try tree.addFile("\(place)/\(object.path.lastComponent?.string ?? object.name)", from: real, package: nil)
        default:
            // Links are followed: `cp` of what ldd prints gives the library, not a link to nothing.
            try tree.addFile(object.path.string, from: real, package: nil)
        }
    }

    private func libraryFolder(_ libraries: [ELFObject]) -> String? {
        libraries.first { $0.name.hasPrefix("libc.so") }.map { StagedTree.parent($0.path.string) }
    }

    private func addApplets(_ programs: [Program], _ tree: StagedTree) throws(RootBuildError) {
        guard let name = recipe.appletsOf else { return }
        guard let busybox = programs.first(where: { $0.name == name }) else {
            throw .recipe("recipe \(recipe.name): applets of \(name), which is not among its programs")
        }
        let list = try BuildCommand.run([busybox.realPath, "--list"], outputFile: tree.base + ".applets")
        let place = tree.place(busybox.realPath)
        for applet in list.split(separator: "\n") where !applet.contains("/") && applet != name {
            let isNeighbour = StagedTree.parent(place) == tree.place(recipe.appletFolder)
            try tree.addLink("\(recipe.appletFolder)/\(applet)", to: isNeighbour ? name : place, package: nil)
        }
    }
}
