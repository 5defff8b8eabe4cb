// Files of the node and of images: confinement, and removal of what somebody else has filled.

import CIsolation
import Glibc
import Isolation
import Linux
import SystemPackage
import TestSupport
import Testing

@testable import Pods

@Suite("files of pods")
struct NodeFileTests {
    /// A folder that exists for the length of a test.
    private func withScratch(_ body: (String) throws -> Void) throws {
        let path = try makeScratchFolder()
        defer { TreeRemoval.remove(path) }
        try body(path)
    }

    private func write(_ path: String, _ text: String = "") {
        let fd = iso_openat(AT_FDCWD, path, O_WRONLY | O_CREAT, 0o644)
        _ = Glibc.write(fd, text, text.utf8.count)
        close(fd)
    }

    @Test("a link in an image leads into the image, never out of it")
    func confined() throws {
        try withScratch { scratch throws in
            let layer = scratch + "/layer"
            mkdir(layer, 0o755)
            mkdir(layer + "/etc", 0o755)
            write(scratch + "/passwd", "outside")
            symlink("../../passwd", layer + "/etc/passwd")
            let image = ContainerImage(id: "i", layers: [layer])
            #expect(try image.contents(of: "etc/passwd") == nil)
            write(layer + "/passwd", "inside")
            #expect(try image.contents(of: "etc/passwd") == "inside")
        }
    }

    @Test("the uppermost layer that has a file gives it, and a whiteout hides those below")
    func layers() throws {
        try withScratch { scratch throws in
            for layer in ["low", "high", "none"] {
                mkdir("\(scratch)/\(layer)", 0o755)
                mkdir("\(scratch)/\(layer)/etc", 0o755)
            }
            write(scratch + "/low/etc/passwd", "low")
            write(scratch + "/high/etc/passwd", "high")
            func contents(_ layers: [String]) throws -> String? {
                try ContainerImage(id: "i", layers: layers.map { scratch + "/" + $0 }).contents(of: "etc/passwd")
            }
            #expect(try contents(["low", "high"]) == "high")
            #expect(try contents(["high", "low"]) == "low")
            #expect(try contents(["low", "none"]) == "low")
            #expect(try contents(["none"]) == nil)
            // For everybody since Linux 5.8.
            if mknod(scratch + "/none/etc/passwd", S_IFCHR, 0) == 0 { #expect(try contents(["low", "none"]) == nil) }
            mkdir(scratch + "/opaque", 0o755)
            mkdir(scratch + "/opaque/etc", 0o755)
            let opaque = open(scratch + "/opaque/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer { close(opaque) }
            if iso_fsetxattr(opaque, "user.overlay.opaque", "y", 1) == 0 {
                #expect(try contents(["low", "opaque"]) == nil)
            }
            mkdir(scratch + "/gone", 0o755)
            if mknod(scratch + "/gone/etc", S_IFCHR, 0) == 0 { #expect(try contents(["low", "gone"]) == nil) }
            // What lies in wait must not hold the reader.
            mkfifo(scratch + "/none/etc/fifo", 0o600)
            #expect(
                try ContainerImage(id: "i", layers: [scratch + "/none"]).contents(of: "etc/fifo") == nil)
        }
    }

    @Test("a hostPath is a path of the node: no .., no magic link, and of the kind that it says")
    func hostPaths() throws {
        try withScratch { scratch throws in
            mkdir(scratch + "/folder", 0o755)
            write(scratch + "/file")
            symlink("folder", scratch + "/link")
            let folder = PodFolder(PodIdentity(uid: "u", name: "p"), in: .standard)
            func problem(_ path: String, _ type: HostPathType = .any) -> PodError? {
                PodVolume(volume: Volume(name: "v", source: .hostPath(path, type)), folder: folder).problem()
            }
            #expect(problem(scratch + "/folder") == nil)
            #expect(problem(scratch + "/link", .directory) == nil)
            #expect(problem(scratch + "/file", .file) == nil)
            #expect(problem(scratch + "/new", .directoryOrCreate) == nil)
            for (path, type, words) in [
                ("relative", HostPathType.any, "not an absolute path"), (scratch + "/../etc", .any, "has .. in it"),
                ("/proc/self/root", .any, "magic link"), (scratch + "/none", .any, "ENOENT"),
                (scratch + "/file", .directory, "is not a directory"), (scratch + "/folder", .file, "is not a file"),
                (scratch + "/file", .directoryOrCreate, "is not a directory"),
            ] {
                let refusal = problem(path, type)
                #expect(refusal?.reason == "FailedMount" && refusal?.meaning.contains(words) == true, "\(path)")
            }
        }
    }

    @Test("a name that has become another file is made one of the first again, and its folder is as it was")
    func names() throws {
        try withScratch { scratch throws in
            mkdir(scratch + "/folder", 0o755)
            write(scratch + "/first", "text")
            write(scratch + "/folder/second", "text")
            symlink("elsewhere", scratch + "/link")
            symlink("/etc", scratch + "/outside")
            symlink("elsewhere", scratch + "/folder/link")
            let time = timespec(tv_sec: 1_600_000_000, tv_nsec: 5)
            utimensat(AT_FDCWD, scratch + "/folder", [time, time], 0)
            let root = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer { close(root) }
            func facts(_ path: String) -> stat {
                var found = stat()
                lstat(scratch + "/" + path, &found)
                return found
            }
            func make(_ path: String, _ first: String) throws {
                try FileCorrection(path: Array(path.utf8), link: Array(first.utf8)).make(below: root)
            }
            for _ in 0..<2 { try make("folder/second", "first") }
            try make("folder/link", "link")
            #expect(facts("first").st_ino == facts("folder/second").st_ino && facts("first").st_nlink == 2)
            #expect(facts("link").st_ino == facts("folder/link").st_ino && facts("link").st_nlink == 2)
            #expect(facts("folder").st_mtim.tv_sec == 1_600_000_000 && facts("folder").st_mtim.tv_nsec == 5)
            // What is not there, is of another kind, or is reached by a link stays as it is.
            for (path, first) in [
                ("nosuch", "first"), ("first", "nosuch"), ("folder", "first"), ("first", "folder"), ("link", "first"),
                ("outside/hosts", "first"), ("first", "outside/hosts"), ("nosuch/x", "first"),
            ] {
                try make(path, first)
            }
            #expect(facts("first").st_nlink == 2 && facts("link").st_nlink == 2 && facts("nosuch").st_ino == 0)
            #expect(facts("first").st_mode & S_IFMT == S_IFREG && facts("link").st_mode & S_IFMT == S_IFLNK)
        }
    }

    @Test("a part of a volume is bound from inside the volume, and made where it is not there")
    func parts() throws {
        try withScratch { scratch throws in
            var paths = NodePaths.standard
            paths.pods = scratch
            let folder = PodFolder(PodIdentity(uid: "u", name: "p"), in: paths)
            mkdir(folder.path, 0o755)
            mkdir(folder.volumes, 0o755)
            mkdir(folder.volume("c"), 0o755)
            write(folder.volume("c") + "/key", "x")
            symlink("/etc/passwd", folder.volume("c") + "/out")
            let volume = PodVolume(
                volume: Volume(name: "c", source: .configMap(name: "m", files: ["key": "x"])), folder: folder)
            let container = folder.container("id")
            func steps(_ part: String?, at path: String = "/etc/app.conf") throws -> [Step] {
                var mount = VolumeMount(name: "c", mountPath: path)
                mount.subPath = part
                return try volume.binding(mount, number: 0, into: container)
            }
            let target = Place.inside(root: container.root, "/etc/app.conf")
            // A file on a file, read-only because it is a ConfigMap.
            #expect(
                try steps("key") == [
                    .makeDirectory(.inside(root: container.root, "/etc"), parents: true), .makeFile(target),
                    .bind(
                        from: .inside(root: folder.volume("c"), "key"), to: target, recursive: true, options: .readOnly),
                ])
            #expect(
                try steps("new/one").first
                    == .makeDirectory(.inside(root: folder.volume("c"), "new/one"), parents: true))
            // In the volume there is no /etc/passwd, so there will be a folder of that name in it.
            #expect(try steps("out").first == .makeDirectory(.inside(root: folder.volume("c"), "out"), parents: true))
            #expect(try steps(nil).count == 2)
        }
    }
}
