// A program on a terminal of the playground, with its typist.

import Glibc
import Isolation
import KernelState
import SystemPackage
import Terminals

/// Usually bash. It ends with `end()` or with the playground.
package final class PlaygroundShell {
    package let typist: Typist
    private let child: Child
    private var isOver = false

    init(child: Child, terminal: PseudoTerminal, playground: Playground) {
        self.child = child
        let node = playground.node
        var census = node.namespaces[.pid].map { NamespaceCensus(of: $0) }
        typist = Typist(
            terminal: terminal, shell: ProcessID(child.pid), shellEnd: child.pidfd,
            shellEnded: { child.hasEnded }, entry: UserNamespaceEntry(of: node.initProcess.pid),
            members: { (try? census?.numbers()).map(Array.init) ?? [] })
    }

    deinit { end() }

    /// Its number on the host.
    package var pid: ProcessID { ProcessID(child.pid) }
    package var hasEnded: Bool { child.hasEnded }

    /// How it ended; nil while it runs.
    package var exitStatus: ExitStatus? { (try? child.wait(for: .zero)) ?? nil }

    /// Ends the program on the terminal and reaps it. What it started may live on, without a terminal.
    /// - Parameter patience: how long that may take.
    package func end(patience: Duration = Child.patience) {
        guard !isOver else { return }
        isOver = true
        child.close(patience: patience)
    }
}
