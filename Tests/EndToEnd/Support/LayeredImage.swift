// Images of layers that a test writes entry by entry, on top of busybox: in the form of `docker save`, made by tar(1).

import Foundation
import Glibc
import Testing

/// A file of a layer; what ends with a slash is a folder.
struct LayerEntry {
    var path: String
    var text = ""
    var mode = "0644"
    var owner = 0
    /// The path in the same layer of which this is a second name.
    var hardLink: String?
    /// What a symbolic link says.
    var link: String?

    init(
        _ path: String, _ text: String = "", mode: String? = nil, owner: Int = 0, hardLink: String? = nil,
        link: String? = nil
    ) {
        self.path = path
        self.text = text
        self.mode = mode ?? (path.hasSuffix("/") ? "0755" : "0644")
        self.owner = owner
        self.hardLink = hardLink
        self.link = link
    }
}

/// An image in the store of this test process; taken away with this object.
final class LayeredImage {
    let name: String
    private let home: Home

    /// - Parameter configuration: `User`, `WorkingDir` … of the image.
    init(
        _ name: String, _ layers: [[LayerEntry]], _ configuration: [String: Any] = [:], in home: Home
    ) throws {
        self.name = "case/\(name):1"
        self.home = home
        let folder = home.path + "/image-\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let base = try Self.busybox(home)
        try FileManager.default.copyItem(atPath: base.blob, toPath: folder + "/base.tar")
        var (files, digests) = (["base.tar"], [base.diffID])
        for (number, entries) in layers.enumerated() {
            let file = "\(number).tar"
            try Self.pack(entries, home, folder + "/\(number)", to: folder + "/" + file)
            files.append(file)
            digests.append(try Self.digest(folder + "/" + file, home))
        }
        let process = ["Cmd": ["sh"], "Env": ["PATH=/bin:/usr/bin"]].merging(configuration) { $1 }
        let document: [String: Any] = [
            "architecture": base.architecture, "os": "linux", "config": process,
            "rootfs": ["type": "layers", "diff_ids": digests],
        ]
        let list: [[String: Any]] = [["Config": "config.json", "RepoTags": [self.name], "Layers": files]]
        for (file, value) in [("config.json", document as Any), ("manifest.json", list)] {
            try JSONSerialization.data(withJSONObject: value).write(to: URL(fileURLWithPath: folder + "/" + file))
        }
        try home.must(["tar", "-C", folder, "-cf", folder + ".tar", "config.json", "manifest.json"] + files)
        try FileManager.default.removeItem(atPath: folder)
        let imported = try home.podlab("image", "import", folder + ".tar")
        guard imported.code == 0 else { throw TookTooLong(description: "\(imported)") }
        try FileManager.default.removeItem(atPath: folder + ".tar")
    }

    deinit { _ = try? home.podlab("image", "remove", name) }

    /// One run of tar for each entry, because they have owners of their own.
    private static func pack(_ entries: [LayerEntry], _ home: Home, _ folder: String, to file: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for entry in entries {
            let path = folder + "/" + entry.path
            var names = [entry.path]
            if entry.path.hasSuffix("/") {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } else {
                let above = (path as NSString).deletingLastPathComponent
                try FileManager.default.createDirectory(atPath: above, withIntermediateDirectories: true)
                if let first = entry.hardLink {
                    guard link(folder + "/" + first, path) == 0 else { throw POSIXError(.EIO) }
                    names = [first, entry.path]
                } else if let target = entry.link {
                    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
                } else if entry.text.hasPrefix("zeros ") {
                    try home.must(["truncate", "-s", String(entry.text.dropFirst(6)), path])
                } else {
                    try Data(entry.text.utf8).write(to: URL(fileURLWithPath: path))
                }
            }
            try home.must(
                [
                    "tar", "-C", folder, "--no-recursion", "--numeric-owner", "--owner=\(entry.owner)",
                    "--group=\(entry.owner)", "--mode=\(entry.mode)", "-rf", file,
                ] + names)
        }
    }

    private static func digest(_ file: String, _ home: Home) throws -> String {
        "sha256:" + (try home.must(["sha256sum", file]).split(separator: " ").first ?? "")
    }

    /// The one layer of the image that all tests have, as it is stored.
    private static func busybox(_ home: Home) throws -> (blob: String, diffID: String, architecture: String) {
        let store = (home.environment["XDG_DATA_HOME"] ?? "") + "/podlab/images"
        func document(_ path: String) throws -> [String: Any] {
            let data = try Data(contentsOf: URL(fileURLWithPath: store + "/" + path))
            return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }
        func blob(_ descriptor: Any?) throws -> String {
            let digest = try #require((descriptor as? [String: Any])?["digest"] as? String)
            return "blobs/sha256/" + digest.dropFirst("sha256:".count)
        }
        let images = try #require(try document("index.json")["manifests"] as? [[String: Any]])
        let image = images.first { "\($0["annotations"] ?? "")".contains("library/busybox:latest") }
        let manifest = try document(try blob(image))
        let configuration = try document(try blob(manifest["config"]))
        let layers = try #require(manifest["layers"] as? [Any])
        let roots = try #require((configuration["rootfs"] as? [String: Any])?["diff_ids"] as? [String])
        return (
            store + "/" + (try blob(layers.first)), try #require(roots.first),
            try #require(configuration["architecture"] as? String)
        )
    }
}

extension Home {
    /// Runs a program that cannot fail.
    @discardableResult
    fileprivate func must(_ command: [String]) throws -> String {
        let finished = try run(command, environment: environment)
        guard finished.code == 0 else { throw TookTooLong(description: "\(command): \(finished)") }
        return finished.output
    }
}
