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

    // MARK: What a step makes untrue

    /// The child is in another namespace.
    mutating func forgetOwn() { known[.own] = nil }

    /// The name may be that of another one.
    mutating func forget(_ name: String) { known[.named(name)] = nil }

    /// There may be other files at the same paths.
    mutating func forgetPaths() {
        known = known.filter { place, _ in
            switch place {
            case .own, .kept: true
            case .named, .file: false
            }
        }
    }
}
