// ipcObject: reads /proc/sysvipc as the members of IPC namespaces see it.

import KernelState
import SystemPackage

extension Judge {
    func judge(_ probe: IPCObjectProbe) throws -> ProbeOutcome {
        let expected = probe.words
        guard let sight = try objects(of: probe.kind, at: probe.place) else {
            return try nobody(at: probe.place, expected)
        }
        var verdict = NetworkVerdict()
        verdict.note(sight.source, sight.list)
        let fitting = sight.objects.filter(probe.fits)
        if !probe.exists {
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
        if let place = probe.seenFrom {
            guard let other = try objects(of: probe.kind, at: place) else { return try nobody(at: place, expected) }
            verdict.note(other.source, other.list)
            // In another namespace an object of the same number is another object.
            if other.namespace != sight.namespace || !other.objects.contains(where: { $0.id == object.id }) {
                verdict.fail("\(place.words) does not see it", "unseen", other.name)
            }
        }
        if let place = probe.hiddenFrom {
            guard let other = try objects(of: probe.kind, at: place) else { return try nobody(at: place, expected) }
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
    private func objects(of kind: IPCObjectProbe.Kind, at place: Place) throws -> IPCSight? {
        let process: ProcessID
        let name: String
        switch place {
        case .node: (process, name) = (node.initProcess.pid, place.words)
        case .process(let selector):
            guard let found = try one(selector) else { return nil }
            (process, name) = (found.pid, self.name(found))
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
