// Independent pieces of work on threads of their own.

import Synchronization

/// Runs jobs side by side on so many threads, this one among them. Each job stays on one thread, since a child can be tied to the thread
/// that started it (PR_SET_PDEATHSIG). Where a thread cannot be had, those that there are do the work.
/// - Returns: what each job returned, in the order of the jobs.
package func sideBySide<Value: Sendable>(_ jobs: [@Sendable () -> Value], threads: Int) -> [Value] {
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
    beside(min(threads, jobs.count) - 1, work)
    return values.withLock { $0.compactMap(\.self) }
}

/// Does the same on this thread and on so many others.
private func beside(_ others: Int, _ work: @escaping @Sendable () -> Void) {
    guard others > 0, let thread = try? WorkThread(work) else { return work() }
    beside(others - 1, work)
    thread.join()
}
