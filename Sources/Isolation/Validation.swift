// What can be known about a plan before anything happens.

extension Plan {
    /// The plan itself, if it makes sense; else the first problem. Asks the system nothing but which user this is.
    @discardableResult
    package func validated() throws(PlanError) -> Plan {
        var check = PlanCheck()
        for (index, step) in steps.enumerated() {
            if let problem = check.problem(of: step, isLast: index == steps.count - 1) {
                throw PlanError(index, step, problem)
            }
        }
        guard case .end = steps.last else { throw PlanError("its last step must be .execute or .finish") }
        return self
    }
}

/// What is known at a point of the plan. Each step says what is wrong with it here, and notes what later ones may rely on.
struct PlanCheck {
    /// Whether the step at hand is the plan's last.
    private(set) var isLast = false
    private var opened: Set<String> = []
    /// Those of them that are detached mounts.
    private(set) var trees: Set<String> = []
    private var userNamespaceMade = false
    /// Whether the user outside the next user namespace is that of this process itself.
    private var isInvokingUser = true
    private(set) var mapped = false
    private var pidNamespaceWaits = false
    private(set) var hasJoined = false
    /// In somebody else's user namespace, and not yet one of those who are there.
    var isStranger = false
    /// In somebody else's user namespace, since some step.
    private(set) var isAmongOthers = false
    private var isGuarded = false
    private var atHead = true
    private var inNewPidNamespace = false
    private var duplicateTargets: Set<Int32> = []
    var network = NetworkCheck()

    fileprivate mutating func problem(of step: Step, isLast: Bool) -> String? {
        self.isLast = isLast
        defer { if step.madeNamespaces == nil { atHead = false } }
        for text in step.texts where text.utf8.contains(0) { return "a text with a zero byte" }
        for place in step.places {
            if let problem = problem(of: place) { return problem }
        }
        let family = step.family
        family.note(in: &network.slots)
        return family.problem(in: &self)
    }

    private func problem(of place: Place) -> String? {
        switch place {
        case .path(""), .inside(_, ""), .inside("", _), .mountPoint(_, "", _), .mountPoint("", _, _): "an empty path"
        case .opened(let name): opened.contains(name) ? nil : "nothing has been opened as \(name)"
        case .path, .inside, .mountPoint, .descriptor: nil
        }
    }

    // MARK: Identity

    mutating func join(_ namespaces: Set<Namespace>) {
        hasJoined = true
        if namespaces.contains(.pid) { pidNamespaceWaits = true }
        guard namespaces.contains(.user) else { return }
        isInvokingUser = false
        isStranger = true
        isAmongOthers = true
    }

    mutating func unshare(_ namespaces: Set<Namespace>) {
        if namespaces.contains(.user) {
            userNamespaceMade = true
            mapped = false
        }
        guard namespaces.contains(.pid) else { return }
        if atHead {
            inNewPidNamespace = true
        } else {
            pidNamespaceWaits = true
            network.unbornPidNamespace = true
        }
    }

    mutating func map(_ map: IDMap) -> String? {
        if !userNamespaceMade { return "no user namespace has been unshared before" }
        if mapped { return "the kernel lets an id map be written once" }
        // A process that others may see is not dumpable, and then its map is not its own to write. See proc(5).
        if hasJoined, case .invokingUser = map.resolved {
            return "a map of one's own goes before any namespace is joined"
        }
        mapped = true
        defer { isInvokingUser = false }
        if isInvokingUser, map.showsHostRoot {
            return map == .automatic
                ? "the host's root would be mapped: no other map can be had without CAP_SETUID and CAP_SETGID"
                : "the host's root would be mapped; root gives a namespace .automatic"
        }
        return map.problem
    }

    mutating func enterProcessNamespace() -> String? {
        network.unbornPidNamespace = false
        if !pidNamespaceWaits && !inNewPidNamespace { return "no pid namespace has been joined or unshared before" }
        if isStranger { return "those who are there would see it as it was outside: .setCredentials goes first" }
        pidNamespaceWaits = false
        return nil
    }

    mutating func guardItself() -> String? {
        if isGuarded { return "one guard is enough" }
        if !inNewPidNamespace || !mapped {
            return "a guard is PID 1 of a pid namespace, made at the head of the plan, in a user namespace with a map"
        }
        isGuarded = true
        return nil
    }

    // MARK: Descriptors

    mutating func keep(_ name: String, isTree: Bool = false) -> String? {
        if !opened.insert(name).inserted { return "the name \(name) is taken" }
        if isTree { trees.insert(name) }
        return opened.count > Lowering.registerCount ? "more than \(Lowering.registerCount) descriptors are kept" : nil
    }

    mutating func give(_ target: Int32) -> String? {
        if target < 0 || target > 1023 { return "descriptor numbers go from 0 to 1023 here" }
        if !duplicateTargets.insert(target).inserted { return "descriptor \(target) is given twice" }
        return duplicateTargets.count > 32 ? "more than 32 descriptors" : nil
    }

    func problem(of program: Program) -> String? {
        switch program {
        case .path(let path): path.isEmpty ? "no program is named" : nil
        case .opened(let name): opened.contains(name) ? nil : "nothing has been opened as \(name)"
        case .descriptor: nil
        }
    }
}

extension Place {
    /// What is wrong with it for a step that works on a name in a folder; nil: nothing.
    var needsPath: String? {
        switch self {
        case .opened, .descriptor: "this step needs a path"
        case .path, .inside, .mountPoint: nil
        }
    }
}

extension IDMap {
    /// What is wrong with its ranges; nil: nothing.
    fileprivate var problem: String? {
        switch self {
        case .ranges(let users, let groups): Self.problem(users) ?? Self.problem(groups)
        case .automatic, .invokingUser: nil
        }
    }

    private static func problem(_ ranges: [IDRange]) -> String? {
        if ranges.isEmpty { return "an empty map" }
        if ranges.count > 340 { return "the kernel takes at most 340 ranges" }
        for (index, range) in ranges.enumerated() {
            let end = UInt64(range.inside) + UInt64(range.count), outer = UInt64(range.outside) + UInt64(range.count)
            if range.count == 0 || end > 1 << 32 || outer > 1 << 32 { return "a range that is empty or too long" }
            for other in ranges[..<index]
            where UInt64(range.inside) < UInt64(other.inside) + UInt64(other.count) && UInt64(other.inside) < end {
                return "ranges overlap inside"
            }
        }
        return nil
    }
}
