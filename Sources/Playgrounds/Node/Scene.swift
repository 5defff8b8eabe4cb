// What stands in a playground before anybody comes.

import enum Isolation.SystemCallGroup

/// What is put into a playground before the learner comes.
package struct Scene: Sendable, Equatable {
    /// Events that must be witnessed from the start of the session.
    package enum Watch: String, Sendable, CaseIterable {
        case signals
    }

    /// A process with the right name that only sleeps.
    package struct Decoy: Sendable, Equatable {
        package var name: String
        package var arguments: [String]

        package init(name: String, arguments: [String] = []) {
            self.name = name
            self.arguments = arguments
        }
    }

    package struct File: Sendable, Equatable {
        package var path: String
        package var text: String
        /// Permission bits, 0o644 unless said otherwise.
        package var mode: UInt32

        package init(path: String, text: String, mode: UInt32 = 0o644) {
            self.path = path
            self.text = text
            self.mode = mode
        }
    }

    /// A directory that holds programs of the course root and every library that they load, ready to be somebody's root.
    package struct Box: Sendable, Equatable {
        package var path: String
        /// Absolute paths, the same in the course root and in the box.
        package var programs: [String]

        package init(path: String, programs: [String]) {
            self.path = path
            self.programs = programs
        }
    }

    /// Another machine: a process that sleeps in a network namespace of its own, and a cable from there to the node.
    package struct Host: Sendable, Equatable {
        package var name: String
        /// Of its link, `eth0`, with the length of the prefix: `203.0.113.80/24`.
        package var address: String
        /// The node's end of the cable.
        package var link: String
        /// Of the node's end.
        package var nodeAddress: String

        package init(name: String, address: String, link: String, nodeAddress: String) {
            self.name = name
            self.address = address
            self.link = link
            self.nodeAddress = nodeAddress
        }
    }

    package var decoys: [Decoy] = []
    package var watch: [Watch] = []
    /// System calls that the lab needs, of those that a playground refuses otherwise.
    package var calls: [SystemCallGroup] = []
    package var files: [File] = []
    package var directories: [String] = []
    package var box: Box?
    /// Where there are any, the node forwards nothing to begin with.
    package var hosts: [Host] = []

    package init() {}
}
