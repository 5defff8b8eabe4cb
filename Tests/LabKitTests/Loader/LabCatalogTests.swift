// Finding labs: the folder they are in, and one by what a person calls it.

import SystemPackage
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite("Lab catalog")
struct LabCatalogTests {
    private let ids = ["01-chroot", "02-bind-mounts", "03-unshare", "10-seccomp", "16-inspect"]

    @Test(
        "a lab is found by id, number, name and the beginning of its name",
        arguments: [
            ("01-chroot", "01-chroot"), ("1", "01-chroot"), ("01", "01-chroot"), ("chroot", "01-chroot"),
            ("10", "10-seccomp"),
            ("chr", "01-chroot"), ("UNSHARE", "03-unshare"), ("02-b", "02-bind-mounts"),
        ])
    func found(query: String, id: String) throws {
        #expect(try LabCatalog.find(query, in: ids) == id)
    }

    @Test("an unknown lab names the nearest, else all; a beginning that fits two names both")
    func notFound() {
        #expect(throws: LabLookupError.unknown("chrot", near: ["01-chroot"])) { try LabCatalog.find("chrot", in: ids) }
        #expect(throws: LabLookupError.unknown("7", near: ids)) { try LabCatalog.find("7", in: ids) }
        #expect(throws: LabLookupError.unknown("", near: ids)) { try LabCatalog.find("", in: ids) }
        #expect(throws: LabLookupError.unknown("0", near: ids)) { try LabCatalog.find("0", in: ids) }
        #expect(throws: LabLookupError.ambiguous("chr", ["01-chroot", "02-chroma"])) {
            try LabCatalog.find("chr", in: ["01-chroot", "02-chroma"])
        }
        #expect(LabLookupError.unknown("\u{1b}[2J", near: ["a"]).description.contains("\\u{1b}"))
    }

    @Test("labs are sorted; one that cannot be read is listed and says why when asked for")
    func load() throws {
        try withTemporaryFolder { folder in
            try write("x: 1\n", to: folder.appending("02-bad/lab.yaml"))
            try write(LabFixture.smallLab, to: folder.appending("01-chroot/lab.yaml"))
            try write(LabFixture.smallLesson, to: folder.appending("01-chroot/lesson.md"))
            try write("", to: folder.appending("Solutions.swift"))
            try write("", to: folder.appending("03-empty/README"))
            let catalog = try LabCatalog.load(folder)
            #expect(catalog.entries.map(\.id) == ["01-chroot", "02-bad"])
            #expect(catalog.labs.map(\.id) == ["01-chroot"])
            #expect(try catalog.lab("1").title == "A root of its own")
            #expect(LabLoader.outline(folder.appending("01-chroot"))?.steps == ["pack", "enter"])
            #expect(LabLoader.outline(folder.appending("02-bad")) == nil)
            #expect(throws: LabFilesError.self) { try catalog.lab("bad") }
        }
    }

    @Test("the outline of a lab is that of the whole lab")
    func outlines() throws {
        let folder = FilePath(#filePath).removingLastComponent().appending("../../../Labs").lexicallyNormalized()
        let labs = try LabCatalog.load(folder).labs
        let folders = labs.map { folder.appending($0.id) }
        #expect(
            LabLoader.outlines(folders + ["/nowhere"] + folders) == labs.map(\.outline) + [nil] + labs.map(\.outline))
        #expect(LabLoader.outlines([]) == [])
    }

    @Test(
        "an outline that has a fault is none",
        arguments: [
            ("minutes: 15", "minutes: 0"), ("minutes: 15", "minutes: soon"), ("title: A root", "name: A root"),
            ("podlab.lab/v1", "podlab.lab/v2"), ("- id: pack", "- name: pack"), ("id: 01-chroot", "id: [01]"),
            ("steps:", "steps: ]"),
        ])
    func outlineFaults(from: String, to: String) throws {
        try withTemporaryFolder { folder in
            try #require(LabFixture.smallLab.contains(from))
            try write(
                LabFixture.smallLab.replacing(from, with: to, maxReplacements: 1), to: folder.appending("lab.yaml"))
            #expect(LabLoader.outline(folder) == nil)
        }
    }

    @Test("a missing or empty labs folder is a clear error")
    func missing() throws {
        try withTemporaryFolder { folder in
            #expect(throws: LabCatalogError.unreadable(folder.appending("no"))) {
                try LabCatalog.load(folder.appending("no"))
            }
            #expect(throws: LabCatalogError.empty(folder)) { try LabCatalog.load(folder) }
        }
    }

    @Test("the labs folder: option, environment, checkout of the executable, data folders, in this order")
    func location() throws {
        func find(_ there: Set<FilePath>, option: String? = nil, variable: String? = nil) throws -> LabsLocation {
            try LabsLocation.find(
                option: option, environment: ["HOME": "/home/ada", "PODLAB_LABS": variable ?? ""],
                executable: "/src/podlab/.build/release/podlab", isDirectory: { there.contains($0) },
                isFile: { there.contains($0) })
        }
        let all: Set<FilePath> = [
            "/a", "/b", "/src/podlab/Labs", "/src/podlab/Package.swift", "/home/ada/.local/share/podlab/Labs",
            "/usr/share/podlab/Labs", "/usr/local/share/podlab/Labs",
        ]
        #expect(try find(all, option: "/a", variable: "/b").folder == "/a")
        #expect(try find(all, variable: "/b").folder == "/b")
        #expect(try find(all).folder == "/src/podlab/Labs")
        #expect(try find(all.subtracting(["/src/podlab/Package.swift"])).folder == "/home/ada/.local/share/podlab/Labs")
        #expect(
            try find(["/usr/share/podlab/Labs", "/usr/local/share/podlab/Labs"]).folder == "/usr/share/podlab/Labs")
        #expect(try find(["/usr/local/share/podlab/Labs"]).folder == "/usr/local/share/podlab/Labs")
        #expect(throws: LabsLocationError.missing("/x", named: .option)) { try find(all, option: "/x") }
        #expect(throws: LabsLocationError.missing("/x", named: .environment)) { try find(all, variable: "/x") }
        #expect(throws: LabsLocationError.self) { try find([]) }
        let elsewhere: Set<FilePath> = [
            "/opt/podlab/share/podlab/Labs", "/data/unpacked/1/Labs", "/home/ada/.local/share/podlab/Labs",
        ]
        func installed(_ unpacked: () throws(OwnFilesError) -> FilePath?) throws(LabsLocationError) -> LabsLocation {
            try LabsLocation.find(
                environment: ["HOME": "/home/ada"], executable: "/opt/podlab/bin/podlab", unpacked: unpacked,
                isDirectory: { elsewhere.contains($0) }, isFile: { _ in false })
        }
        #expect(try installed { "/data/unpacked/1" }.folder == "/data/unpacked/1/Labs")
        let failure = OwnFilesError(incomplete: "/data/unpacked/2/Labs")
        #expect(throws: LabsLocationError.notUnpacked(failure)) { try installed { "/data/unpacked/2" } }
        #expect(throws: LabsLocationError.notUnpacked(failure)) {
            try installed { () throws(OwnFilesError) in throw failure }
        }
        #expect(
            try LabsLocation.find(
                environment: [:], executable: "/src/podlab/.build/release/podlab",
                unpacked: { () throws(OwnFilesError) in throw failure }, isDirectory: { all.contains($0) },
                isFile: { all.contains($0) }
            ).origin == .checkout, "a checkout's files are asked first")
        #expect(
            try LabsLocation.find(
                environment: ["HOME": "/home/ada"], executable: "/opt/podlab/bin/podlab",
                isDirectory: { ["/opt/podlab/share/podlab/Labs", "/usr/share/podlab/Labs"].contains($0) },
                isFile: { _ in false }
            ).folder == "/opt/podlab/share/podlab/Labs", "beside the folder of an installed executable")
    }
}
