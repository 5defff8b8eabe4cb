// mount: what does mountinfo say of a mount point?

import KernelState
import StrictYAML
import SystemPackage
import Text

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
        "mountProbe", "What does mountinfo say of a mount point?",
        [
            .required("at", .text),
            .optional("in", .place, "`node`, or the one process that a selector picks."),
            .optional("inside", .text, "A directory of the node that plays `/` for `at`."),
            .optional("exists", .truth, default: true),
            .optional("type", .text),
            .optional("root", .text),
            .optional("source", .text),
            .optional("options", .list(.text)),
            .optional("readOnly", .truth),
            .optional("propagation", .word("propagation")),
            .optional("bind", .truth, "What it shows has another path of the node, through another mount."),
            .optional("peerOf", .place, "It is in one peer group with a mount of this place."),
            .optional("slaveOf", .place, "Its master is the peer group of a mount of this place."),
            .optional("seenFrom", .place, "This place has a mount of the same directory of the same file system."),
            .optional("hiddenFrom", .place, "This place has no mount of the same directory of the same file system."),
        ])

    package init(fields: Fields) {
        at = fields.required("at")
        place = fields.optional("in") ?? .node
        inside = fields.optional("inside")
        if inside != nil, fields.has("in") {
            fields.reader.error(
                "'inside' is a directory of the node, and does not go with 'in'", at: fields.place("inside"))
        }
        exists = fields.truth("exists")
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

extension MountProbe: Probe {
    package static let key = "mount"
    package static let asks = "what is mounted here?"
    package static let reads = "`/proc/PID/mountinfo`"
    package static let onlyReads = true
    package static let wordLists = [WordList("propagation", Propagation.self, "See mount_namespaces(7).")]

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let shown = (inside ?? "") + at
        let expected = exists ? "\(wanted) at \(shown)" : "no mount at \(shown)"
        guard let pid = try look.process(at: place) else { return try look.nobody(at: place, expected) }
        guard let root = try RootDirectory(of: pid), let table = try MountTable.read(pid) else {
            return outcome(false, expected, "the process has ended", [], ["absent": "true"])
        }
        // mountinfo names mount points without symbolic links, as the process sees them from its root.
        let point: FileState
        let real: FilePath
        switch try mountPoint(below: root) {
        case .there(let state, let path): (point, real) = (state, path)
        case .nowhere(let words, let key):
            return outcome(
                !exists, expected, words, [Evidence(source: "statx \(shown)", value: "ENOENT")],
                ["no-mount-point": key])
        }
        let source = "/proc/\(pid)/mountinfo"
        guard let mount = table.mount(at: real) else {
            return outcome(
                !exists, expected, "nothing is mounted there",
                [Evidence(source: source, value: "no line for \(real)")], ["no-mount": at])
        }
        var evidence = [Evidence(source: source, value: terminalSafe(mount.summary))]
        guard exists else { return outcome(false, expected, "mounted: \(mount.fileSystem)", evidence) }
        if let wrong = mismatch(with: mount) {
            return outcome(false, expected, terminalSafe(wrong), evidence, ["type": mount.fileSystem])
        }
        // It is a proc still when the processes that it listed are gone, and nothing can be read in it.
        if type == "proc", mount.root == "/", let view = try root.procView(at: real), view.numbers.isEmpty {
            evidence.append(Evidence(source: "ls \(shown)", value: "no process"))
            return outcome(
                false, expected, "it lists no process: the pid namespace that it was mounted from has ended", evidence,
                ["foreign": "ended"])
        }
        var actual = [terminalSafe(mount.summary)]
        if let bind {
            let second = try look.secondPath(of: point, at: real, on: mount, outside: box(look, root, pid))
            if let second {
                evidence += [
                    Evidence(source: "statx \(terminalSafe(shown))", value: point.summary), second.evidence,
                ]
                actual.append("it is the node's \(terminalSafe(second.path.string))")
            }
            if bind != (second != nil) {
                let wrong =
                    bind
                    ? "it shows \(mount.root) of a file system of type \(mount.fileSystem), to which no other path of the node leads"
                        + (inside == nil ? "" : " from outside of \(inside ?? "")") : actual[1]
                return outcome(false, expected, terminalSafe(wrong), evidence, ["type": mount.fileSystem])
            }
        }
        for relation in relations {
            guard let other = try look.process(at: relation.place), let theirs = try MountTable.read(other) else {
                return try look.nobody(at: relation.place, expected)
            }
            let source = "/proc/\(other)/mountinfo, \(relation.place.words)"
            // One below another that was mounted over it is in the table, and nobody comes there.
            let partner =
                relation.isThere
                ? theirs.mount(at: real)
                : theirs.mounts.first { relation.holds(mount, $0) && theirs.mount(at: $0.mountPoint)?.id == $0.id }
            evidence.append(
                Evidence(
                    source: source,
                    value: partner.map { terminalSafe($0.summary) } ?? "no mount that is \(relation.words)"))
            let holds = partner.map { relation.holds(mount, $0) } ?? false
            if holds != relation.isWanted {
                let found = partner.map { "\($0.mountPoint) there is \(holds ? "" : "not ")" } ?? "no mount there is "
                return outcome(
                    false, expected, terminalSafe("\(found)\(relation.words)"), evidence,
                    [relation.key: relation.place.words])
            }
        }
        return outcome(true, expected, actual.joined(separator: "; "), evidence)
    }

    /// Where a mount point is, in the words of the mountinfo of whoever looks.
    private enum MountPoint {
        case there(FileState, FilePath)
        case nowhere(words: String, key: String)
    }

    private func mountPoint(below root: borrowing RootDirectory) throws -> MountPoint {
        guard let inside else {
            if let state = root.look(at: FilePath(at)).state { return .there(state, state.path) }
            let end = root.deadEnd(at: at)
            return .nowhere(words: "\(at) \(end.words)", key: end.key)
        }
        guard let base = root.look(at: FilePath(inside)).state, let box = try root.directory(at: FilePath(inside))
        else {
            let end = root.deadEnd(at: inside)
            return .nowhere(words: "\(inside) \(end.words)", key: end.key)
        }
        if let state = box.look(at: FilePath(at)).state {
            return .there(state, base.path.appending(state.path.components))
        }
        let end = box.deadEnd(at: at)
        return .nowhere(words: "\(at) in \(inside) \(end.words)", key: end.key)
    }

    /// The box that sees the mount; nil when it is the node that does.
    private func box(
        _ look: Judge, _ root: borrowing RootDirectory, _ process: ProcessID
    ) throws -> BoxDirectory? {
        guard let inside else { return try look.boxDirectory(of: process) }
        guard let seen = try root.directory(at: FilePath(inside))?.identity else { return nil }
        return try look.boxDirectory(seen, at: FilePath(inside))
    }
}

/// How a mount stands to the mounts of another place.
private struct MountRelation {
    var key: String
    var place: Place
    var words: String
    var isWanted = true
    /// Whether the mount of the same mount point is meant, or any that a path leads to.
    var isThere = false
    var holds: (_ own: Mount, _ theirs: Mount) -> Bool
}

extension MountProbe {
    fileprivate var relations: [MountRelation] {
        func isSameDirectory(_ own: Mount, _ theirs: Mount) -> Bool {
            own.device == theirs.device && own.root == theirs.root
        }
        var all: [MountRelation] = []
        if let peerOf {
            all.append(
                MountRelation(key: "peerOf", place: peerOf, words: "its peer", isThere: true) { own, theirs in
                    own.propagation.peerGroup.map { $0 == theirs.propagation.peerGroup } ?? false
                })
        }
        if let slaveOf {
            all.append(
                MountRelation(key: "slaveOf", place: slaveOf, words: "its master", isThere: true) { own, theirs in
                    own.propagation.master.map { $0 == theirs.propagation.peerGroup } ?? false
                })
        }
        if let seenFrom {
            all.append(
                MountRelation(key: "seenFrom", place: seenFrom, words: "the same", holds: isSameDirectory))
        }
        if let hiddenFrom {
            all.append(
                MountRelation(key: "hiddenFrom", place: hiddenFrom, words: "the same", isWanted: false) { own, theirs in
                    // Nothing may be known of a file system; of a directory that is handed on, the rest may.
                    type == nil ? isSameDirectory(own, theirs) : own.device == theirs.device
                })
        }
        return all
    }
}

extension MountProbe {
    /// Words for "expected".
    fileprivate var wanted: String {
        var words = [readOnly.map { $0 ? "a read-only mount" : "a writable mount" } ?? "a mount"]
        if let type { words.append("of type \(type)") }
        if let source { words.append("of \(source)") }
        if let root { words.append(root == "/" ? "(all of it)" : "of the directory \(root)") }
        if !options.isEmpty { words.append("with \(options.joined(separator: ","))") }
        if let propagation { words.append("that is \(propagation.rawValue)") }
        if bind == true { words.append("of a directory of the node") }
        if bind == false { words.append("of nothing else of the node") }
        if let peerOf { words.append("in one peer group with a mount of the \(peerOf.words)") }
        if let slaveOf { words.append("that follows a mount of the \(slaveOf.words)") }
        if let seenFrom { words.append("that the \(seenFrom.words) has too") }
        if let hiddenFrom { words.append("that the \(hiddenFrom.words) does not have") }
        return words.joined(separator: " ")
    }

    /// The first thing about a mount that is not as wanted.
    fileprivate func mismatch(with mount: Mount) -> String? {
        if let type, mount.fileSystem != type { return "its type is \(mount.fileSystem)" }
        if let root, mount.root != FilePath(root) { return "it shows the directory \(mount.root)" }
        if let source, mount.source != source { return "its source is \(mount.source)" }
        if let readOnly, mount.options.contains("ro") != readOnly {
            return readOnly ? "the mount is writable" : "the mount is read-only"
        }
        if let missing = options.first(where: { !mount.options.contains($0) }) {
            return "without the option \(missing)"
        }
        let holds =
            switch propagation {
            case nil: true
            case .shared: mount.propagation.isShared
            case .slave: mount.propagation.isSlave
            case .private: mount.propagation.isPrivate
            case .unbindable: mount.propagation.isUnbindable
            }
        return holds ? nil : "its propagation is \(mount.propagation)"
    }
}
