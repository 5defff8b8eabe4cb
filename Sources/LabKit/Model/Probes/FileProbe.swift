// file: is there a file at a path, and what is it?

import StrictYAML

/// A reading of one path or several, each resolved inside a root and never out of it. What is said must hold of each.
package struct FileProbe: Sendable, Equatable {
    package enum FileType: String, Sendable, CaseIterable {
        case regular, directory, symlink, fifo, socket
        case characterDevice = "character-device"
        case blockDevice = "block-device"
    }

    /// One or more.
    package var paths: [String]
    /// The directory of the node that plays `/`; the node's own root when nil.
    package var root: String?
    /// Who resolves the paths instead: a process, from its root and in its mounts.
    package var viewer: Selector?
    /// Whether the path must be there or must be absent.
    package var exists = true
    /// The file's type. With `symlink` the last component is not followed.
    package var type: FileType?
    /// Any of the three execute bits.
    package var executable: Bool?
    /// Text that the file must hold.
    package var contains: String?
    /// A path of the node: the same file, by device and inode.
    package var sameFileAs: String?
    /// A path of the node: not the same file, by device and inode.
    package var notSameFileAs: String?
    /// The same file, by device and inode, has another path of the node through another mount.
    package var elsewhere: Bool?
    /// A path of the node: the same bytes, whichever file.
    package var sameContentAs: String?

    /// The same bytes as the node's file at the same path.
    package var asOnNode: Bool?

    /// The only path, or the first: `each` has one probe for every path.
    package var path: String { paths.first ?? "" }

    /// The same question about each path on its own.
    package var each: [FileProbe] {
        paths.map { path in
            var one = self
            one.paths = [path]
            return one
        }
    }
}

extension FileProbe.FileType: Keyword {
    package static var placeholder: FileProbe.FileType { .regular }
}

extension FileProbe: MappingDecodable {
    package static let shape = Shape(
        name: "fileProbe",
        optional: [
            "path", "paths", "in", "exists", "type", "executable", "contains", "sameFileAs", "notSameFileAs",
            "sameContentAs", "asOnNode", "elsewhere",
        ])

    package init(fields: Fields) {
        paths = fields.has("paths") ? fields.nonEmpty("paths") : [fields.required("path")]
        if fields.has("path") == fields.has("paths") {
            fields.reader.error("expected either 'path' or 'paths'", at: fields.position)
        }
        if case .mapping = fields.node("in") { viewer = fields.optional("in") } else { root = fields.optional("in") }
        exists = fields.optional("exists") ?? true
        type = fields.optional("type")
        executable = fields.optional("executable")
        contains = fields.optional("contains")
        sameFileAs = fields.optional("sameFileAs")
        notSameFileAs = fields.optional("notSameFileAs")
        sameContentAs = fields.optional("sameContentAs")
        asOnNode = fields.optional("asOnNode")
        if asOnNode != nil, !fields.has("in") || fields.has("sameContentAs") {
            fields.reader.error(
                "'asOnNode' compares a file 'in' a directory or as a process sees it with the node's, and goes with nothing else that does",
                at: fields.place("asOnNode"))
        }
        elsewhere = fields.optional("elsewhere")
        if !exists, let other = Self.shape.keys.dropFirst(4).first(where: fields.has) {
            fields.reader.error("'\(other)' does not go with 'exists: false'", at: fields.place(other))
        }
    }
}
