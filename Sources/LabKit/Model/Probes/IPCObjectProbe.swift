// ipcObject: which System V IPC objects has a place, and who sees the same?

import KernelState
import StrictYAML

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
        name: "ipcObjectProbe", required: ["kind"], optional: ["in", "exists", "size", "seenFrom", "hiddenFrom"])

    package init(fields: Fields) {
        kind = fields.required("kind")
        place = fields.optional("in") ?? .node
        exists = fields.optional("exists") ?? true
        size = fields.has("size") ? fields.number("size", in: 1...(1 << 40)) : nil
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
