// Which process of the playground is meant, and where something is looked at.

import Playgrounds
import StrictYAML

/// The namespaces of namespaces(7), by the names of their files in /proc/PID/ns.
package enum NamespaceKind: String, Sendable, CaseIterable, Hashable {
    case cgroup, ipc, mnt, net, pid, time, user, uts
}

/// How a namespace stands to the node's namespace of the same kind.
package enum NamespaceRelation: String, Sendable, CaseIterable {
    case sameAsNode = "same-as-node"
    case differentFromNode = "different-from-node"
}

/// Picks processes of the playground. All conditions that are given must hold.
package struct Selector: Sendable, Hashable {
    /// The process's root is this directory of the node, by device and inode.
    package var root: String?
    /// The process's root is not this directory of the node.
    package var notRoot: String?
    /// The process runs this file: a path inside `root` where that is given, else of the node; by device and inode.
    package var executable: String?
    /// The process runs this program of the course: the very file that it was when the playground was started.
    package var program: CourseProgram?
    /// The kernel's name of it (`comm`, at most 15 bytes).
    package var name: String?
    /// Its number in its own, innermost pid namespace (the last field of NSpid).
    package var innerNumber: Int?
    /// It has this file of the node open for writing, by device and inode.
    package var writes: String?
    package var namespaces: [NamespaceKind: NamespaceRelation]
    package var sharing: Sharing?
    /// It is in none of the namespaces of these kinds in which a process is that another selector picks.
    package var apart: Sharing?
    package var ancestorOf: Indirect<Selector>?
    package var descendantOf: Indirect<Selector>?

    /// Namespaces of these kinds, of a process that another selector picks.
    package struct Sharing: Sendable, Hashable {
        package var kinds: [NamespaceKind]
        package var with: Indirect<Selector>

        package init(_ kinds: [NamespaceKind], with selector: Selector) {
            self.kinds = kinds
            with = Indirect(selector)
        }
    }

    package init(
        root: String? = nil, notRoot: String? = nil, executable: String? = nil,
        program: CourseProgram? = nil, name: String? = nil, innerNumber: Int? = nil, writes: String? = nil,
        namespaces: [NamespaceKind: NamespaceRelation] = [:],
        sharing: Sharing? = nil, apart: Sharing? = nil, ancestorOf: Selector? = nil, descendantOf: Selector? = nil
    ) {
        self.root = root
        self.notRoot = notRoot
        self.executable = executable
        self.program = program
        self.name = name
        self.innerNumber = innerNumber
        self.writes = writes
        self.namespaces = namespaces
        self.sharing = sharing
        self.apart = apart
        self.ancestorOf = ancestorOf.map(Indirect.init)
        self.descendantOf = descendantOf.map(Indirect.init)
    }
}

/// Where a probe looks: the node of the lesson, or the one process that a selector picks.
package enum Place: Sendable, Hashable {
    case node
    case process(Selector)
}

extension Place {
    /// Words for messages: `node`, or what the selector says.
    var words: String {
        switch self {
        case .node: "node"
        case .process(let selector): "\(selector)"
        }
    }
}

/// Lets a value type hold one of its own kind.
package struct Indirect<Value: Sendable & Hashable>: Sendable, Hashable {
    private var storage: [Value]

    package init(_ value: Value) { storage = [value] }

    package var value: Value {
        get { storage[0] }
        set { storage[0] = newValue }
    }
}

extension CourseProgram: Keyword {
    package static var placeholder: CourseProgram { .pause }
}
