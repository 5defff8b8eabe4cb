// What a layer's folder cannot hold is noted beside it, and known again for an image of several layers.

import CIsolation
import Glibc
import SystemPackage
import Testing

@testable import Images

@Suite("Notes of layers")
struct LayerNotesTests {
    /// Imports layers for a user who cannot give files away, and whose playgrounds have 2000 ids.
    private func corrections(_ layers: [(inout TarMaker) -> Void]) throws -> (found: [String], warnings: [String]) {
        let folder = try TestFolder()
        var options = ImportOptions()
        options.owner = FileOwner(user: geteuid(), group: getegid(), count: 1, shown: 2000)
        let archive = try folder.write(ImageMaker(layers.map { ImageMaker.layer($0) }).docker(), "archive.tar")
        let imported = try folder.store.importArchive(archive, options: options)
        let image = try #require(imported.images.first)
        let found = try image.corrections().map { one in
            let path = String(decoding: one.path, as: UTF8.self)
            let owner = "\(one.user.map { "\($0)" } ?? "-"):\(one.group.map { "\($0)" } ?? "-")"
            let link = one.link.map { " = " + String(decoding: $0, as: UTF8.self) } ?? ""
            return "\(path) \(owner)" + link + (one.mode.map { " " + String($0, radix: 8) } ?? "")
        }
        return (found, imported.warnings)
    }

    private var own: String { "\(geteuid()):\(getegid())" }

    @Test("owners that this user cannot give, of files, folders, links and second names")
    func owners() throws {
        let (found, warnings) = try corrections([
            { tar in
                tar.header("app/", "5", mode: 0o700, user: 1000)
                tar.file("app/hi", "hi", user: 1000)
                tar.hardLink("app/too", to: "app/hi")
                tar.header("app/link", "2", link: "hi", user: 7)
                tar.file("app/roots", "x")
                tar.file("twice", "x", user: 5)
                tar.file("twice", "x")
                tar.file("far", "x", user: 90000)
            }
        ])
        #expect(found == ["app 1000:1000", "app/hi 1000:1000", "app/link 7:7", "app/too 1000:1000 = app/hi"])
        #expect(warnings == ["gave to root, because this user's playgrounds have no such owner, far"])
    }

    @Test("names of one file are known as such, where they are to be seen")
    func names() throws {
        let (found, _) = try corrections([
            { tar in
                tar.file("b", "x", user: 9)
                for name in ["a", "c/d", "taken", "gone", "e"] { tar.hardLink(name, to: "b") }
                tar.file("e", "another", user: 9)
                tar.header("link", "2", link: "x", user: 9)
                tar.hardLink("link2", to: "link")
            },
            { tar in
                tar.file("taken", "y", user: 9)
                tar.file("taken2", "y", user: 9)
                tar.file(".wh.gone")
            },
        ])
        #expect(
            found == [
                "a 9:9", "b 9:9 = a", "c/d 9:9 = a", "e 9:9", "link 9:9", "link2 9:9 = link", "taken 9:9", "taken2 9:9",
            ])
    }

    @Test("the uppermost layer that has a path decides")
    func layers() throws {
        let (found, _) = try corrections([
            { tar in
                for name in ["taken", "kept", "gone", "hidden/x"] { tar.file(name, "x", user: 9) }
            },
            { tar in
                tar.file("taken", "y")
                tar.file(".wh.gone")
                tar.file(".wh.hidden")
            },
            { tar in
                tar.file("kept", "z", user: 8)
            },
        ])
        #expect(found == ["kept 8:8"])
    }

    @Test("a folder that a layer only implies is as the nearest layer below says")
    func implied() throws {
        let (found, _) = try corrections([
            { tar in
                tar.header("tmp/", "5", mode: 0o1777)
                tar.header("home/", "5", mode: 0o750, user: 30)
                tar.folder("shut/", mode: 0o700)
            },
            { tar in
                tar.file("tmp/a", "x")
            },
            { tar in
                tar.file("tmp/b", "x")
                tar.file("home/me/c", "x")
                tar.file("new/d", "x")
                tar.folder("shut/")
                tar.file("shut/e", "x")
            },
        ])
        #expect(found == ["home 30:30 750", "tmp \(own) 1777"])
    }

    @Test("what was removed in between is not taken over")
    func removed() throws {
        let (found, _) = try corrections([
            { tar in
                tar.header("a/", "5", mode: 0o1777)
                tar.folder("b/")
                tar.header("b/c/", "5", mode: 0o1777)
            },
            { tar in
                tar.file(".wh.a")
                tar.file("b/.wh..wh..opq")
            },
            { tar in
                tar.file("a/x", "x")
                tar.file("b/c/x", "x")
            },
        ])
        #expect(!found.contains { $0.hasPrefix("a ") || $0.hasPrefix("b/c ") }, "\(found)")
    }

    @Test("notes are read as they were written, whatever a name holds")
    func format() throws {
        var notes = LayerNotes()
        notes.owners[Array("a b\n o 1 2 \u{7f}".utf8) + [0xff]] = LayerNotes.Owner(user: 1, group: .max)
        notes.implied = [Array("i x".utf8), Array("tmp".utf8)]
        #expect(try LayerNotes(notes.bytes, "x") == notes)
        #expect(try LayerNotes([], "x") == LayerNotes())
        for broken in ["o 1 x", "x y", "o a b c", "i"] {
            #expect(imageError { _ = try LayerNotes(Array(broken.utf8), "x") }?.kind == .damaged, "\(broken)")
        }
    }

    @Test("attributes of users come with their files and folders, those of overlayfs never")
    func attributes() throws {
        let folder = try TestFolder()
        let (layer, warnings) = try folder.unpack { tar in
            tar.pax([("SCHILY.xattr.user.mime", "text/plain"), ("SCHILY.xattr.user.overlay.redirect", "/etc")])
            tar.file("file", "x", mode: 0o400)
            tar.pax([("SCHILY.xattr.user.kind", "k")])
            tar.folder("folder/", mode: 0o500)
        }
        #expect(attribute("user.mime", of: layer.appending("file")) == "text/plain")
        #expect(attribute("user.kind", of: layer.appending("folder")) == "k")
        #expect(attribute("user.overlay.redirect", of: layer.appending("file")) == nil)
        #expect(warnings == ["left out the extended attributes of file"])
    }

    private func attribute(_ name: String, of path: FilePath) -> String? {
        var value = [UInt8](repeating: 0, count: 100)
        let count = iso_getxattr(path.string, name, &value, 100)
        return count < 0 ? nil : String(decoding: value.prefix(Int(count)), as: UTF8.self)
    }
}
