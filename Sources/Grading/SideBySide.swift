// How many playgrounds at a time.

import FoundationEssentials
import Linux

/// Runs jobs with playgrounds side by side: four at once for each processor that this process may use, because much of what a playground costs is waiting, for
/// the kernel and for pods. A machine with a single processor is slow, as a rule, and lines have deadlines: two there. One with many has one for each
/// from a dozen on: each playground takes some thirty descriptors, and a process often may have 1024.
/// - Returns: what each job returned, in the order of the jobs.
func sideBySide<Value: Sendable>(_ jobs: [@Sendable () -> Value]) -> [Value] {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    return Linux.sideBySide(jobs, threads: processors == 1 ? 2 : max(processors, min(4 * processors, 12)))
}
