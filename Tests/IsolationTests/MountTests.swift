// Mounts, roots, and paths that somebody else has prepared.

import CIsolation
import Glibc
import Isolation
import SystemPackage
import Testing

@Suite("mounts", .enabled(if: canSandbox, noSandbox))
struct MountTests {
    @Test("file systems are mounted with their parameters and options")
    func fileSystems() throws {
        try withScratch { scratch in
            let place = Place.path(scratch)
            try withRunning(
                sandboxed + [.mount(.tmpfs(size: 1 << 20, mode: 0o750), on: place, options: [.noSuid, .noExecute])]
            ) {
                let mount = mounts(of: $0.pid)[scratch]
                #expect(mount?.type == "tmpfs")
                #expect(mount?.superOptions.isSuperset(of: ["size=1024k", "nr_inodes=1024", "mode=750"]) == true)
                #expect(mount?.options.isSuperset(of: ["rw", "nosuid", "noexec"]) == true)
            }
            for fileSystem in [FileSystem.proc, .sysfs, .mqueue, .devpts()] {
                try withRunning(sandboxed + [.mount(fileSystem, on: place)]) {
                    #expect(mounts(of: $0.pid)[scratch]?.type == fileSystem.type)
                }
            }
        }
    }

    @Test("a read-only bind refuses writing, a plain one does not, and the source stays writable")
    func readOnlyBind() throws {
        try withScratch { scratch in
            let plan = Plan(
                sandboxed + [
                    .mount(.tmpfs(), on: .path(scratch)), .makeDirectory(.path(scratch + "/s")),
                    .makeDirectory(.path(scratch + "/ro")), .makeDirectory(.path(scratch + "/rw")),
                    .bind(from: .path(scratch + "/s"), to: .path(scratch + "/ro"), options: .readOnly),
                    .bind(from: .path(scratch + "/s"), to: .path(scratch + "/rw")),
                    .changeDirectory(.path(scratch)), sh("touch ro/x 2>/dev/null; touch rw/y; touch s/z; ls s"),
                ])
            let said = try plan.output().text
            #expect(said == "y\nz\n")
        }
    }

    @Test("a mount can be made read-only afterwards, and unmounted")
    func attributes() throws {
        try withScratch { scratch in
            let tmpfs: [Step] = [
                .mount(.tmpfs(), on: .path(scratch)), .setMountOptions([.readOnly, .noDevices], on: .path(scratch)),
            ]
            try withRunning(sandboxed + tmpfs) {
                #expect(mounts(of: $0.pid)[scratch]?.options.isSuperset(of: ["ro", "nodev"]) == true)
            }
            try withRunning(sandboxed + tmpfs + [.unmount(.inside(root: "/", scratch))]) {
                #expect(mounts(of: $0.pid)[scratch] == nil)
            }
        }
    }

    @Test("propagation is set, and a private mount does not come back to us")
    func propagation() throws {
        try withScratch { scratch in
            let head: [Step] = sandboxed + [.mount(.tmpfs(), on: .path(scratch))]
            for (kind, seen) in [(Propagation.shared, "shared:"), (.private, ""), (.unbindable, "unbindable")] {
                try withRunning(head + [.setPropagation(kind, on: .path(scratch), recursive: false)]) {
                    #expect(mounts(of: $0.pid)[scratch]?.propagation.hasPrefix(seen) == true)
                    #expect(mounts(of: getpid())[scratch] == nil)
                }
            }
            let slave: [Step] = [
                .setPropagation(.shared, on: .path(scratch)), .makeDirectory(.path(scratch + "/b")),
                .bind(from: .path(scratch), to: .path(scratch + "/b")),
                .setPropagation(.slave, on: .path(scratch + "/b")),
            ]
            try withRunning(head + slave) {
                #expect(mounts(of: $0.pid)[scratch + "/b"]?.propagation.hasPrefix("master:") == true)
            }
        }
    }

    @Test("an overlay takes more layers than fsconfig takes text")
    func manyLayers() throws {
        try withScratch { scratch in
            func at(_ name: String) -> Place { .path(scratch + "/" + name) }
            let layers = (0..<12).map { "\($0)-" + String(repeating: "x", count: 60) }
            let plan = Plan(
                sandboxed + [.mount(.tmpfs(), on: .path(scratch))]
                    + layers.flatMap { layer -> [Step] in
                        [
                            .makeDirectory(at(layer)),
                            .writeFile(at("\(layer)/\(layer.prefix { $0 != "-" })"), contents: ""),
                        ]
                    } + [
                        .makeDirectory(at("u")), .makeDirectory(at("w")), .makeDirectory(at("o")),
                        .mount(
                            .overlay(
                                lower: layers.map { scratch + "/" + $0 }, upper: scratch + "/u", work: scratch + "/w"),
                            on: at("o")),
                        .changeDirectory(at("o")), sh("ls | wc -l; touch new && ls ../u"),
                    ])
            let output = try plan.output()
            #expect(output.text == "12\nnew\n", "\(output.errorText)")
        }
    }

    @Test("an overlay joins its layers, whatever characters are in their names")
    func overlay() throws {
        try withScratch { scratch in
            func at(_ name: String) -> Place { .path(scratch + "/" + name) }
            let plan = Plan(
                sandboxed + [
                    .mount(.tmpfs(), on: .path(scratch)), .makeDirectory(at("a:b,c")), .makeDirectory(at("u")),
                    .makeDirectory(at("w")), .makeDirectory(at("o")), .writeFile(at("a:b,c/low"), contents: "low"),
                    .mount(
                        .overlay(lower: [scratch + "/a:b,c"], upper: scratch + "/u", work: scratch + "/w"), on: at("o")),
                    .changeDirectory(.path(scratch)), sh("echo up >o/up; rm o/low; ls o u a*"),
                ])
            let said = try plan.output().text
            #expect(said == "a:b,c:\nlow\n\no:\nup\n\nu:\nlow\nup\n")
        }
    }

    @Test("after pivot_root the old root is gone; after chroot it is only out of sight")
    func roots() throws {
        try withScratch { scratch in
            let root: [Step] =
                sandboxed + [
                    .bind(from: "/", to: .path(scratch), recursive: true)
                ]
            try withRunning(root + [.pivotRoot(.path(scratch))]) {
                #expect(mounts(of: $0.pid)["/"] != nil)
                #expect(mounts(of: $0.pid)[scratch] == nil)
                #expect(link("/proc/\($0.pid)/cwd") == "/")
            }
            try withRunning(root + [.chroot(.path(scratch))]) {
                #expect(link("/proc/\($0.pid)/root") == scratch)
                #expect(link("/proc/\($0.pid)/cwd") == scratch)
            }
        }
    }

    @Test("a symbolic link inside a root does not lead out of it")
    func insideRoot() throws {
        try withScratch { scratch in
            let root = scratch + "/root"
            let plan = Plan(
                sandboxed + [
                    .mount(.tmpfs(), on: .path(scratch)), .makeDirectory(.path(root)),
                    .makeDirectory(.path(scratch + "/etc")),
                    .makeSymbolicLink(.inside(root: root, "/evil"), to: "../../etc"),
                    .makeDirectory(.path(root + "/etc")), .writeFile(.inside(root: root, "/evil/f"), contents: "in"),
                    .makeDirectory(.inside(root: root, "/evil/d/e"), parents: true),
                    .mount(.tmpfs(), on: .inside(root: root, "/evil/d")),
                    .makeFile(.inside(root: root, "/evil/d/mounted")), .changeDirectory(.path(scratch)),
                    sh("ls etc root/etc root/etc/d; cat root/etc/f"),
                ])
            let said = try plan.output().text
            #expect(said == "etc:\n\nroot/etc:\nd\nf\n\nroot/etc/d:\nmounted\nin")
        }
    }

    @Test("a magic link inside a root is refused")
    func magicLink() throws {
        try withScratch { scratch in
            let plan = Plan(
                sandboxed + [.writeFile(.inside(root: "/", "/proc/self/cwd/x"), contents: ""), sh("true")])
            let error = #expect(throws: IsolationError.self) { try plan.run() }
            #expect(error?.errno?.rawValue == ELOOP)
            _ = scratch
        }
    }

    @Test("a detached tree is moved to its place")
    func detachedTree() throws {
        try withScratch { scratch in
            let plan = Plan(
                sandboxed + [
                    .mount(.tmpfs(), on: .path(scratch)), .makeDirectory(.path(scratch + "/s")),
                    .makeDirectory(.path(scratch + "/t")), .makeFile(.path(scratch + "/s/f")),
                    .openTree(.path(scratch + "/s"), as: "tree", options: .readOnly),
                    .bind(from: .opened("tree"), to: .path(scratch + "/t")), .changeDirectory(.path(scratch)),
                    sh("ls t; touch t/x 2>/dev/null || echo read-only"),
                ])
            let said = try plan.output().text
            #expect(said == "f\nread-only\n")
        }
    }

    @Test(
        "options that are locked stay, whoever takes them off by whatever name; others do not",
        arguments: [true, false])
    func lockedOptions(locked: Bool) throws {
        try withScratch { scratch in
            chmod(scratch, 0o777)
            let steps: [Step] = [
                .openTree(.path(scratch), as: "tree"), .setCredentials(),
                locked
                    ? .lockMountOptions([.readOnly, .noSuid, .noDevices], ofTree: "tree", at: "/tmp")
                    : .setFileModeMask(0o022),
                .mount(.tmpfs(), on: .path("/tmp")), .makeDirectory("/tmp/t"), .makeDirectory("/tmp/u"),
                .bind(from: .opened("tree"), to: "/tmp/t", options: locked ? [] : .readOnly), .changeDirectory("/tmp"),
                sh(
                    """
                    touch t/1 2>/dev/null && echo at once
                    mount -o remount,bind,rw /tmp/t 2>/dev/null; touch t/2 2>/dev/null && echo remounted
                    mount --bind t u && mount -o remount,bind,rw /tmp/u 2>/dev/null; touch u/3 2>/dev/null && echo bound anew
                    grep ' /tmp/t ' /proc/self/mountinfo | cut -d' ' -f6 | grep -o 'ro,nosuid,nodev'
                    """),
            ]
            let head: [Step] = [.unshare(.sandbox), .mapIDs(.automatic), .setPropagation(.private)]
            let said = try Plan(head + steps).output().text
            #expect(said == (locked ? "ro,nosuid,nodev\n" : "remounted\nbound anew\n"))
        }
    }
}
