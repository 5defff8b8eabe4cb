// zombies: how many ended children has a process not waited for, and does it wait for orphans that come to it?

import StrictYAML

/// A process that has ended stays as a zombie until its parent waits for it; an orphan's parent is the process that is number 1 of
/// its pid namespace. See wait(2), pid_namespaces(7).
package struct ZombiesProbe: Sendable, Equatable {
    package static let orphanLimit = 1...64

    package var of: Selector
    /// How many zombies are its children.
    package var count: Count
    /// So many orphans are made in its pid namespace, which end at once: then it has to wait for each of them. Nil: none are made.
    package var orphans: Int?
}

extension ZombiesProbe: MappingDecodable {
    package static let shape = Shape(name: "zombiesProbe", required: ["of", "count"], optional: ["orphans"])

    package init(fields: Fields) {
        of = fields.required("of")
        count = fields.required("count")
        orphans = fields.has("orphans") ? fields.number("orphans", in: Self.orphanLimit) : nil
    }
}
