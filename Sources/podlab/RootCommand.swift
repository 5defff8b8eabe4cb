// podlab root: the root file systems that playgrounds and boxes start from.

import ArgumentParser
import LabKit
import Playgrounds
import PodCommands
import RootBuilder
import SystemPackage
import Terminals

/// The course root: where it is, whose it must be, and whether it can be used.
enum CourseRoot {
    /// A root that starts as text: `CourseRootError`.
    struct Problem: Error, CustomStringConvertible { let description: String }

    static func location(_ folders: XDGFolders, recipe: String = "course") -> FilePath {
        folders.data.appending("roots").appending(recipe)
    }

    /// Whoever is root inside a playground of this user.
    static var owner: RootOwner {
        let owner = Playground.rootOwner
        return RootOwner(user: owner.user, group: owner.group)
    }

    static func recipe(_ name: String) throws -> Recipe { try Recipe.load(path: try recipeFile(name)) }

    private static func recipeFile(_ name: String) throws -> String {
        let places = try recipeFolders().map { $0.appending("\(name).yaml") }
        guard let file = places.first(where: { LabsLocation.isFile($0) }) else {
            throw UsageError("there is no recipe '\(name)'; looked at: \(places.map(\.string).joined(separator: ", "))")
        }
        return file.string
    }

    /// The checkout that the executable stands in, else what it has with it, then what was installed.
    private static func recipeFolders() throws -> [FilePath] {
        var folders: [FilePath] = []
        var isCheckout = false
        if var parent = LabsLocation.executable?.removingLastComponent() {
            while parent.removeLastComponent(), parent.string != "/" {
                if LabsLocation.isFile(parent.appending("Package.swift")) {
                    isCheckout = true
                    folders.append(parent.appending("rootfs-builder").appending("recipes"))
                }
                folders.append(parent.appending("share").appending("podlab").appending("recipes"))
            }
        }
        if !isCheckout, let own = try OwnFiles.folder() { folders.insert(own.appending(OwnFiles.recipes), at: 0) }
        return folders + ["/usr/local/share/podlab/recipes", "/usr/share/podlab/recipes"]
    }

    /// Where programs are that are built with podlab: beside it in a checkout, with it, or below `lib` where it is installed.
    static func ownFolders() throws -> [String] {
        guard let folder = LabsLocation.executable?.removingLastComponent() else { return [] }
        let own = try OwnFiles.folder().map { [$0.appending(OwnFiles.programs).string] } ?? []
        return [folder.string] + own + [folder.removingLastComponent().appending("lib/podlab").string]
    }

    /// Why the root at a path cannot be used; nil when it can.
    static func problem(with path: FilePath) -> String? {
        let state = RootBuilder.inspect(path.string, recipe: try? recipe("course"), owner: owner)
        return state.isUsable ? nil : state.problem
    }

    /// Asked before each playground: most roots are as their build has left them, which is seen without reading anything of them.
    static func requireUsable(_ path: FilePath) throws {
        if let digest = (try? recipeFile("course")).flatMap({ Recipe.digest(path: $0) }),
            RootBuilder.isAsBuilt(path.string, recipe: digest, owner: owner)
        {
            return
        }
        if let problem = problem(with: path) { throw Problem(description: problem) }
    }
}

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "root", abstract: "Build or look at the root file systems of playgrounds and boxes.",
        subcommands: [Build.self, Status.self])

    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "build", abstract: "Build a root from its recipe; a root that is up to date is left alone.")
        @Argument(help: "The recipe: course, debian or busybox.") var name = "course"
        @Flag(help: "Build even when the root is up to date.") var force = false

        func run() throws {
            try reportingErrors {
                let recipe = try CourseRoot.recipe(name)
                let path = CourseRoot.location(try Setting().folders(), recipe: name)
                if !force, RootBuilder.confirm(path.string, recipe: recipe, owner: CourseRoot.owner) != nil {
                    StandardOutput.print("\(path) is up to date")
                    return
                }
                let start = ContinuousClock.now
                let manifest = try Interruption.noticed {
                    try RootBuilder.build(
                        recipe: recipe, into: path.string, owner: CourseRoot.owner,
                        ownFolders: try CourseRoot.ownFolders(),
                        isCancelled: { Interruption.isInterrupted },
                        progress: { Progressing.show("\($0.step) \($0.done) of \($0.total)") })
                }
                Progressing.clear()
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                StandardOutput.print(
                    "built \(path): \(manifest.entries.count) files, \(manifest.size >> 20) MiB, in "
                        + "\(Int((seconds * 10).rounded()) / 10).\(Int((seconds * 10).rounded()) % 10) s")
                for omission in manifest.omitted {
                    StandardOutput.print(
                        "left out, because this machine has no \(omission.name) (package \(omission.package)); it is optional"
                    )
                }
            }
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Say whether a root is there, whole and up to date.")
        @Argument(help: "The recipe: course, debian or busybox.") var name = "course"

        func run() throws {
            try reportingErrors {
                let path = CourseRoot.location(try Setting().folders(), recipe: name)
                let state = RootBuilder.inspect(
                    path.string, recipe: try CourseRoot.recipe(name), owner: CourseRoot.owner)
                StandardOutput.print(state.problem ?? "\(path) is up to date")
                if !state.isUsable { throw ArgumentParser.ExitCode(2) }
            }
        }
    }
}
