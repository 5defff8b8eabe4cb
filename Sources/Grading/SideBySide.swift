// Independent pieces of work on threads of their own.

import Foundation
import Synchronization

/// Runs jobs side by side, as many at once as this process may use processors and at least two, because much of what a playground
/// costs is waiting for the kernel. Each job stays on one thread, since a child can be tied to the thread that started it
/// (PR_SET_PDEATHSIG).
/// - Parameter perProcessor: more than one for jobs that wait for the clock most of their time.
/// - Returns: what each job returned, in the order of the jobs.
func sideBySide<Value: Sendable>(perProcessor: Int = 1, _ jobs: [@Sendable () -> Value]) -> [Value] {
    let next = Atomic(0)
    let values = Mutex([Value?](repeating: nil, count: jobs.count))
    let work: @Sendable () -> Void = {
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < jobs.count else { return }
            let value = jobs[index]()
            values.withLock { $0[index] = value }
        }
    }
    let threads = max(2, perProcessor * ProcessInfo.processInfo.activeProcessorCount)
    let ended = DispatchGroup()
    for _ in 1..<threads {
        let thread = Thread {
            work()
            ended.leave()
        }
        // Half a MiB, the default of Foundation's threads, is little for a pattern matched by backtracking.
        thread.stackSize = 8 << 20
        ended.enter()
        thread.start()
    }
    work()
    ended.wait()
    return values.withLock { $0.compactMap(\.self) }
}
