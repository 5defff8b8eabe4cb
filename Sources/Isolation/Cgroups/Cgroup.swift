// One cgroup as its user thinks of it: the same name in every hierarchy that has a controller of interest.

import SystemPackage

/// A cgroup in all the hierarchies that it needs: one folder on a machine with v2 alone, several where controllers are on v1.
package struct Cgroup {
    /// One for each hierarchy.
    package let parts: [CgroupDirectory]

    package init(parts: [CgroupDirectory]) { self.parts = parts }

    /// The folder that has a controller; nil when it is on no hierarchy of this cgroup.
    package func part(for controller: CgroupController) -> CgroupDirectory? {
        parts.first { $0.hierarchy.controllers.contains(controller) }
    }

    package var controllers: Set<CgroupController> {
        parts.reduce(into: []) { $0.formUnion($1.hierarchy.controllers) }
    }

    /// Makes a child, in every hierarchy or in none. On v2 the controllers are enabled for it first, which the kernel refuses
    /// (EBUSY) while this cgroup has processes of its own.
    package func child(_ name: String) throws(IsolationError) -> Cgroup {
        var made: [CgroupDirectory] = []
        do {
            for part in parts {
                try part.enableForChildren(part.hierarchy.controllers)
                let child = try part.child(name)
                made.append(child)
                try child.prepare(from: part)
            }
        } catch {
            for part in made { try? part.remove(patience: .zero) }
            throw error
        }
        return Cgroup(parts: made)
    }

    /// The name of the child that `makeRoom` moves processes to.
    static let leaf = "podlab"

    /// Moves the processes of a delegated v2 cgroup, this one among them, one further down, so that it can have controllers for its
    /// children. The root of the hierarchy may have both and is left alone. See cgroup-v2.rst, "No Internal Process Constraint".
    package func makeRoom() throws(IsolationError) {
        for part in parts where part.version == .v2 && !part.hierarchy.controllers.isEmpty && part.has("cgroup.type") {
            guard try !part.processes().isEmpty else { continue }
            let leaf = try part.child(Self.leaf)
            // A process that forks meanwhile leaves a child behind, so look again; it ends because the parent is moved too.
            for _ in 0..<100 {
                let members = try part.processes()
                if members.isEmpty { break }
                for member in members {
                    do {
                        try leaf.move(member)
                    } catch {
                        if error.errno != .noSuchProcess { throw error }
                    }
                }
            }
        }
    }

    /// - Returns: what the kernel made of it.
    @discardableResult
    package func set(_ limit: CgroupLimit) throws(IsolationError) -> CgroupLimit {
        guard let part = part(for: limit.controller) else {
            throw IsolationError(
                "set \(limit.name)", errno: .notSupported,
                meaning: "no hierarchy at hand has the controller \(limit.controller.rawValue)")
        }
        return try part.set(limit)
    }

    /// The steps by which a process of a plan moves itself into it. They go before a change of root or of namespaces makes the
    /// descriptors useless.
    package var joining: [Step] { parts.map { .joinCgroup(.descriptor($0.descriptor)) } }

    package func delegate(to user: UInt32, group: UInt32) throws(IsolationError) {
        for part in parts { try part.delegate(to: user, group: group) }
    }

    /// Kills all members, by the surest way that the hierarchies offer, and waits until they have ended.
    /// - Throws: ETIMEDOUT with who is still there after `patience`, and why.
    package func kill(patience: Duration = .seconds(5)) throws(IsolationError) {
        let deadline = ContinuousClock.now + patience
        let best = parts.first { $0.version == .v2 && $0.has("cgroup.kill") } ?? part(for: .pids)
        let freezers = parts.filter(\.isFreezer)
        for part in best.map({ [$0] }) ?? parts {
            try part.kill(thawing: freezers, counting: self.part(for: .pids), until: deadline)
        }
    }

    /// Stops all members.
    package func freeze() throws(IsolationError) {
        guard let part = freezing else {
            throw IsolationError("freeze a cgroup", errno: .notSupported, meaning: "no hierarchy at hand can freeze")
        }
        try part.freeze()
    }

    package func thaw() throws(IsolationError) { try freezing?.thaw() }

    private var freezing: CgroupDirectory? {
        parts.first { $0.version == .v2 && $0.has("cgroup.freeze") } ?? part(for: .freezer)
    }

    /// Removes it everywhere; the first failure is thrown when all has been tried.
    package func remove(patience: Duration = .seconds(5)) throws(IsolationError) {
        var failure: IsolationError?
        for part in parts {
            do {
                try part.remove(patience: patience)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}

extension CgroupDirectory {
    /// A v1 cpuset is born empty, and no process can enter it before it has processors and memory nodes.
    func prepare(from parent: CgroupDirectory) throws(IsolationError) {
        guard version == .v1, hierarchy.controllers.contains(.cpuset) else { return }
        for file in ["cpuset.cpus", "cpuset.mems"] where try read(file).isEmpty {
            try write(file, try parent.read(file))
        }
    }
}
