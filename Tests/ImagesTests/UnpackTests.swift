// What a layer becomes on disk, and that nothing of it gets out.

import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Images

@Suite struct UnpackTests {
    @Test("files, folders and links come out with their modes, times and contents")
    func plain() throws {
        let folder = try TestFolder()
        let (layer, warnings) = try folder.unpack { tar in
            tar.folder("./", mode: 0o755)
            tar.folder("etc/", mode: 0o555)
            tar.file("etc/hosts", "127.0.0.1 localhost\n", mode: 0o640, modified: 1_500_000_000)
            tar.file("implied/folders/file", "x", mode: 0o755)
            tar.link("etc/link", to: "../../outside")
            tar.hardLink("etc/second", to: "etc/hosts")
            tar.folder("tmp", mode: 0o1777)
        }
        #expect(warnings.isEmpty)
        let hosts = try #require(facts(layer.appending("etc/hosts")))
        #expect(hosts.st_mode & 0o7777 == 0o640 && hosts.st_mtim.tv_sec == 1_500_000_000 && hosts.st_nlink == 2)
        #expect(text(layer.appending("etc/second")) == "127.0.0.1 localhost\n")
        #expect(facts(layer.appending("etc"))?.st_mode == S_IFDIR | 0o555)
        #expect(facts(layer.appending("tmp"))?.st_mode == S_IFDIR | 0o1777)
        #expect(facts(layer.appending("implied"))?.st_mode == S_IFDIR | 0o755)
        #expect(facts(layer.appending("etc"))?.st_mtim.tv_sec == 1_600_000_000)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: layer.appending("etc/link").string)
                == "../../outside")
        #expect(facts(folder.path.appending("store/layers"))?.st_mode == S_IFDIR | 0o700)
    }

    @Test("setuid, attributes, devices and pipes are left out, each by name")
    func leftOut() throws {
        let folder = try TestFolder()
        let (layer, warnings) = try folder.unpack { tar in
            tar.file("su", "x", mode: 0o4755)
            tar.header("dev/sda", "4")
            tar.header("dev/null", "3")
            tar.header("pipe", "6")
            tar.pax([("SCHILY.xattr.user.overlay.opaque", "y")])
            tar.folder("opaque/")
            for index in 0..<20 { tar.header("dev/tty\(index)", "3") }
        }
        #expect(facts(layer.appending("su"))?.st_mode == S_IFREG | 0o755)
        #expect(facts(layer.appending("dev/sda")) == nil && facts(layer.appending("pipe")) == nil)
        #expect(warnings.contains("dropped the setuid or setgid bit of su"))
        #expect(warnings.contains("left out the device dev/sda"))
        #expect(warnings.contains("left out the named pipe pipe"))
        #expect(warnings.contains("left out the extended attributes of opaque"))
        #expect(warnings.contains("left out the device: 14 more"), "\(warnings)")
        #expect(!isOpaque(layer.appending("opaque")))
    }

    @Test("whiteouts and opaque folders become what overlayfs knows")
    func whiteouts() throws {
        let folder = try TestFolder()
        let (layer, _) = try folder.unpack { tar in
            tar.file("etc/.wh.gone")
            tar.file("opaque/.wh..wh..opq")
            tar.file("opaque/new", "new")
            // What the same layer has of that name stays, before or after the whiteout.
            tar.folder("again/")
            tar.file("again/x", "x")
            tar.file(".wh.again")
            tar.file(".wh.later")
            tar.file("later/y", "y")
            tar.file(".wh.file")
            tar.file("file", "stays")
            tar.file(".wh..wh.plnk", "aufs")
        }
        let gone = try #require(facts(layer.appending("etc/gone")))
        #expect(gone.st_mode & S_IFMT == S_IFCHR && gone.st_rdev == 0)
        #expect(isOpaque(layer.appending("opaque")) && text(layer.appending("opaque/new")) == "new")
        #expect(isOpaque(layer.appending("again")) && text(layer.appending("again/x")) == "x")
        #expect(isOpaque(layer.appending("later")) && text(layer.appending("later/y")) == "y")
        #expect(text(layer.appending("file")) == "stays")
        #expect(!folder.names("store/layers").contains { $0.contains(".wh.") })
    }

    private func isOpaque(_ path: FilePath) -> Bool { ImageStore.isOpaque(path) }

    // MARK: What wants out

    /// Entries that would reach outside, and whether they are refused or end inside.
    struct Escape: Sendable, CustomTestStringConvertible {
        var name: String
        /// A part of the refusal; nil: it is unpacked, inside.
        var refusal: String?
        var build: @Sendable (inout TarMaker, _ outside: String) -> Void
        var testDescription: String { name }
    }

    @Test(
        "no path leaves the layer",
        arguments: [
            Escape(name: "../", refusal: "'..' in it") { tar, _ in tar.file("../escaped", "x") },
            Escape(name: "deep ..", refusal: "'..' in it") { tar, _ in tar.file("a/b/../../../escaped", "x") },
            Escape(name: "inner ..", refusal: "'..' in it") { tar, _ in tar.file("a/../escaped", "x") },
            Escape(name: "pax ..", refusal: "'..' in it") { tar, _ in
                tar.pax([("path", "../../escaped")])
                tar.file("fine", "x")
            },
            Escape(name: "GNU long ..", refusal: "'..' in it") { tar, _ in
                tar.long("L", String(repeating: "../", count: 60) + "escaped")
                tar.file("fine", "x")
            },
            Escape(name: "absolute") { tar, outside in tar.file("\(outside)/escaped", "x") },
            Escape(name: "absolute link, then through it") { tar, outside in
                tar.folder("\(outside)/")
                tar.link("exit", to: outside)
                tar.file("exit/escaped", "x")
            },
            Escape(name: "absolute link to nothing here, then through it", refusal: "is refused") { tar, outside in
                tar.link("exit", to: outside)
                tar.file("exit/escaped", "x")
            },
            Escape(name: "climbing link, then through it", refusal: "is refused") { tar, outside in
                tar.link("exit", to: String(repeating: "../", count: 30) + outside.dropFirst())
                tar.file("exit/escaped", "x")
            },
            Escape(name: "links in steps", refusal: "is refused") { tar, outside in
                tar.folder("a/")
                tar.link("a/up", to: "..")
                tar.link("b", to: "a/up/../../../../..\(outside)")
                tar.file("b/escaped", "x")
            },
            Escape(name: "file over a link") { tar, outside in
                tar.link("escaped", to: "\(outside)/escaped")
                tar.file("escaped", "x")
            },
            Escape(name: "folder over a link, then into it") { tar, outside in
                tar.link("exit", to: outside)
                tar.folder("exit/", mode: 0o777)
                tar.file("exit/escaped", "x")
            },
            Escape(name: "link over a folder that was used, then into it", refusal: "is refused") { tar, outside in
                tar.folder("d/")
                tar.file("d/one", "x")
                tar.link("d", to: outside)
                tar.file("d/escaped", "x")
            },
            Escape(name: "hard link to an absolute path", refusal: "not in this layer") { tar, outside in
                tar.hardLink("copy", to: "\(outside)/secret")
            },
            Escape(name: "hard link to ..", refusal: "'..' in it") { tar, _ in tar.hardLink("copy", to: "../../secret")
            },
            Escape(name: "hard link through a link", refusal: "not in this layer") { tar, outside in
                tar.link("exit", to: outside)
                tar.hardLink("copy", to: "exit/secret")
            },
            Escape(name: "write through a hard link to a link") { tar, outside in
                tar.link("exit", to: "\(outside)/secret")
                tar.hardLink("copy", to: "exit")
                tar.file("copy", "overwritten")
            },
            Escape(name: "hard link to a folder", refusal: "hard link to a folder") { tar, _ in
                tar.folder("d/")
                tar.hardLink("copy", to: "d")
            },
            Escape(name: "whiteout of ..", refusal: "whiteout of no name") { tar, _ in tar.file("a/.wh...") },
            Escape(name: "whiteout of .", refusal: "whiteout of no name") { tar, _ in tar.file("a/.wh..") },
            Escape(name: "whiteout of nothing", refusal: "whiteout of no name") { tar, _ in tar.file(".wh.") },
            Escape(name: "whiteout through a link", refusal: "is refused") { tar, outside in
                tar.link("exit", to: outside)
                tar.file("exit/.wh.secret")
            },
            Escape(name: "opaque through a link", refusal: "is refused") { tar, outside in
                tar.link("exit", to: outside)
                tar.file("exit/.wh..wh..opq")
            },
            Escape(name: "a folder's mode through a link") { tar, outside in
                tar.folder("d/", mode: 0o700)
                tar.link("d", to: outside)
            },
            Escape(name: "through /proc", refusal: "is refused") { tar, _ in
                tar.link("p", to: "/proc/self/root")
                tar.file("p/tmp/escaped", "x")
            },
            Escape(name: "a loop of links", refusal: "is refused") { tar, _ in
                tar.link("a", to: "b")
                tar.link("b", to: "a")
                tar.file("a/escaped", "x")
            },
            Escape(name: "a file as a folder", refusal: "is refused") { tar, _ in
                tar.file("f", "x")
                tar.file("f/escaped", "x")
            },
            Escape(name: "too many folders", refusal: "more than 200 folders") { tar, _ in
                tar.pax([("path", String(repeating: "d/", count: 300) + "f")])
                tar.file("x")
            },
            Escape(name: "a name too long", refusal: "longer than 255") { tar, _ in
                tar.pax([("path", String(repeating: "n", count: 256))])
                tar.file("x")
            },
            Escape(name: "an empty name", refusal: "its name is empty") { tar, _ in tar.file("", "x") },
            Escape(name: "a link to nothing", refusal: "link to nothing") { tar, _ in tar.link("l", to: "") },
        ])
    func escapes(escape: Escape) throws {
        let folder = try TestFolder()
        let outside = try TestFolder()
        _ = try outside.write(Array("untouched".utf8), "secret")
        chmod(outside.path.string, 0o751)
        let error = imageError {
            _ = try folder.unpack { tar in escape.build(&tar, outside.path.string) }
        }
        #expect(outside.names("") == ["secret"] && text(outside.path.appending("secret")) == "untouched")
        #expect(facts(outside.path)?.st_mode == S_IFDIR | 0o751)
        #expect(facts(outside.path.appending("secret"))?.st_nlink == 1)
        #expect(facts("/escaped") == nil && facts("/tmp/escaped") == nil)
        #expect(!folder.names("").contains { $0.hasSuffix("escaped") && !$0.hasPrefix("store/layers/") })
        if let refusal = escape.refusal {
            #expect(error?.kind == .archive)
            #expect(error?.description.contains(refusal) == true, "\(error?.description ?? "accepted")")
            #expect(folder.leftovers.isEmpty, "\(folder.leftovers)")
        } else {
            #expect(error == nil, "\(error?.description ?? "")")
        }
    }

    @Test(
        "owners are the mapped ones where this process may give files away", .enabled(if: geteuid() == 0, "needs root"))
    func owners() throws {
        let folder = try TestFolder()
        let layer = ImageMaker.layer { tar in
            tar.file("root", "x")
            tar.file("user", "x", user: 33)
            tar.file("far", "x", user: 70000)
            tar.link("link", to: "root")
            tar.file(".wh.gone")
        }
        var options = ImportOptions()
        options.owner = FileOwner(user: 1_900_000_000, group: 1_900_000_000, count: 65536)
        let file = try folder.write(ImageMaker([layer]).docker(), "a.tar")
        let image = try #require(try folder.store.importArchive(file, options: options).images.first)
        let found = try #require(image.layers.first)
        #expect(facts(found.appending("root"))?.st_uid == 1_900_000_000)
        #expect(facts(found.appending("user"))?.st_uid == 1_900_000_033)
        #expect(facts(found.appending("far"))?.st_uid == 1_900_000_000)
        #expect(facts(found.appending("link"))?.st_gid == 1_900_000_000)
        #expect(facts(found.appending("gone"))?.st_uid == 1_900_000_000)
        for name in ["", "layers", "blobs/sha256", "index.json", "oci-layout"] {
            #expect(facts(folder.store.path.appending(name))?.st_uid == 1_900_000_000, "\(name)")
        }
        // Another owner gets layers of its own.
        options.owner = .current
        let again = try #require(try folder.store.importArchive(file, options: options).images.first)
        #expect(facts(try #require(again.layers.first).appending("root"))?.st_uid == geteuid())
        #expect(folder.names("store").filter { $0.hasPrefix(".staging") }.isEmpty)
    }
}
