// Which process of a playground a person means by a number: by the node's count or by the host's.

import KernelState
import Text

/// A process of a playground, found by one of its numbers.
package struct NumberedProcess: Sendable {
    package let state: ProcessState
    /// As `ps` in the node shows it.
    package let numberInNode: ProcessID
    /// Which process was taken, where another has the same number elsewhere.
    package let note: String?
}

extension NodeView {
    /// Finds a process by the number that `ps` in the node shows, or by its number on the host. The node's number goes first.
    /// - Throws: `PlaygroundError.noSuchProcess`, which names what has that number, if anything has.
    package func process(numbered number: Int32) throws -> NumberedProcess {
        guard let depth = ProcessState.read(initProcess.pid, fields: .status)?.status?.numbers.count, depth > 0 else {
            throw PlaygroundError.notAttached("the playground has ended")
        }
        func inNode(_ state: ProcessState) -> ProcessID? {
            guard let numbers = state.status?.numbers, numbers.count >= depth else { return nil }
            return numbers[depth - 1]
        }
        func name(_ state: ProcessState) -> String {
            let inside = inNode(state).map { "\($0) in the node, " } ?? ""
            return "\(terminalSafe(state.comm)) (\(inside)\(state.pid) on the host)"
        }
        let table = try processes(fields: .status)
        let byNode = table.all.first { inNode($0)?.rawValue == number }
        let byHost = table[ProcessID(number)]
        if let found = byNode ?? byHost, let inside = inNode(found) {
            var note: String?
            if let byNode, let byHost, byNode.pid != byHost.pid {
                note = "\(number) is two processes: taken is \(name(byNode)), not \(name(byHost))"
            }
            return NumberedProcess(state: found, numberInNode: inside, note: note)
        }
        // Zombies have no namespaces any more and are no members, but they have their numbers.
        let everyone = try ProcessTable.read(fields: .status)
        let members = Set(table.all.map(\.pid))
        let zombie = everyone.all.first { state in
            state.isZombie && (members.contains(state.parent) || state.pid.rawValue == number)
                && (inNode(state)?.rawValue == number || state.pid.rawValue == number)
        }
        if let zombie {
            throw PlaygroundError.noSuchProcess(
                "\(name(zombie)) is a zombie: it has ended, and its parent \(zombie.parent) has not asked how. There is"
                    + " nothing left to enter")
        }
        if let stranger = everyone[ProcessID(number)] {
            throw PlaygroundError.noSuchProcess(
                "process \(number) on the host is \(terminalSafe(stranger.comm)), which is not in the playground; `ps -ax` in"
                    + " there shows the numbers of those that are")
        }
        throw PlaygroundError.noSuchProcess(
            "there is no process \(number), neither in the playground nor on the host; `ps -ax` in the playground shows"
                + " those that are there")
    }
}
