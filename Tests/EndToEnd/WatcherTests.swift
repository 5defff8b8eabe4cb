// Somebody watches from inside every playground while labs are verified, as fast as it can: it gets nothing of podlab's.

import CIsolation
import Foundation
import Glibc
import Isolation
import KernelState
import Synchronization
import TestSupport
import Testing

@Suite struct WatcherTests {
    /// In the environment and in the home folder's path of the podlab under test, and so in all that it opens and remembers.
    private static let mark = "podlab-mark-\(getpid())-home"

    @Test("whoever watches every process inside, while all labs are solved, gets nothing", .needsPlayground)
    func verify() throws {
        let home = try Home()
        let marked = home.path + "/" + Self.mark
        try FileManager.default.createDirectory(atPath: marked, withIntermediateDirectories: false)
        let environment = home.environment.merging(
            ["PODLAB_TEST_SECRET": Self.mark, "XDG_STATE_HOME": marked + "/state", "PWD": marked]
        ) { $1 }
        // A busy machine lets the watcher miss playgrounds, which live for a second: again, until it has been in enough of them.
        var places = 0
        for _ in 0..<5 where places < 5 {
            let running = try Running(
                [try home.executable(), "verify", "--truth", "solved-is-green"], environment: environment,
                directory: marked)
            let watching = Watching(of: running.pid, mark: Self.mark)
            let watch = Thread { watching.run() }
            watch.start()
            let finished = try running.wait(seconds: 400)
            let (caught, watched) = watching.end()
            places += watched
            // Whether all was green is the matter of others: the watcher is one process more than a lab expects, and an image may be
            // missing.
            #expect((0...2).contains(finished.code), "\(finished)")
            #expect(caught.isEmpty, "\(caught)")
        }
        #expect(places >= 5, "only \(places) playgrounds were watched")
    }
}

/// Looks for playgrounds of a podlab, and has somebody watch in one of them at any time: in each for a while, and then in the next.
private final class Watching: @unchecked Sendable {
    private let podlab: ProcessID
    private let mark: String
    private let isOver = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)
    /// How often somebody has watched there.
    private var seen: [ProcessIdentity: Int] = [:]

    /// How long somebody stays in one.
    private static let stay = Duration.milliseconds(300)
    private var caught = ""

    init(of pid: pid_t, mark: String) {
        podlab = ProcessID(pid)
        self.mark = mark
    }

    func run() {
        while !isOver.load(ordering: .relaxed) {
            if let first = playground() { watch(first) }
            poll(nil, 0, 2)
        }
        hasEnded.signal()
    }

    /// What has been caught, and in how many playgrounds somebody watched.
    func end() -> (caught: String, places: Int) {
        isOver.store(true, ordering: .relaxed)
        guard hasEnded.wait(timeout: .now() + Deadline.seconds) == .success else {
            return ("the watching does not end", 0)
        }
        return (caught, seen.count)
    }

    /// PID 1 of a playground, of those in which somebody has watched least often.
    private func playground() -> ProcessIdentity? {
        guard let table = try? ProcessTable.read(fields: .status) else { return nil }
        return table.descendants(of: podlab).filter { $0.comm == "podlab-init" && $0.numberInside?.rawValue == 1 }
            .map(\.identity).min { seen[$0, default: 0] < seen[$1, default: 0] }
    }

    private func watch(_ first: ProcessIdentity) {
        seen[first, default: 0] += 1
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        defer { for end in ends { close(end) } }
        let pidfd = iso_pidfd_open(first.pid.rawValue)
        guard pidfd >= 0 else { return }
        defer { close(pidfd) }
        let plan = Plan([
            .openExecutable(.path(attackerProgram), as: "attacker"),
            .join(.sandbox, of: .process(pidfd: pidfd)), .setCredentials(), .enterProcessNamespace,
            .execute(.opened("attacker"), arguments: ["attacker", "watch", mark], environment: []),
        ])
        let streams = StandardStreams(input: .null, output: .descriptor(ends[1]), error: .null)
        guard let watcher = try? plan.start(StartOptions(streams: streams)) else { return }
        defer { watcher.close() }
        let end = ContinuousClock.now + Self.stay
        while !isOver.load(ordering: .relaxed), ContinuousClock.now < end {
            var polled = [
                pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0),
                pollfd(fd: watcher.pidfd, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&polled, 2, 50) > 0 else { continue }
            if polled[0].revents != 0 {
                var chunk = [UInt8](repeating: 0, count: 65536)
                let length = read(ends[0], &chunk, chunk.count)
                caught += String(decoding: chunk[..<max(0, length)], as: UTF8.self).replacing("ready\n", with: "")
            } else if polled[1].revents != 0 {
                return
            }
        }
    }
}
