// podlab image: the store as a person uses it.

import Foundation
import Glibc
import KernelState
import Testing

/// A home with a store of its own: images are made in it, and the course root of all tests stays as it is.
private final class ImageHome {
    let home: Home

    init() throws { home = try Home() }

    var data: String { home.path + "/data" }
    var store: String { data + "/podlab/images" }

    func image(_ arguments: String..., environment extra: [String: String] = [:]) throws -> Finished {
        try run(
            [try home.executable(), "image"] + arguments,
            environment: home.environment.merging(extra) { _, new in new }.merging(["XDG_DATA_HOME": data]) { _, new in
                new
            })
    }

    /// Everything below the store, but not the layers' own files.
    var parts: Set<String> {
        Set(
            ((try? FileManager.default.subpathsOfDirectory(atPath: store)) ?? [])
                .filter { $0.split(separator: "/").count <= ($0.hasPrefix("layers/") ? 2 : 3) })
    }

    var list: ImageDocument? {
        get throws {
            try JSONDecoder().decode(ImageDocument.self, from: Data(try image("list", "--format", "json").bytes))
        }
    }
}

private struct ImageDocument: Decodable {
    struct Item: Decodable {
        var reference: String
        var id: String
        var layers: [String]
        var command: [String]
        var environment: [String]
        var entryPoint: [String]
    }
    var schema: String
    var images: [Item]
}

@Suite struct ImageTests {
    static let hasBusybox = program("busybox") != nil

    @Test(
        "the busybox image is made once, listed, exported as a layout, and removed without a trace", .needsPodlab,
        .enabled(if: hasBusybox, "busybox is not installed"))
    func busybox() throws {
        let own = try ImageHome()
        let empty = try own.image("list")
        #expect(empty.code == 0 && empty.output.contains("podlab image build busybox"), "\(empty)")
        let built = try own.image("build", "busybox")
        #expect(
            built.code == 0 && built.output.hasPrefix("built docker.io/library/busybox:latest (sha256:"), "\(built)")
        let again = try own.image("build", "busybox")
        #expect(again.code == 0 && again.output == "docker.io/library/busybox:latest is up to date\n", "\(again)")

        let document = try #require(try own.list)
        let image = try #require(document.images.first)
        #expect(document.schema == "podlab.images/v1" && document.images.count == 1)
        #expect(image.command == ["sh"] && image.entryPoint.isEmpty)
        #expect(image.environment.contains { $0.hasPrefix("PATH=") })
        let layer = try #require(image.layers.first)
        for name in ["sh", "sleep", "ip", "httpd", "wget", "nc"] {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(layer)/usr/bin/\(name)")
            #expect(target?.hasSuffix("busybox") == true, "\(name) leads to \(target ?? "nothing")")
        }
        #expect(access("\(layer)/usr/local/bin/greedy", F_OK) == 0)
        let table = try own.image("list").output
        #expect(table.contains("IMAGE") && table.contains("docker.io/library/busybox:latest"), "\(table)")

        // A layout in tar is an archive as skopeo would write it.
        let archive = own.home.path + "/layout.tar"
        let packed = try run(
            ["tar", "-C", own.store, "-cf", archive, "oci-layout", "index.json", "blobs"],
            environment: own.home.environment)
        #expect(packed.code == 0, "\(packed)")
        let imported = try own.image("import", archive, "--name", "copy:1")
        #expect(
            imported.code == 0 && imported.output == "imported docker.io/library/copy:1 (\(image.id))\n", "\(imported)")
        #expect(try own.list?.images.map(\.layers) == [[layer], [layer]])

        #expect(try own.image("remove", "busybox").code == 0)
        #expect(try own.image("remove", "docker.io/copy:1").output == "removed docker.io/library/copy:1\n")
        #expect(own.parts == ["blobs", "blobs/sha256", "index.json", "layers", "notes", "oci-layout"], "\(own.parts)")
    }

    @Test("wrong names and files end with 64, what is no image with 2, and each says what to do", .needsPodlab)
    func wrong() throws {
        let own = try ImageHome()
        let text = try own.home.write("hello", to: "text.tar")
        for (arguments, code, message) in [
            (["import", "/nonexistent"], 64, "there is no file /nonexistent"),
            (["import", text], 2, "the tar archive is damaged"),
            (["import", text, "--name", "UPPER"], 64, "must be in lower case"),
            (["import", "/dev/null"], 2, "not a regular file"),
            (["remove", "busybox"], 64, "'docker.io/library/busybox:latest': it is not in the image store"),
            (["remove", "\u{1B}[2j"], 64, "is no part of a name"),
            (["pull", "a b"], 64, "is no part of a name"),
            (["build", "debian"], 64, "there is: busybox"),
            (["list", "--format", "yaml"], 64, "'text'"), (["lst"], 64, "podlab image"),
        ] as [([String], Int32, String)] {
            let done = try run(
                [try own.home.executable(), "image"] + arguments,
                environment: own.home.environment.merging(["XDG_DATA_HOME": own.data]) { _, new in new })
            #expect(done.code == code && done.error.contains(message), "\(arguments): \(done)")
            #expect(!done.error.contains("\u{1B}"))
        }
        #expect(own.parts.allSatisfy { !$0.hasPrefix(".staging") && !$0.hasPrefix("layers/") }, "\(own.parts)")
    }

    @Test("pull says what to install where skopeo is not, and imports what skopeo fetches where it is", .needsPodlab)
    func pull() throws {
        let own = try ImageHome()
        let none = try own.image("pull", "busybox", environment: ["PATH": own.home.path])
        #expect(none.code == 2 && none.error.contains("skopeo is not installed"), "\(none)")
        #expect(none.error.contains("podlab image import image.tar"), "\(none)")

        // One of the test's own, because no test goes to a registry: it hands over a layout that was made before.
        try #require(Self.hasBusybox)
        #expect(try own.image("build", "busybox").code == 0)
        let archive = own.home.path + "/layout.tar"
        _ = try run(
            ["tar", "-C", own.store, "-cf", archive, "oci-layout", "index.json", "blobs"],
            environment: own.home.environment)
        let folder = own.home.path + "/bin"
        let script = try own.home.write(
            """
            #!/bin/sh
            case "$*" in
            "copy --quiet docker://docker.io/library/busybox:9 oci-archive:"*) cp \(archive) "${4#oci-archive:}" ;;
            *) echo "no such image" >&2; exit 1 ;;
            esac
            """, to: "bin/skopeo")
        chmod(script, 0o755)
        let path = "\(folder):\(own.home.environment["PATH"] ?? "")"
        let pulled = try own.image("pull", "busybox:9", environment: ["PATH": path])
        #expect(pulled.code == 0 && pulled.output.hasPrefix("pulled docker.io/library/busybox:9 (sha256:"), "\(pulled)")
        let refused = try own.image("pull", "other", environment: ["PATH": path])
        #expect(
            refused.code == 2 && refused.error.contains("skopeo could not fetch docker.io/library/other:latest"),
            "\(refused)")
        #expect(!own.parts.contains { $0.hasPrefix(".fetch") }, "\(own.parts)")
    }

    @Test("an import that is killed leaves the store as it was, and its leftovers go with the next one", .needsPodlab)
    func killed() throws {
        let own = try ImageHome()
        // A layer whose second file is larger than podlab may write: the kernel kills it there (setrlimit(2), RLIMIT_FSIZE), when the first
        // file is unpacked.
        let content = own.home.path + "/content"
        let made = try run(
            [
                "sh", "-ec",
                "mkdir -p \(content); cd \(content); echo 1 > first; head -c 8388608 /dev/zero > second; tar -cf ../layer.tar first second",
            ],
            environment: own.home.environment)
        try #require(made.code == 0, "\(made)")
        let layer = own.home.path + "/layer.tar"
        let digest = try sha256(layer, own)
        let config = try own.home.write(
            #"{"architecture":"\#(architecture)","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:\#(digest)"]}}"#,
            to: "config.json")
        let manifest = try own.home.write(
            #"[{"Config":"config.json","RepoTags":["big:1"],"Layers":["layer.tar"]}]"#, to: "manifest.json")
        let archive = own.home.path + "/image.tar"
        let files = [config, manifest, layer].map { String($0.split(separator: "/").last ?? "") }
        #expect(
            try run(["tar", "-C", own.home.path, "-cf", archive] + files, environment: own.home.environment).code == 0)

        #expect(try own.image("list").code == 0)
        let killed = try run(
            [
                "sh", "-c", #"ulimit -c 0; ulimit -f 8192; exec "$0" "$@""#, try own.home.executable(), "image",
                "import", archive,
            ],
            environment: own.home.environment.merging(["XDG_DATA_HOME": own.data]) { _, new in new })
        #expect(killed.code == 128 + SIGXFSZ, "\(killed)")
        #expect(own.staged.contains { access("\($0)/first", F_OK) == 0 }, "\(own.staged)")
        #expect(!own.parts.contains("index.json"), "\(own.parts)")
        #expect(try own.list?.images.isEmpty == true)
        let imported = try own.image("import", archive)
        #expect(imported.code == 0, "\(imported)")
        #expect(
            own.staged.isEmpty && own.parts.filter { $0.hasPrefix("layers/") } == ["layers/\(digest)"], "\(own.parts)")
        #expect(try own.image("remove", "big:1").code == 0)
    }

    private func sha256(_ file: String, _ own: ImageHome) throws -> String {
        String(try run(["sha256sum", file], environment: own.home.environment).output.prefix(64))
    }

    private var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "amd64"
        #endif
    }
}

extension ImageHome {
    /// What stands in staging folders.
    fileprivate var staged: [String] {
        let folders = ((try? FileManager.default.contentsOfDirectory(atPath: store)) ?? []).filter {
            $0.hasPrefix(".staging.")
        }
        return folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(store)/\(folder)")) ?? []).map {
                "\(store)/\(folder)/\($0)"
            }
        }
    }
}
