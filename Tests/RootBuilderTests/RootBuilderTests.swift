// Building roots: reproducible, whole or not at all, and usable by an ordinary user.

import Foundation
import Glibc
import KernelState
import Synchronization
import SystemPackage
import Testing

@testable import RootBuilder

@Suite struct RootBuilderTests {
    @Test("two builds are equal in bytes, modes and times, and so are their manifests")
    func reproducible() throws {
        let folder = try TemporaryFolder()
        let recipe = try smallRecipe()
        let first = try RootBuilder.build(recipe: recipe, into: folder.path + "/a")
        let second = try RootBuilder.build(recipe: recipe, into: folder.path + "/b")
        #expect(first == second)
        #expect(try fingerprint(folder.path + "/a/") == fingerprint(folder.path + "/b/"))
        #expect(first.entries.contains { $0.path == "/usr/bin/ls" && $0.package == "coreutils" })
        #expect(first.entries.contains { $0.path.contains("/libc.so.6") && $0.source != nil })
        #expect(first.entries.allSatisfy { !$0.mode.hasPrefix("4") && !$0.mode.hasPrefix("2") })
        #expect(RootBuilder.manifest(of: folder.path + "/a") == first)
    }

    @Test("every program of a built root finds its libraries inside it")
    func complete() throws {
        let folder = try TemporaryFolder()
        let manifest = try RootBuilder.build(recipe: smallRecipe(), into: folder.path + "/a")
        let root = try RootDirectory(path: FilePath(folder.path + "/a"))
        let programs = manifest.entries.filter { $0.type == .file && $0.path.hasPrefix("/usr/bin/") }.map(\.path)
        for closure in ELFClosure.all(of: programs.map { FilePath($0) } + ["/usr/local/bin/hello"], in: root) {
            #expect(closure.isComplete, "\(closure.missing)")
        }
    }

    static let canUnshare: Bool = {
        guard let folder = try? TemporaryFolder() else { return false }
        return (try? run("unshare", "-r", "true", in: folder)) != nil
    }()

    @Test(
        "programs of the built root run in a user namespace",
        .enabled(if: canUnshare, "user namespaces are not allowed here"))
    func runs() throws {
        let folder = try TemporaryFolder()
        try RootBuilder.build(recipe: smallRecipe(), into: folder.path + "/a")
        #expect(try run("unshare", "-r", "chroot", folder.path + "/a", "/usr/local/bin/hello", in: folder) == "hello\n")
    }

    @Test("what is missing is named with its package and its labs, all at once, and nothing is left")
    func missing() throws {
        let folder = try TemporaryFolder()
        let recipe = try Recipe.parse(
            """
            schema: podlab.root/v1
            name: x
            version: 1
            programs:
              - {package: nowhere2, labs: [04-network, 06-pause], names: [no-such-ip]}
              - {package: other, names: [no-such-other]}
              - {package: nice-to-have, optional: true, names: [no-such-extra]}
            """)
        let error = #expect(throws: RootBuildError.self) {
            try RootBuilder.build(recipe: recipe, into: folder.path + "/a")
        }
        let text = try #require(error).description
        #expect(
            text == """
                no-such-ip is missing (package nowhere2): needed by labs 04-network, 06-pause
                no-such-other is missing (package other): needed by all labs
                to install what is missing: sudo apt-get install -y nowhere2 other
                """)
        #expect(folder.names == [".a.lock"])
    }

    @Test("a program that should be static and is not counts as missing")
    func notStatic() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: RootBuildError.self) {
            try RootBuilder.build(recipe: smallRecipe("static: [ls]"), into: folder.path + "/a")
        }
        #expect(try #require(error).description.hasPrefix("ls is missing (the one here is not statically linked)"))
    }

    @Test("a cancelled build leaves the old root and nothing else")
    func cancelled() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        let old = try RootBuilder.build(recipe: smallRecipe(), into: path)
        let names = folder.names
        for limit in [0, 3, 7] {
            let asked = Atomic<Int>(0)
            #expect(throws: RootBuildError.cancelled) {
                try RootBuilder.build(
                    recipe: smallRecipe(version: 2), into: path,
                    isCancelled: { asked.add(1, ordering: .relaxed).newValue > limit })
            }
            #expect(folder.names == names)
        }
        #expect(RootBuilder.inspect(path, recipe: try smallRecipe()) == .ok(old))
    }

    @Test("a builder killed in the middle leaves the old root, and the next build cleans")
    func killed() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        let old = try RootBuilder.build(recipe: smallRecipe(), into: path)
        // What a killed build leaves: a folder with a part of a root, and a link that was not yet renamed.
        try FileOperations.makeFolder(folder.path + "/.a.killed")
        try FileOperations.makeFolder(folder.path + "/.a.killed/root")
        try FileOperations.write("half".utf8, to: folder.path + "/.a.killed/root/file")
        try FileOperations.makeLink(folder.path + "/.a.link", to: ".a.killed/root")
        #expect(RootBuilder.inspect(path) == .ok(old))
        try RootBuilder.build(recipe: smallRecipe(), into: path)
        #expect(folder.names.count == 3, "\(folder.names)")
        #expect(!folder.names.contains(".a.killed"))
        #expect(!folder.names.contains(".a.link"))
    }

    @Test("builds at the same time come one after another, and all give the same root")
    func concurrent() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        let recipe = try smallRecipe()
        let digests = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<4 { group.addTask { try RootBuilder.build(recipe: recipe, into: path).digest } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(digests.count == 1)
        #expect(folder.names.count == 3, "\(folder.names)")
        #expect(RootBuilder.inspect(path, recipe: recipe).problem == nil)
    }

    @Test("a root in use survives a build and is removed by a later one")
    func leases() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        try RootBuilder.build(recipe: smallRecipe(), into: path)
        var real = ""
        do {
            guard let lease = RootLease(root: path) else { throw RootBuildError.recipe("no lease") }
            real = lease.path
            try RootBuilder.build(recipe: smallRecipe(), into: path)
            #expect(FileOperations.realPath(path) != real)
            #expect(FileOperations.stat(real + "/usr/bin/ls") != nil)
            withExtendedLifetime(lease) {}
        }
        try RootBuilder.build(recipe: smallRecipe(), into: path)
        #expect(FileOperations.stat(real) == nil)
        if RootLease(root: folder.path + "/none") != nil { Issue.record("a lease on nothing") }
    }

    @Test("inspect tells missing, half-built, other version, other owner and stale apart")
    func inspection() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        let recipe = try smallRecipe()
        #expect(RootBuilder.inspect(path) == .missing(path: path))
        let manifest = try RootBuilder.build(recipe: recipe, into: path)
        #expect(RootBuilder.inspect(path, recipe: recipe) == .ok(manifest))
        guard
            case .otherVersion(_, "small version 1", "small version 2") =
                RootBuilder.inspect(path, recipe: try smallRecipe(version: 2))
        else { throw RootBuildError.recipe("another version was not noticed") }
        let other = RootOwner(user: geteuid() + 1, group: getegid())
        guard case .otherOwner = RootBuilder.inspect(path, recipe: recipe, owner: other) else {
            throw RootBuildError.recipe("another owner was not noticed")
        }
        unlink(path + "/usr/bin/ls")
        let broken = RootBuilder.inspect(path, recipe: recipe)
        #expect(broken == .halfBuilt(path: path, reason: "/usr/bin/ls is gone"))
        #expect(broken.problem?.hasSuffix("podlab root build") == true)
        #expect(!broken.isUsable)
        unlink(FileOperations.realPath(path).map { StagedTree.parent($0) + "/manifest.json" } ?? "")
        guard case .halfBuilt = RootBuilder.inspect(path) else {
            throw RootBuildError.recipe("no manifest was not noticed")
        }
        try RootBuilder.remove(path)
        #expect(RootBuilder.inspect(path) == .missing(path: path))
        #expect(folder.names == [".a.lock"])
    }

    @Test("a root is as its build has left it until an entry comes, goes or is replaced, even when times are put back")
    func stamp() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        let recipe = try smallRecipe()
        func isAsBuilt() -> Bool { RootBuilder.isAsBuilt(path, recipe: recipe.textDigest, owner: .current) }
        #expect(!isAsBuilt())
        let changes: [(String, (String) throws -> Void)] = [
            ("removed", { unlink($0 + "/usr/bin/ls") }),
            ("added", { try FileOperations.write("x".utf8, to: $0 + "/usr/bin/new") }),
            ("renamed", { rename($0 + "/usr/bin/ls", $0 + "/usr/bin/sl") }),
            (
                "replaced",
                {
                    try FileOperations.write("x".utf8, to: $0 + "/usr/bin/.new")
                    rename($0 + "/usr/bin/.new", $0 + "/usr/bin/ls")
                }
            ), ("a folder closed", { chmod($0 + "/usr/bin", 0o700) }),
            (
                "a folder replaced by a link",
                {
                    rename($0 + "/usr/bin", $0 + "/usr/nib")
                    symlink("nib", $0 + "/usr/bin")
                }
            ),
            (
                "another manifest",
                {
                    let manifest = StagedTree.parent(FileOperations.realPath($0) ?? "") + "/manifest.json"
                    try FileOperations.write("{}".utf8, to: manifest + ".new")
                    rename(manifest + ".new", manifest)
                }
            ),
        ]
        for (name, change) in changes {
            try RootBuilder.build(recipe: recipe, into: path)
            #expect(isAsBuilt(), "\(name): before")
            #expect(!RootBuilder.isAsBuilt(path, recipe: try smallRecipe(version: 2).textDigest, owner: .current))
            let other = RootOwner(user: geteuid() + 1, group: getegid())
            #expect(!RootBuilder.isAsBuilt(path, recipe: recipe.textDigest, owner: other))
            try change(path)
            let times = [timespec](repeating: timespec(tv_sec: RootFinish.fixedTime, tv_nsec: 0), count: 2)
            for place in ["/usr/bin", "/usr", "/usr/nib"] { utimensat(AT_FDCWD, path + place, times, 0) }
            #expect(!isAsBuilt(), "\(name)")
        }
    }

    @Test("a root that is whole and has other times is known from its next look on")
    func confirmed() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        let recipe = try smallRecipe()
        let manifest = try RootBuilder.build(recipe: recipe, into: path)
        let stamp = StagedTree.parent(FileOperations.realPath(path) ?? "") + "/stamp"
        for damage in [{ unlink(stamp) }, { truncate(stamp, 10) }, { chmod(path + "/usr", 0o755) }] as [() -> Int32] {
            #expect(damage() == 0)
            #expect(!RootBuilder.isAsBuilt(path, recipe: recipe.textDigest, owner: .current))
            #expect(RootBuilder.confirm(path, recipe: recipe, owner: .current) == manifest)
            #expect(RootBuilder.isAsBuilt(path, recipe: recipe.textDigest, owner: .current))
        }
        unlink(path + "/usr/bin/ls")
        #expect(RootBuilder.confirm(path, recipe: recipe, owner: .current) == nil)
        #expect(!RootBuilder.isAsBuilt(path, recipe: recipe.textDigest, owner: .current))
    }

    @Test("a changed program of the machine makes a root stale, and usable all the same")
    func stale() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        let data = folder.path + "/data"
        try FileOperations.write("one".utf8, to: data)
        let recipe = try smallRecipe("data: [{package: none, paths: [\(data)]}]")
        try RootBuilder.build(recipe: recipe, into: path)
        unlink(data)
        try FileOperations.write("three".utf8, to: data)
        let state = RootBuilder.inspect(path, recipe: recipe)
        guard case .stale(_, let changed) = state else { throw RootBuildError.recipe("\(state)") }
        #expect(changed == [data])
        #expect(state.isUsable)
    }

    @Test("root gives the files to another owner", .enabled(if: geteuid() == 0, "needs root"))
    func otherOwner() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        let owner = RootOwner(user: 1_900_000_000, group: 1_900_000_000)
        try RootBuilder.build(recipe: smallRecipe(), into: path, owner: owner)
        #expect(RootBuilder.inspect(path, owner: owner).problem == nil)
        #expect(try fingerprint(path + "/").allSatisfy { $0.contains(" 1900000000 ") })
    }

    @Test("a folder that podlab did not make is not replaced")
    func foreign() throws {
        let folder = try TemporaryFolder()
        try FileOperations.makeFolder(folder.path + "/a")
        #expect(throws: RootBuildError.self) { try RootBuilder.build(recipe: smallRecipe(), into: folder.path + "/a") }
        #expect(FileOperations.stat(folder.path + "/a") != nil)
    }

    /// Where the build put the programs that go into the course root, as Tests/run says it.
    static let builtPrograms: [String] = {
        let podlab = ProcessInfo.processInfo.environment["PODLAB_TEST_EXECUTABLE"]
        return podlab.map { [FilePath($0).removingLastComponent().string] } ?? []
    }()

    static let missingForCourse: String? = {
        guard let folder = try? TemporaryFolder(), let recipe = try? Recipe.load(path: recipePath("course")) else {
            return "no recipe"
        }
        do throws(RootBuildError) {
            try RootBuilder.build(recipe: recipe, into: folder.path + "/course", ownFolders: builtPrograms)
            return nil
        } catch {
            if case .missingTools = error { return error.description }
            return nil
        }
    }()

    @Test(
        "the course root has what the labs need, is small, and its tools run in a user namespace",
        .enabled(if: missingForCourse == nil, "\(missingForCourse ?? "")"),
        .enabled(if: canUnshare, "user namespaces are not allowed here"))
    func course() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/course"
        let recipe = try Recipe.load(path: recipePath("course"))
        let manifest = try RootBuilder.build(recipe: recipe, into: path, ownFolders: Self.builtPrograms)
        #expect(manifest.size < 80 << 20)
        let root = try RootDirectory(path: FilePath(path))
        let names = Set(manifest.omitted.map(\.name))
        let programs = recipe.programs.flatMap(\.items).filter { !names.contains($0) }
        for name in programs {
            let found = ["/usr/bin/", "/usr/sbin/"].contains { root.look(at: FilePath($0 + name)).state != nil }
            #expect(found, "\(name)")
        }
        let script = """
            mount -t proc proc /proc && mount -t tmpfs run /run && ps -o comm= -p $$ && ip -o link | wc -l
            answer forty two && cat /run/podlab/answer; answer 2>/dev/null; echo "status $?"
            iptables-nft --version >/dev/null && TERM=xterm-256color tput colors && busybox true && strace -V >/dev/null
            ldd /bin/ls | grep -c libc.so.6; awk 'BEGIN { print "awk" }'; sh -c 'echo sh'
            """
        let printed = try run(
            "unshare", "-r", "-m", "-p", "-n", "-f", "chroot", path, "/bin/bash", "-c", script, in: folder)
        #expect(
            printed.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                == ["bash", "1", "answer noted: forty two", "forty two", "status 64", "256", "1", "awk", "sh"])
    }

    static let hasStaticBusybox = access("/usr/bin/busybox", X_OK) == 0 || access("/bin/busybox", X_OK) == 0

    @Test("the busybox root has an applet for every name", .enabled(if: hasStaticBusybox && canUnshare))
    func busybox() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/b"
        var recipe = try Recipe.load(path: recipePath("busybox"))
        // What is built with podlab is not there where the tests alone are built.
        if Self.builtPrograms.isEmpty { recipe.ownPrograms = [] }
        let manifest = try RootBuilder.build(recipe: recipe, into: path, ownFolders: Self.builtPrograms)
        #expect(manifest.entries.filter { $0.type == .link }.count > 100)
        #expect(try run("unshare", "-r", "chroot", path, "/bin/sh", "-c", "echo $((6*7))", in: folder) == "42\n")
    }
}
