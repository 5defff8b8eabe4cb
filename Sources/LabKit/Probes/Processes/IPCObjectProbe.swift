// ipcObject: which System V IPC objects has a place, and who sees the same?

import KernelState
import Playgrounds
import StrictYAML
import SystemPackage

/// System V objects exist in one IPC namespace and are seen by its members only. See ipc_namespaces(7). All that is given must hold.
package struct IPCObjectProbe: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case sharedMemory, semaphores, messageQueue
    }

    package var kind: Kind
    package var place: Place
    package var exists: Bool
    /// Bytes of a segment, semaphores of a set.
    package var size: Int?
    /// These are in the same IPC namespace, and so see the very object.
    package var seenFrom: Place?
    /// This one is in another IPC namespace, and so does not see it; what it has itself is its own.
    package var hiddenFrom: Place?
}

extension IPCObjectProbe.Kind: Keyword {
    package static var placeholder: IPCObjectProbe.Kind { .sharedMemory }
}

extension IPCObjectProbe: MappingDecodable {
    package static let shape = Shape(
        "ipcObjectProbe", "Which System V IPC objects has a place, and who sees the same?",
        [
            .required("kind", .word("ipcKind")),
            .optional("in", .place, "Where it is; the node when not said."),
            .optional("exists", .truth, default: true),
            .optional("size", .integer(1...(1 << 40)), "Bytes of a segment, semaphores of a set."),
            .optional("seenFrom", .place, "It is in the same IPC namespace, and sees the very object."),
            .optional("hiddenFrom", .place, "It is in another IPC namespace, and so does not see it."),
        ])

    package init(fields: Fields) {
        kind = fields.required("kind")
        place = fields.optional("in") ?? .node
        exists = fields.truth("exists")
        size = fields.optionalNumber("size")
        seenFrom = fields.optional("seenFrom")
        hiddenFrom = fields.optional("hiddenFrom")
        if !exists {
            for key in ["seenFrom", "hiddenFrom"] where fields.has(key) {
                fields.reader.error("'\(key)' does not go with 'exists: false'", at: fields.place(key))
            }
        }
    }
}

extension IPCObjectProbe.Kind {
    /// The same kind, in the words of KernelState.
    var kernel: IPCObject.Kind {
        switch self {
        case .sharedMemory: .sharedMemory
        case .semaphores: .semaphores
        case .messageQueue: .messageQueue
        }
    }

    var words: String {
        switch self {
        case .sharedMemory: "shared memory segment"
        case .semaphores: "set of semaphores"
        case .messageQueue: "message queue"
        }
    }
}

extension IPCObjectProbe {
    /// Words for "expected".
    var words: String {
        var words = exists ? "a \(kind.words)" : "no \(kind.words)"
        if let size { words += kind == .semaphores ? " of \(size) semaphores" : " of \(size) bytes" }
        words += " in the IPC namespace of \(place.words)"
        if let seenFrom { words += ", seen by \(seenFrom.words)" }
        if let hiddenFrom { words += ", not seen by \(hiddenFrom.words)" }
        return words
    }
}

extension IPCObjectProbe: Probe {
    package static let key = "ipcObject"
    package static let asks = "which System V IPC objects has a place, and who sees the same?"
    package static let reads = "`/proc/sysvipc`, from inside that IPC namespace"
    package static let onlyReads = true
    package static let wordLists = [WordList("ipcKind", Kind.self, "See sysvipc(7).")]

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = words
        guard let sight = try objects(of: kind, at: self.place, look) else {
            return try look.nobody(at: self.place, expected)
        }
        var verdict = NetworkVerdict()
        verdict.note(sight.source, sight.list)
        let fitting = sight.objects.filter(fits)
        if !exists {
            if let object = fitting.first { verdict.fail("there is one", "there", "\(object.id)") }
            return verdict.outcome(expected, "none")
        }
        guard let object = fitting.first else {
            let near = sight.objects.first
            verdict.fail(
                near.map { "its size is \($0.size)" } ?? "there is none", near == nil ? "none" : "size",
                near.map { "\($0.size)" } ?? "")
            return verdict.outcome(expected, "")
        }
        if let place = seenFrom {
            guard let other = try objects(of: kind, at: place, look) else {
                return try look.nobody(at: place, expected)
            }
            verdict.note(other.source, other.list)
            // In another namespace an object of the same number is another object.
            if other.namespace != sight.namespace || !other.objects.contains(where: { $0.id == object.id }) {
                verdict.fail("\(place.words) does not see it", "unseen", other.name)
            }
        }
        if let place = hiddenFrom {
            guard let other = try objects(of: kind, at: place, look) else {
                return try look.nobody(at: place, expected)
            }
            verdict.note(other.source, other.list)
            // Whoever is in another namespace cannot see it, whatever objects are there.
            if other.namespace == sight.namespace {
                verdict.fail("\(place.words) sees it, too", "seen", other.name)
            }
        }
        return verdict.outcome(expected, object.summary)
    }

    private struct IPCSight {
        var objects: [IPCObject]
        var namespace: NamespaceID
        var name: String

        var source: String { "/proc/sysvipc in \(namespace), \(name)" }
        var list: String {
            objects.isEmpty ? "nothing" : objects.prefix(8).map(\.summary).joined(separator: "; ")
        }
    }

    /// Nil: there is no such place.
    private func objects(of kind: IPCObjectProbe.Kind, at place: Place, _ look: Judge) throws -> IPCSight? {
        let process: ProcessID
        let name: String
        switch place {
        case .node: (process, name) = (look.node.initProcess.pid, place.words)
        case .process(let selector):
            guard let found = try look.one(selector) else { return nil }
            (process, name) = (found.pid, look.name(found))
        }
        guard let namespace = try IPCNamespace.of(process) else { return nil }
        return IPCSight(
            objects: try IPCObject.readAll(kind.kernel, in: namespace), namespace: namespace.id, name: name)
    }
}

extension IPCObjectProbe {
    fileprivate func fits(_ object: IPCObject) -> Bool {
        size.map { object.size == UInt64($0) } ?? true
    }
}

extension IPCObject {
    /// `id 0, key 0x6a1c2f90, 4096, attached 0 times`
    fileprivate var summary: String {
        "id \(id), key 0x\(String(key, radix: 16)), size \(size)"
            + (kind == .sharedMemory ? ", attached \(attachments) times" : "")
    }
}
