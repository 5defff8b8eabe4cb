// Independent pieces of work on threads of their own.

import Foundation
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
