// podlab image: the images that pods are made of.

import ArgumentParser
import FoundationEssentials
import Glibc
import Images
import Isolation
import LabKit
import Playgrounds
import PodCommands
import RootBuilder
import SystemPackage
import Terminals
import Text

/// The user's image store, and how it is changed.
enum UserImages {
    static func store() throws -> ImageStore {
        ImageStore(path: try Setting().folders().data.appending("images"))
    }

    /// Whose the files of images are: those that the root of a playground has. Root maps a range, so an image's other users have ids of
    /// their own; an ordinary user could not give files to them.
    static var owner: FileOwner {
        let root = Playground.rootOwner
        guard case .ranges(let users, let groups) = IDMap.automatic.resolved else {
            return FileOwner(user: root.user, group: root.group)
        }
        // An ordinary user's own id is a range of one; the subordinate ones follow it.
        let count = min(users.first { $0.inside == 0 }?.count ?? 1, groups.first { $0.inside == 0 }?.count ?? 1)
        let shown = [users, groups].map { ranges in
            ranges.sorted { $0.inside < $1.inside }.reduce(UInt32(0)) { end, range in
                range.inside == end ? end &+ range.count : end
            }
        }
        return FileOwner(user: root.user, group: root.group, count: count, shown: shown.min() ?? count)
    }

    static var options: ImportOptions {
        var options = ImportOptions()
        options.owner = owner
        options.isCancelled = { Interruption.isInterrupted }
        options.progress = { Progressing.show(terminalSafe($0)) }
        return options
    }

    /// Runs a change of the store that Ctrl-C may cancel.
    static func change<Result>(_ body: (ImportOptions) throws -> Result) throws -> Result {
        defer { Progressing.clear() }
        do {
            return try Interruption.noticed { try body(options) }
        } catch let error as ImageError where [.invalidReference, .notFound].contains(error.kind) {
            throw UsageError("\(error)")
        }
    }
}

struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "List, bring in or remove the images that pods are made of.",
        discussion: """
            Images are in an OCI image layout of your own. 'busybox', 'docker.io/busybox:latest' and \
            'docker.io/library/busybox:latest' are the same name.
            """,
        subcommands: [List.self, Import.self, Pull.self, Build.self, Remove.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the images of the store.")
        @Option(help: "How to print it.") var format: OutputFormat = .text

        func run() throws {
            try reportingErrors {
                let images = try UserImages.store().all()
                switch format {
                case .json: StandardOutput.print(try ImageList(images).json())
                case .text: StandardOutput.print(ImageList(images).text)
                }
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Bring in the images of an archive.",
            discussion: """
                FILE is what 'docker save' or 'podman save' wrote, or an OCI image layout: a folder, a tar archive, or one in gzip \
                or zstd; or a folder of 'skopeo copy … dir:FOLDER'. Of several images in one layout --name chooses by its tag. Every \
                digest is checked, and nothing of the archive leaves the store.
                """)
        @Argument(help: "The archive, or the folder.", completion: .file()) var file: String
        @Option(help: ArgumentHelp("Give the image this name.", valueName: "reference")) var name: String?
        @Option(help: "How to print it.") var format: OutputFormat = .text

        func run() throws {
            try reportingErrors {
                guard access(file, F_OK) == 0 else { throw UsageError("there is no file \(file)") }
                let store = try UserImages.store()
                let imported = try UserImages.change {
                    try store.importArchive(FilePath(file), reference: name, options: $0)
                }
                try show(imported, "imported", format)
            }
        }
    }

    struct Pull: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pull", abstract: "Fetch an image from its registry with skopeo, where that is installed.")
        @Argument(help: "The image: busybox, quay.io/NAME:TAG …") var reference: String
        @Option(help: "How to print it.") var format: OutputFormat = .text

        func run() throws {
            try reportingErrors {
                let store = try UserImages.store()
                let imported = try UserImages.change { options in
                    let name = try ImageReference(reference)
                    let fetched = try FetchedImage(name, into: store)
                    defer { withExtendedLifetime(fetched) {} }
                    return try store.importArchive(
                        fetched.archive, reference: name.digest == nil ? name.description : name.name, options: options)
                }
                try show(imported, "pulled", format)
            }
        }
    }

    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "build", abstract: "Make the image of a recipe; one that is up to date is left alone.",
            discussion:
                "busybox becomes docker.io/library/busybox:latest, from the busybox of this machine, without network.")
        @Argument(help: "The recipe: busybox.") var name = "busybox"
        @Flag(help: "Build even when the image is up to date.") var force = false

        func run() throws {
            try reportingErrors {
                let built = try UserImages.change { try RecipeImage(recipe: name).build(force: force, options: $0) }
                StandardOutput.print(terminalSafe(built))
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Remove an image, and the layers that no other one has.")
        @Argument(help: "The image's name.") var reference: String

        func run() throws {
            try reportingErrors {
                let store = try UserImages.store()
                let removed = try UserImages.change { try store.remove(reference, options: $0) }
                StandardOutput.print(terminalSafe("removed \(removed.reference)"))
                if removed.layersInUse > 0 {
                    StandardOutput.print(
                        "a playground runs, whose containers may stand on \(removed.layersInUse) of its layers: they go at the next change of the store"
                    )
                }
            }
        }
    }
}

/// Prints what came in; what was left out of it goes to standard error.
private func show(_ imported: ImportedImages, _ verb: String, _ format: OutputFormat) throws {
    switch format {
    case .json: StandardOutput.print(try ImageList(imported.images).json())
    case .text:
        for image in imported.images {
            StandardOutput.print(terminalSafe("\(verb) \(image.reference) (\(image.imageID))"))
        }
    }
    for warning in imported.warnings { complain("\(warning)\n") }
}

/// What an image of podlab's own recipes is.
struct RecipeImage {
    /// Says from which root an image was made, so that an unchanged one is not made again.
    private static let label = "podlab.root.digest"
    let recipe: String

    /// - Returns: what was done, in a line.
    func build(force: Bool, options: ImportOptions) throws -> String {
        guard recipe == "busybox" else {
            throw UsageError("there is no image of the recipe '\(recipe)'; there is: busybox")
        }
        let folders = try Setting().folders()
        let path = CourseRoot.location(folders, recipe: recipe)
        let description = try CourseRoot.recipe(recipe)
        let manifest: RootManifest
        if !force, let found = RootBuilder.confirm(path.string, recipe: description, owner: CourseRoot.owner) {
            manifest = found
        } else {
            manifest = try RootBuilder.build(
                recipe: description, into: path.string, owner: CourseRoot.owner,
                ownFolders: try CourseRoot.ownFolders(),
                isCancelled: options.isCancelled,
                progress: { options.progress("\($0.step) \($0.done) of \($0.total)") })
        }
        let store = try UserImages.store()
        let reference = "docker.io/library/busybox:latest"
        if !force, let image = try? store.resolve(reference), image.configuration.labels[Self.label] == manifest.digest,
            store.belongs(image, to: UserImages.owner)
        {
            return "\(reference) is up to date"
        }
        var configuration = ImageConfiguration()
        configuration.command = ["sh"]
        configuration.environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        configuration.labels = [Self.label: manifest.digest]
        // No build may put another root in its place meanwhile.
        guard let lease = RootLease(root: path.string) else {
            throw CourseRoot.Problem(description: "the root file system at \(path) is being replaced: try again")
        }
        let image = try store.add(
            root: FilePath(lease.path), reference: reference, configuration: configuration, options: options)
        return "built \(image.reference) (\(image.imageID))"
    }
}

/// An image as skopeo fetched it, on the disk as long as this lives.
struct FetchedImage {
    private let folder: FetchFolder
    var archive: FilePath { folder.path.appending("image.tar") }

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// - Throws: where skopeo is not installed, or fails; its own words are on standard error.
    init(_ name: ImageReference, into store: ImageStore) throws {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let candidates: [String] = path.split(separator: ":").map { "\($0)/skopeo" }
        guard let skopeo = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw Failure(
                description: """
                    skopeo is not installed, and podlab fetches nothing from a registry by itself
                      install it (sudo apt-get install skopeo), or bring the image yourself: on a machine with docker, \
                    docker save \(name) > image.tar, and then here podlab image import image.tar
                    """)
        }
        folder = try FetchFolder(in: store)
        Progressing.show("skopeo fetches \(name)")
        let child = try Plan([
            .execute(
                .path(skopeo),
                arguments: [
                    "skopeo", "copy", "--quiet", "docker://\(name)",
                    "oci-archive:\(folder.path.appending("image.tar"))",
                ])
        ]).start(StartOptions(streams: .init(input: .null, output: .descriptor(STDERR_FILENO))))
        defer { child.close() }
        let status = try end(of: child)
        Progressing.clear()
        guard status.isSuccess else {
            throw Failure(
                description: Interruption.isInterrupted
                    ? "fetching \(name) was interrupted; nothing was changed"
                    : "skopeo could not fetch \(name): it \(status)")
        }
    }

    /// A download takes what it takes; Ctrl-C ends it, within ten seconds.
    private func end(of child: Child) throws -> ExitStatus {
        var deadline: ContinuousClock.Instant?
        while true {
            if let status = try child.wait(for: .milliseconds(50)) { return status }
            if Interruption.isInterrupted, deadline == nil {
                try child.signal(SIGTERM)
                deadline = .now + .seconds(10)
            }
            if let deadline, ContinuousClock.now > deadline { try child.signal(SIGKILL) }
        }
    }
}
