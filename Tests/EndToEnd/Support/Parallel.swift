// Work on threads of its own: a test that waits must not hold up the tests beside it.

import Foundation
import Synchronization
import TestSupport

/// Runs `body` once for each lane, each on a thread, and returns when all have.
func inParallel(_ lanes: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for lane in 0..<lanes {
        group.enter()
        Thread.detachNewThread {
            body(lane)
            group.leave()
        }
    }
    group.wait()
}

/// What went wrong, noted from several threads.
final class Problems: Sendable {
    private let noted = Mutex<[String]>([])

    func note(_ problem: String) { noted.withLock { $0.append(problem) } }
    var all: [String] { noted.withLock { $0 } }
}

extension SeededGenerator {
    /// `PODLAB_TEST_SEED`, else another one in every run.
    static let seedOfRun: UInt64 =
        ProcessInfo.processInfo.environment["PODLAB_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
}
