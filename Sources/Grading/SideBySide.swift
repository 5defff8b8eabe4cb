// Independent pieces of work on threads of their own.

import FoundationEssentials
import Linux
import Synchronization

/// Runs jobs side by side: four at once for each processor that this process may use, because much of what a playground costs is waiting, for
/// the kernel and for pods. A machine with a single processor is slow, as a rule, and lines have deadlines: two there. One with many has one for each
/// from a dozen on: each playground takes some thirty descriptors, and a process often may have 1024. Each job stays on one thread, since a child can be
/// tied to the thread that started it (PR_SET_PDEATHSIG).
/// - Returns: what each job returned, in the order of the jobs.
func sideBySide<Value: Sendable>(_ jobs: [@Sendable () -> Value]) -> [Value] {
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
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let threads = processors == 1 ? 2 : max(processors, min(4 * processors, 12))
    beside(threads - 1, work)
    return values.withLock { $0.compactMap(\.self) }
}

/// Does the same on this thread and on so many others. Where one cannot be had, those that there are do the work.
private func beside(_ others: Int, _ work: @escaping @Sendable () -> Void) {
    guard others > 0, let thread = try? WorkThread(work) else { return work() }
    beside(others - 1, work)
    thread.join()
}
