// Work that blocks, on a thread of its own. Tasks share a few threads, and tests that wait for each other there never end.
import Foundation
import Synchronization
import TestSupport

final class BlockingThread<Value: Sendable>: Sendable {
    private let result = Mutex<Value?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ work: @escaping @Sendable () -> Value) {
        Thread.detachNewThread {
            let value = work()
            self.result.withLock { $0 = value }
            self.isDone.signal()
        }
    }

    /// Waits for the work to end; `nil` after a minute. To be asked once.
    func value() -> Value? {
        guard isDone.wait(timeout: .now() + Deadline.seconds) == .success else { return nil }
        return result.withLock { $0 }
    }
}
