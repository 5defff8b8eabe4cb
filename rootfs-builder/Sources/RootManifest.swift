// What went into a root and from where: the file manifest.json beside it.

import FoundationEssentials
import Glibc

/// One file, folder or link of a built root.
package struct RootEntry: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable { case file, folder, link }

    /// Inside the root; `/` for the root itself.
    package var path: String
    package var type: Kind
    /// Permission bits as octal text: `0755`.
    package var mode: String
    /// Bytes; of a link, the length of its text.
    package var size: Int
    /// The text of a link.
    package var target: String?
    /// 32 hexadecimal digits over the content of a file.
    package var digest: String?
    /// The path that it was copied from; nil for what the recipe itself says.
    package var source: String?
    /// The Debian package that the recipe names for it; nil for libraries and what the recipe itself says.
    package var package: String?
}

/// A file of this machine that the build read. When size or time change, the root is stale.
package struct RootInput: Codable, Hashable, Sendable {
    package var path: String
    package var size: UInt64
    /// Seconds since 1970.
    package var modified: Int64
}

/// What the recipe wanted as optional and this machine lacked.
package struct RootOmission: Codable, Hashable, Sendable {
    package var name: String
    package var package: String
    package var labs: [String]
}

/// The whole of a built root.
package struct RootManifest: Codable, Hashable, Sendable {
    /// `podlab.root-manifest/v1`
    package var schema: String
    package var recipe: String
    package var version: Int
    /// Of the recipe's text.
    package var recipeDigest: String
    package var owner: UInt32
    package var group: UInt32
    /// Over all entries: equal digests mean equal roots, owners aside.
    package var digest: String
    /// Bytes of all files.
    package var size: Int
    package var entries: [RootEntry]
    package var inputs: [RootInput]
    package var omitted: [RootOmission]

    package static let currentSchema = "podlab.root-manifest/v1"

    /// The manifest's text: sorted keys, one line for each value, a newline at the end.
    package func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// Nil when there is none or it is not in this form.
    package static func read(path: String) -> RootManifest? {
        guard let data = FileManager.default.contents(atPath: path),
            let manifest = try? JSONDecoder().decode(RootManifest.self, from: data),
            manifest.schema == currentSchema
        else { return nil }
        return manifest
    }

    /// The digest over entries in the order of their paths.
    static func digest(of entries: [RootEntry]) -> String {
        var text = ""
        for entry in entries {
            text += "\(entry.path)\0\(entry.type.rawValue)\0\(entry.mode)\0\(entry.size)\0\(entry.target ?? "")\0"
            text += "\(entry.digest ?? "")\n"
        }
        return ContentDigest(of: Array(text.utf8)).description
    }
}
