// What can be known about a plan before anything happens.

extension Plan {
    /// The plan itself, if it makes sense; else the first problem. Asks the system nothing but which user this is.
    @discardableResult
    package func validated() throws(PlanError) -> Plan {
        var check = Check()
        for (index, step) in steps.enumerated() {
            if let problem = check.problem(of: step, isLast: index == steps.count - 1) {
                throw PlanError(step: index, operation: step.summary, problem: problem)
            }
        }
        switch steps.last {
        case .execute, .finish: return self
        default: throw PlanError(step: nil, operation: "the plan", problem: "its last step must be .execute or .finish")
        }
    }
}

/// What is known at a point of the plan.
private struct Check {
    var opened: Set<String> = []
    /// Those of them that are detached mounts.
    var trees: Set<String> = []
    var userNamespaceMade = false
    /// Whether the user outside the next user namespace is that of this process itself.
    var isInvokingUser = true
    var mapped = false
    var pidNamespaceWaits = false
    var hasJoined = false
    /// In somebody else's user namespace, and not yet one of those who are there.
    var isStranger = false
    /// In somebody else's user namespace, since some step.
    var isAmongOthers = false
    var isGuarded = false
    var atHead = true
    var inNewPidNamespace = false
    var duplicateTargets: Set<Int32> = []
    var network = NetworkCheck()

    mutating func problem(of step: Step, isLast: Bool) -> String? {
        defer { if case .unshare = step {} else { atHead = false } }
        for text in step.texts where text.utf8.contains(0) { return "a text with a zero byte" }
        for place in step.places {
            if let problem = problem(of: place) { return problem }
        }
        if let problem = network.problem(of: step, atHead: atHead) { return problem }
        switch step {
        case .join(let namespaces, let source):
            if namespaces.isEmpty { return "no namespace is named" }
            if namespaces.count > 1, case .process = source {
            } else if namespaces.count > 1 {
                return "one namespace file is one namespace"
            }
            if namespaces.contains(.pid) { pidNamespaceWaits = true }
            hasJoined = true
            if namespaces.contains(.user) {
                isInvokingUser = false
                isStranger = true
                isAmongOthers = true
            }
        case .unshare(let namespaces):
            if namespaces.isEmpty { return "no namespace is named" }
            if namespaces.contains(.user) {
                userNamespaceMade = true
                mapped = false
            }
            if namespaces.contains(.pid) {
                if atHead { inNewPidNamespace = true } else { pidNamespaceWaits = true }
            }
        case .mapIDs(let map):
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
            if case .ranges(let users, let groups) = map, let problem = Self.problem(users) ?? Self.problem(groups) {
                return problem
            }
        case .enterProcessNamespace:
            if !pidNamespaceWaits && !inNewPidNamespace { return "no pid namespace has been joined or unshared before" }
            if isStranger { return "those who are there would see it as it was outside: .setCredentials goes first" }
            pidNamespaceWaits = false
        case .setCredentials: isStranger = false
        case .guarded:
            if isGuarded { return "one guard is enough" }
            if !inNewPidNamespace || !mapped {
                return
                    "a guard is PID 1 of a pid namespace, made at the head of the plan, in a user namespace with a map"
            }
            isGuarded = true
        case .open(_, let name), .openTree(_, let name, _, _), .openExecutable(nil, let name),
            .openExecutable(.path, let name), .openExecutable(.descriptor, let name):
            if !opened.insert(name).inserted { return "the name \(name) is taken" }
            if case .openTree = step { trees.insert(name) }
            if opened.count > Lowering.registerCount {
                return "more than \(Lowering.registerCount) descriptors are kept"
            }
        case .lockMountOptions(let options, let name, _):
            if options.isEmpty { return "no option is named" }
            if !trees.contains(name) { return "no mount has been copied as \(name)" }
            if !mapped { return "a user whom the namespace maps does this: .mapIDs and .setCredentials go first" }
        case .duplicate(_, let target):
            if target < 0 || target > 1023 { return "descriptor numbers go from 0 to 1023 here" }
            if !duplicateTargets.insert(target).inserted { return "descriptor \(target) is given twice" }
            if duplicateTargets.count > 32 { return "more than 32 descriptors" }
        case .mount(.overlay(let lower, let upper, let work), _, _):
            if lower.isEmpty { return "an overlay needs a lower layer" }
            if (upper == nil) != (work == nil) {
                return "an upper layer needs a work directory, and the other way round"
            }
        case .writeFile(let place, _, _, _), .makeFile(let place, _), .makeDirectory(let place, _, _),
            .makeSymbolicLink(let place, _), .unmount(let place, _):
            switch place {
            case .opened, .descriptor: return "this step needs a path"
            case .path, .inside, .mountPoint: break
            }
        case .leaveOrphans(let count):
            if !(0...64).contains(count) { return "0 to 64 orphans" }
        case .setHostname(let name):
            if name.isEmpty || name.utf8.count > 64 { return "a host name has 1 to 64 bytes" }
        case .openExecutable(.inside, _), .openExecutable(.opened, _):
            return "an executable is copied before the plan begins: by a path or a descriptor outside"
        case .setOOMScoreAdjustment(let value):
            if hasJoined {
                return "it goes before any namespace is joined: afterwards the file is not the process's own"
            }
            if !(-1000...1000).contains(value) { return "the adjustment goes from -1000 to 1000" }
        case .finish: if !isLast { return "nothing can follow it" }
        case .dieWithParent(let signal):
            if !(1...64).contains(signal) { return "no such signal" }
        case .execute(let program, let arguments, let environment):
            if !isLast { return "nothing can follow it" }
            if arguments.isEmpty { return "arguments begin with the program's own name" }
            if isAmongOthers && environment == nil {
                return "the environment of this process is nobody else's: name one"
            }
            if case .opened(let name) = program, !opened.contains(name) { return "nothing has been opened as \(name)" }
            if case .path("") = program { return "no program is named" }
        default: break
        }
        return nil
    }

    private func problem(of place: Place) -> String? {
        switch place {
        case .path(""), .inside(_, ""), .inside("", _), .mountPoint(_, "", _), .mountPoint("", _, _): "an empty path"
        case .opened(let name) where !opened.contains(name): "nothing has been opened as \(name)"
        default: nil
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
