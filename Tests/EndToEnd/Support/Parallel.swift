// Work on threads of its own: a test that waits must not hold up the tests beside it.

import Foundation
import Synchronization

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

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers again for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// `PODLAB_TEST_SEED`, else another one in every run.
    static let seedOfRun: UInt64 =
        ProcessInfo.processInfo.environment["PODLAB_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
}
