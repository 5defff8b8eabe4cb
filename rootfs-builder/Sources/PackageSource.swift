// Filling a root from Debian's packages, with mmdebstrap(1).

import Glibc

struct PackageSource {
    let recipe: Recipe
    let check: (_ step: String, _ done: Int, _ total: Int) throws(RootBuildError) -> Void

    /// The packages come as a tar file, so that an ordinary user's build has no files of subordinate ids and no device
    /// nodes. mmdebstrap gives equal bytes for equal packages when SOURCE_DATE_EPOCH is set.
    func fill(_ tree: StagedTree, work: String) throws(RootBuildError) {
        let needed = ["mmdebstrap", "tar"].filter { name in
            !["/usr/bin/", "/bin/"].contains { access($0 + name, X_OK) == 0 }
        }
        if !needed.isEmpty {
            throw .missingTools(needed.map { MissingTool(name: $0, package: $0, labs: [], reason: nil) })
        }
        let packages = Set(recipe.packages + recipe.requiredPackageNames).sorted()
        let archive = work + "/packages.tar"
        try check("fetching \(packages.count) packages and what they need", 0, 2)
        let excluded = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*"]
        var command = ["mmdebstrap", "--variant=minbase", "--quiet", "--include=\(packages.joined(separator: ","))"]
        command += excluded.map { "--dpkgopt=path-exclude=\($0)" }
        command += [recipe.suite, archive]
        try BuildCommand.run(
            command, environment: ["SOURCE_DATE_EPOCH": "\(RootFinish.fixedTime)"], outputFile: work + "/mmdebstrap.log"
        )
        try check("unpacking", 1, 2)
        try BuildCommand.run(
            ["tar", "-x", "-f", archive, "-C", tree.base, "--no-same-owner", "--delay-directory-restore"]
                + ["./dev/*", "./proc/*", "./sys/*", "./run/*"].map { "--exclude=\($0)" },
            outputFile: work + "/tar.log")
        unlink(archive)
        // Logs, caches and identities that differ from build to build.
        for path in ["/var/cache/ldconfig", "/var/cache/apt", "/var/lib/apt/lists", "/var/log", "/etc/machine-id"] {
            FileOperations.removeTree(tree.base + path)
        }
    }
}
