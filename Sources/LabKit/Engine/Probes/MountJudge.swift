// mount: what mountinfo says of a mount point, for the node or for one process.

import KernelState
import SystemPackage

extension Judge {
    func judge(_ probe: MountProbe) throws -> ProbeOutcome {
        let expected = probe.exists ? "\(probe.wanted) at \(probe.at)" : "no mount at \(probe.at)"
        guard let pid = try process(of: probe.place) else {
            return outcome(false, expected, "no \(probe.place.words)", [], ["absent": probe.place.words])
        }
        guard let root = try RootDirectory(of: pid), let table = try MountTable.read(pid) else {
            return outcome(false, expected, "the process has ended", [], ["absent": "true"])
        }
        // mountinfo names mount points without symbolic links, as the process sees them from its root.
        guard let point = root.look(at: FilePath(probe.at)).state else {
            return outcome(
                !probe.exists, expected, "\(probe.at) does not exist",
                [Evidence(source: "statx \(probe.at)", value: "ENOENT")], ["no-mount-point": probe.at])
        }
        let real = point.path
        let source = "/proc/\(pid)/mountinfo"
        guard let mount = table.mount(at: real) else {
            return outcome(
                !probe.exists, expected, "nothing is mounted there",
                [Evidence(source: source, value: "no line for \(real)")], ["no-mount": probe.at])
        }
        var evidence = [Evidence(source: source, value: terminalSafe(mount.summary))]
        guard probe.exists else { return outcome(false, expected, "mounted: \(mount.fileSystem)", evidence) }
        if let wrong = probe.mismatch(with: mount) {
            return outcome(false, expected, terminalSafe(wrong), evidence, ["type": mount.fileSystem])
        }
        var actual = [terminalSafe(mount.summary)]
        if let bind = probe.bind {
            let second = try secondPath(of: point, at: real, on: mount)
            if let second {
                evidence += [
                    Evidence(source: "statx \(terminalSafe(probe.at))", value: point.summary), second.evidence,
                ]
                actual.append("it is the node's \(terminalSafe(second.path.string))")
            }
            if bind != (second != nil) {
                let wrong = bind ? "a \(mount.fileSystem) of its own: no other path of the node leads there" : actual[1]
                return outcome(false, expected, terminalSafe(wrong), evidence, ["type": mount.fileSystem])
            }
        }
        for relation in probe.relations {
            guard let other = try process(of: relation.place), let table = try MountTable.read(other) else {
                return outcome(
                    false, expected, "no \(relation.place.words)", evidence, ["absent": relation.place.words])
            }
            let partner = table.mounts.first { relation.holds(mount, $0) }
            evidence.append(
                Evidence(
                    source: "/proc/\(other)/mountinfo, \(relation.place.words)",
                    value: partner.map { terminalSafe($0.summary) } ?? "no mount that is \(relation.words)"))
            if (partner != nil) != relation.isWanted {
                let found = partner.map { "\($0.mountPoint) there is" } ?? "no mount there is"
                return outcome(
                    false, expected, terminalSafe("\(found) \(relation.words)"), evidence,
                    [relation.key: relation.place.words])
            }
        }
        return outcome(true, expected, actual.joined(separator: "; "), evidence)
    }

    /// The process through whose eyes a place is seen.
    private func process(of place: Place) throws -> ProcessID? {
        switch place {
        case .node: node.initProcess.pid
        case .process(let selector): try one(selector)?.pid
        }
    }
}

/// How a mount stands to the mounts of another place.
private struct MountRelation {
    var key: String
    var place: Place
    var words: String
    var isWanted = true
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
                MountRelation(key: "peerOf", place: peerOf, words: "its peer") { own, theirs in
                    own.propagation.peerGroup.map { $0 == theirs.propagation.peerGroup } ?? false
                })
        }
        if let slaveOf {
            all.append(
                MountRelation(key: "slaveOf", place: slaveOf, words: "its master") { own, theirs in
                    own.propagation.master.map { $0 == theirs.propagation.peerGroup } ?? false
                })
        }
        if let seenFrom {
            all.append(
                MountRelation(key: "seenFrom", place: seenFrom, words: "the same", holds: isSameDirectory))
        }
        if let hiddenFrom {
            all.append(
                MountRelation(
                    key: "hiddenFrom", place: hiddenFrom, words: "the same", isWanted: false, holds: isSameDirectory))
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
        if let root { words.append("of the directory \(root)") }
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

extension Mount {
    /// `proc on /home/namespace/box/proc type proc (rw,relatime)`.
    var summary: String {
        let part = root == FilePath("/") ? "" : " (its directory \(root))"
        let tags = [
            propagation.peerGroup.map { " shared:\($0)" }, propagation.master.map { " master:\($0)" },
        ].compactMap { $0 }.joined()
        return "\(source)\(part) on \(mountPoint) type \(fileSystem) (\(options.joined(separator: ",")))\(tags)"
    }
}
