// Images as a table, and as JSON.

import FoundationEssentials
import Images
import LabKit
import SystemPackage
import Text

struct ImageList {
    let images: [StoredImage]
    init(_ images: [StoredImage]) { self.images = images }

    private struct Document: Encodable {
        var schema = "podlab.images/v1"
        var images: [Item]
    }

    private struct Item: Encodable {
        var reference: String
        var id: String
        var digest: String
        /// Bytes.
        var size: UInt64
        var created: String?
        var layers: [String]
        var entryPoint: [String]
        var command: [String]
        var environment: [String]
        var workingDirectory: String?
        var user: String?
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let items = images.map { image in
            Item(
                reference: image.reference, id: image.imageID, digest: image.manifestDigest, size: image.size,
                created: image.created, layers: image.layers.map(\.string), entryPoint: image.configuration.entryPoint,
                command: image.configuration.command, environment: image.configuration.environment,
                workingDirectory: image.configuration.workingDirectory, user: image.configuration.user)
        }
        return String(decoding: try encoder.encode(Document(images: items)), as: UTF8.self)
    }

    /// A line for each, below a heading; one line that says what to do where there is none.
    var text: String {
        guard !images.isEmpty else {
            return "there are no images; the first one is made by: podlab image build busybox"
        }
        let rows =
            [["IMAGE", "ID", "LAYERS", "SIZE"]]
            + images.map { image in
                [
                    terminalSafe(image.reference), String(image.imageID.dropFirst("sha256:".count).prefix(12)),
                    "\(image.layers.count)", Self.size(image.size),
                ]
            }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += column == 3 ? cell : cell.padded(to: widths[column] + 2)
            }
            return line
        }.joined(separator: "\n")
    }

    private static func size(_ bytes: UInt64) -> String {
        if bytes < 1 << 20 { return "\((bytes + 1023) >> 10) KiB" }
        let tenths = (bytes * 10 + 1 << 19) >> 20
        return "\(tenths / 10).\(tenths % 10) MiB"
    }
}
