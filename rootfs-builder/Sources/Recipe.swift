// A recipe: what goes into a root file system, as data. The form of the files in rootfs-builder/recipes.

/// Programs or data files of one package, and who needs them.
package struct RecipeGroup: Hashable, Sendable {
    /// The Debian package that has them, for the message when one is missing.
    package var package: String
    /// Ids of labs; empty means all.
    package var labs: [String]
    /// Without them the root is built all the same, and the manifest says what it lacks.
    package var isOptional: Bool
    /// Program names, or patterns of absolute paths in which `*` stands for a part of one name.
    package var items: [String]
}

/// A file whose content stands in the recipe.
package struct RecipeFile: Hashable, Sendable {
    package var path: String
    package var content: String
    /// Permission bits.
    package var mode: UInt32
}

/// A folder that is made even when nothing is in it.
package struct RecipeFolder: Hashable, Sendable {
    package var path: String
    package var mode: UInt32
}

/// A symbolic link.
package struct RecipeLink: Hashable, Sendable {
    package var path: String
    package var target: String
}

/// Where the files of a root come from.
package enum RecipeKind: String, Hashable, Sendable, CaseIterable {
    /// From this machine's own file system, without network.
    case machine
    /// From Debian's packages, with mmdebstrap(1).
    case packages
}

/// A recipe for one root file system.
package struct Recipe: Hashable, Sendable {
    package var name: String
    /// Raised whenever a change of the recipe or of the builder makes old roots unusable.
    package var version: Int
    package var kind: RecipeKind
    package var summary: String
    package var programs: [RecipeGroup] = []
    package var data: [RecipeGroup] = []
    package var folders: [RecipeFolder] = []
    package var links: [RecipeLink] = []
    package var files: [RecipeFile] = []
    /// Programs that are built with podlab itself; they go to `ownFolder`.
    package var ownPrograms: [String] = []
    package static let ownFolder = "/usr/local/bin"
    /// Programs that must be statically linked, such as busybox.
    package var staticPrograms: [String] = []
    /// A busybox whose every applet becomes a link in `appletFolder`.
    package var appletsOf: String?
    package var appletFolder = "/usr/bin"
    /// For `packages`: what to install, and from which suite of Debian.
    package var packages: [String] = []
    package var suite = "bookworm"
    /// The digest of the recipe's text, so that a change of it is noticed.
    package var textDigest: ContentDigest

    /// Every package that this recipe's programs and data come from, sorted.
    package var packageNames: [String] { Set((programs + data).map(\.package)).sorted() }
    /// The same, without the optional ones.
    package var requiredPackageNames: [String] {
        Set((programs + data).filter { !$0.isOptional }.map(\.package)).sorted()
    }
}
