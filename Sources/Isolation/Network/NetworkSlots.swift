// Which network namespaces a plan works in. Each has a number under which the child keeps its socket and descriptor.

import CIsolation

/// The numbers, in the order in which a plan comes to its namespaces.
struct NetworkSlots {
    static let limit = Int(ISO_NETWORK_MAX)

    private var known: [NetworkPlace: Int] = [:]
    private(set) var count = 0

    /// The number of a place; new: the child must open it first.
    mutating func number(of place: NetworkPlace) -> (number: Int, isNew: Bool) {
        if let number = known[place] { return (number, false) }
        return (add(place), true)
    }

    /// A number for a place that a step has just made, whatever was there before.
    mutating func add(_ place: NetworkPlace) -> Int {
        defer { count += 1 }
        known[place] = count
        return count
    }

    /// What the child's own namespace is called from now on, too.
    mutating func keep(_ number: Int, as name: String) { known[.kept(name)] = number }

    func has(_ place: NetworkPlace) -> Bool { known[place] != nil }

    /// Forgets what a step makes untrue: another own namespace, other files at the same paths.
    mutating func note(_ step: Step) {
        switch step {
        case .join(let namespaces, _), .unshare(let namespaces):
            if namespaces.contains(.network) { known[.own] = nil }
            if namespaces.contains(.mount) { forgetPaths() }
        case .removeNetworkNamespace(let name): known[.named(name)] = nil
        case .chroot, .pivotRoot, .changeDirectory, .mount, .bind, .unmount: forgetPaths()
        default: break
        }
    }

    private mutating func forgetPaths() {
        known = known.filter { place, _ in
            switch place {
            case .own, .kept: true
            case .named, .file: false
            }
        }
    }
}
