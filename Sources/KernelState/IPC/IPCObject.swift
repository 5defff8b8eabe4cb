// System V IPC objects: which there are in a namespace.

/// A shared memory segment, a set of semaphores or a message queue. See sysvipc(7).
package struct IPCObject: Hashable, Sendable {
    package enum Kind: Hashable, Sendable, CaseIterable {
        case sharedMemory, semaphores, messageQueue

        /// The file below /proc/sysvipc.
        var file: String {
            switch self {
            case .sharedMemory: "shm"
            case .semaphores: "sem"
            case .messageQueue: "msg"
            }
        }
    }

    package let kind: Kind
    /// What programs that know each other agree on; 0 for a private object.
    package let key: UInt32
    /// The kernel's number for it, in its namespace.
    package let id: Int32
    /// Bytes of a segment, semaphores of a set, bytes that wait in a queue.
    package let size: UInt64
    /// How often a segment is attached. Zero for the others.
    package let attachments: UInt64

    package static func readAll(
        _ kind: Kind, in namespace: borrowing IPCNamespace
    ) throws(KernelStateError) -> [IPCObject] {
        parse(try namespace.contents(kind.file), kind)
    }

    /// A line of headings, then a line each. See proc_sysvipc(5).
    ///
    ///     shm: key shmid perms size cpid lpid nattch …      sem: key semid perms nsems …      msg: key msqid perms cbytes …
    package static func parse(_ text: [UInt8], _ kind: Kind) -> [IPCObject] {
        text[...].lines.dropFirst().compactMap { line in
            let words = line.words
            guard words.count >= 8, let key: Int32 = words[0].number(), let id: Int32 = words[1].number(),
                let size: UInt64 = words[3].number()
            else { return nil }
            let attachments: UInt64? = kind == .sharedMemory ? words[6].number() : 0
            return attachments.map {
                IPCObject(kind: kind, key: UInt32(bitPattern: key), id: id, size: size, attachments: $0)
            }
        }
    }
}
