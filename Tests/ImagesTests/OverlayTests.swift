// Layers as overlayfs sees them, mounted in a user namespace of its own.

import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Images

@Suite struct OverlayTests {
    /// Why no overlay can be mounted in a user namespace here; nil when one was.
    static let trouble: String? = {
        do {
            let folder = try TestFolder()
            for name in ["low", "lower"] { mkdir(folder.path.appending(name).string, 0o755) }
            let tried = try mounted([folder.path.appending("low"), folder.path.appending("lower")], folder, "true")
            return tried.code == 0 ? nil : "no overlay can be mounted in a user namespace: \(tried.output)"
        } catch { return "\(error)" }
    }()

    /// Runs a shell script in which `$M` is the layers, the first one lowest, over each other.
    static func mounted(_ layers: [FilePath], _ folder: TestFolder, _ script: String) throws -> (
        code: Int32, output: String
    ) {
        let target = folder.path.appending("mounted").string
        mkdir(target, 0o755)
        let lower = layers.reversed().map(\.string).joined(separator: ":")
        return try run([
            "unshare", "--user", "--map-root-user", "--mount", "sh", "-ec",
            "M=\(target); mount -t overlay overlay -o userxattr,lowerdir=\(lower) $M; \(script)",
        ])
    }

    @Test(
        "whiteouts and opaque folders hide what is below, and nothing else",
        .enabled(if: trouble == nil, "\(trouble ?? "")"))
    func whiteouts() throws {
        let folder = try TestFolder()
        let lower = ImageMaker.layer { tar in
            tar.file("etc/gone", "x")
            tar.file("etc/stays", "x")
            tar.file("opaque/old", "x")
            tar.file("removed/old", "x")
            tar.file("remade/old", "x")
        }
        let upper = ImageMaker.layer { tar in
            tar.file("etc/.wh.gone")
            tar.file("opaque/.wh..wh..opq")
            tar.file("opaque/new", "x")
            tar.file(".wh.removed")
            tar.file(".wh.remade")
            tar.file("remade/new", "x")
        }
        try folder.importBytes(ImageMaker([lower, upper]).docker())
        let seen = try Self.mounted(try folder.store.resolve("test").layers, folder, "cd $M; find . -type f | sort")
        #expect(seen.code == 0)
        #expect(
            seen.output.split(separator: "\n") == ["./etc/stays", "./opaque/new", "./remade/new"], "\(seen.output)")
    }
}
