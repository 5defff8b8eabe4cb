// Waiting for the kernel, which may still be taking apart what a submission has left.

import Glibc
import Isolation
import Linux
import Synchronization

/// When a playground ends, the kernel takes its network links apart one by one, and as long as it does nobody on the machine gets a
/// network namespace set up. A submission can make links by the thousand. Nobody else's time is counted meanwhile.
package enum NetworkReadiness {
    /// Waits until a network namespace can be made and its `lo` set up, or the time is over, or podlab is asked to end.
    /// - Parameter onWaiting: called once when it takes longer than usual.
    package static func wait(for patience: Duration = .seconds(900), _ signals: EndingSignals, onWaiting: () -> Void) {
        let deadline = ContinuousClock.now + patience
        let trial = Trial()
        trial.begin(patience)
        let began = ContinuousClock.now
        var hasTold = false
        while !trial.isOver, ContinuousClock.now < deadline, signals.received == nil {
            if !hasTold, ContinuousClock.now - began > .seconds(2) {
                hasTold = true
                onWaiting()
            }
            _ = poll(nil, 0, hasTold ? 100 : 2)
        }
    }
}

/// In a thread of its own: who stands in the kernel cannot look for signals.
private final class Trial: Sendable {
    private let state = Mutex(false)

    var isOver: Bool { state.withLock { $0 } }

    func begin(_ patience: Duration) {
        guard let thread = try? WorkThread({ self.run(patience) }) else { return end() }
        thread.detach()
    }

    /// Whether it works is the next playground's to find out; this is about when the kernel answers.
    private func run(_ patience: Duration) {
        let plan = Plan([
            .unshare([.user, .network]), .mapIDs(.automatic), .setCredentials(), .bringUpLoopback, .finish,
        ])
        if let child = try? plan.start(StartOptions(streams: .null, patience: patience)) {
            _ = try? child.wait(for: Child.patience)
            child.close()
        }
        end()
    }

    private func end() { state.withLock { $0 = true } }
}
