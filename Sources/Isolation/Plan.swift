// A plan: what a sandbox is made of, as a value. It can be run, shown as shell commands and shown as system calls.

/// An ordered list of steps, the last of which executes a program.
package struct Plan: Sendable, Equatable {
    package var steps: [Step]

    package init(_ steps: [Step]) { self.steps = steps }

    /// The plan with more steps at its end.
    package func appending(_ more: Step...) -> Plan { Plan(steps + more) }
}

extension Plan: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: Step...) { steps = elements }
}

/// Where a standard stream of the program leads.
package enum StandardStream: Sendable, Equatable {
    case inherit
    case null
    /// A descriptor of the starting process, which stays its owner.
    case descriptor(Int32)
}

package struct StandardStreams: Sendable, Equatable {
    package var input: StandardStream
    package var output: StandardStream
    package var error: StandardStream

    package init(input: StandardStream = .inherit, output: StandardStream = .inherit, error: StandardStream = .inherit)
    {
        self.input = input
        self.output = output
        self.error = error
    }

    /// What is wrong with them for a plan that goes into somebody else's user namespace; nil: nothing.
    func problem(for plan: Plan) -> String? {
        let isAmongOthers = plan.steps.contains {
            if case .identity(.join(let joined, _)) = $0 { joined.contains(.user) } else { false }
        }
        return isAmongOthers && [input, output, error].contains(.inherit)
            ? "the standard streams of this process are nobody else's: give it null, pipes or a terminal of theirs"
            : nil
    }

    package static let inherit = StandardStreams()
    package static let null = StandardStreams(input: .null, output: .null, error: .null)
    /// All three on one descriptor: a terminal.
    package static func terminal(_ fd: Int32) -> StandardStreams {
        StandardStreams(input: .descriptor(fd), output: .descriptor(fd), error: .descriptor(fd))
    }
}

/// What belongs to one start and not to the plan.
package struct StartOptions: Sendable, Equatable {
    package var streams: StandardStreams
    /// The directory of a cgroup v2 in which the first process is to be born (`CLONE_INTO_CGROUP`, Linux 5.7).
    package var cgroup: Int32?
    /// How long the steps may take, until the program is executed.
    package var patience: Duration

    package init(streams: StandardStreams = .inherit, cgroup: Int32? = nil, patience: Duration = .seconds(30)) {
        self.streams = streams
        self.cgroup = cgroup
        self.patience = patience
    }
}
