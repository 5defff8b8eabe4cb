// mount: what does mountinfo say of a mount point?

import StrictYAML

/// One line of /proc/PID/mountinfo, see proc_pid_mountinfo(5). The topmost mount at the path is the one that counts.
package struct MountProbe: Sendable, Equatable {
    package enum Propagation: String, Sendable, CaseIterable {
        case `private`, shared, slave, unbindable
    }

    /// The mount point, as a path of `place`, or of `inside`.
    package var at: String
    /// A directory of the node that plays `/` for `at`: symbolic links do not lead out of it.
    package var inside: String?
    /// Whose mount namespace and root.
    package var place: Place
    package var exists = true
    /// File system type, such as `proc` or `tmpfs`.
    package var type: String?
    /// The directory of the file system that is mounted (mountinfo's fourth field).
    package var root: String?
    /// Mount source (the field after the type).
    package var source: String?
    /// Per-mount options that must be present, such as `nosuid`.
    package var options: [String]
    /// The mount's own `ro`, not the file system's.
    package var readOnly: Bool?
    package var propagation: Propagation?
    /// A bind mount: what it shows has another path of the node, through another mount, and not in the box that sees it.
    package var bind: Bool?
    /// It is in one peer group with the mount that this place has there.
    package var peerOf: Place?
    /// Its master is the peer group of the mount that this place has there.
    package var slaveOf: Place?
    /// This place has a mount of the same directory of the same file system, where a path leads to it.
    package var seenFrom: Place?
    /// This place has none; where a type is asked for, none of anything of the same file system.
    package var hiddenFrom: Place?
}

extension MountProbe.Propagation: Keyword {
    package static var placeholder: MountProbe.Propagation { .private }
}

extension MountProbe: MappingDecodable {
    package static let shape = Shape(
        name: "mountProbe", required: ["at"],
        optional: [
            "in", "inside", "exists", "type", "root", "source", "options", "readOnly", "propagation", "bind", "peerOf",
            "slaveOf",
            "seenFrom", "hiddenFrom",
        ])

    package init(fields: Fields) {
        at = fields.required("at")
        place = fields.optional("in") ?? .node
        inside = fields.optional("inside")
        if inside != nil, fields.has("in") {
            fields.reader.error(
                "'inside' is a directory of the node, and does not go with 'in'", at: fields.place("inside"))
        }
        exists = fields.optional("exists") ?? true
        type = fields.optional("type")
        root = fields.optional("root")
        source = fields.optional("source")
        options = fields.optional("options") ?? []
        readOnly = fields.optional("readOnly")
        propagation = fields.optional("propagation")
        bind = fields.optional("bind")
        peerOf = fields.optional("peerOf")
        slaveOf = fields.optional("slaveOf")
        seenFrom = fields.optional("seenFrom")
        hiddenFrom = fields.optional("hiddenFrom")
    }
}
