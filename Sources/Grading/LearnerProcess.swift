// The process of one learner: podlab started again, watched, and ended with everything that it started, in bounded time.

import CIsolation
import Glibc
import KernelState
import Linux
import SystemPackage
import Text

/// One learner's grading in a process of its own. Whatever a submission makes podlab do (trap, hang, print without end) ends this
/// process and no other.
package struct LearnerProcess {
    /// How it came to an end.
    package struct Outcome: Sendable {
        /// Why it did not end by itself and well; nil when it did.
        package var trouble: String?
        /// What it left running that could not be ended.
        package var survivors: [String] = []
        /// podlab itself was asked to end meanwhile, by this signal.
        package var interruption: Int32?
    }

    /// The arguments of podlab, without its name.
    package var arguments: [String]
    package var environment: [String: String]
    /// Seconds from its start to its end at the latest.
    package var seconds: Double
    /// What it may say, on the pipe and on its standard error, in bytes.
    package var mostBytes: Int

    package init(arguments: [String], environment: [String: String], seconds: Double, mostBytes: Int) {
        self.arguments = arguments
        self.environment = environment
        self.seconds = seconds
        self.mostBytes = mostBytes
    }

    /// The learner's folder has this number in the new process.
    package static let folderDescriptor: Int32 = 3

    /// Runs it to its end; what it said is in `receiver`.
    package func run(_ folder: Folder, _ receiver: GradeReceiver, _ signals: EndingSignals) throws -> Outcome {
        var ends: [Int32] = [-1, -1]
        let made = iso_pipe_keeping(&ends, 0)
        guard made >= 0 else { throw Folder.Failure(description: "make a pipe: \(Errno(rawValue: -made))") }
        defer { close(ends[0]) }
        let pid: pid_t
        do {
            defer { close(ends[1]) }
            pid = try spawn(folder.descriptor, errors: ends[1])
        }
        let pidfd = iso_pidfd_open(pid)
        guard pidfd >= 0 else {
            kill(pid, SIGKILL)
            throw Folder.Failure(description: "open process \(pid): \(Errno(rawValue: -pidfd))")
        }
        defer { close(pidfd) }
        var errors = Tail(descriptor: ends[0])
        var outcome = watch(pidfd, receiver, &errors, signals)
        if let how = Self.end(pid, pidfd) {
            if !receiver.drain(limit: mostBytes), outcome.trouble == nil { outcome.trouble = tooMuch }
            errors.drain()
            if outcome.trouble == nil { outcome.trouble = Self.trouble(how, receiver, errors.text) }
        } else {
            outcome.trouble = outcome.trouble ?? "its process \(pid) could not be ended"
        }
        outcome.survivors = Descendants.end()
        return outcome
    }

    private var tooMuch: String { "its report is larger than \(mostBytes / 1024) KiB (--report-limit)" }

    /// Returns when it has ended, or must be ended.
    private func watch(
        _ pidfd: Int32, _ receiver: GradeReceiver, _ errors: inout Tail, _ signals: EndingSignals
    ) -> Outcome {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else {
                return Outcome(trouble: "its process had not ended by itself after \(Int(seconds)) s and was killed")
            }
            var polled = [pidfd, receiver.descriptor, errors.isOpen ? errors.descriptor : -1, signals.descriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            guard poll(&polled, nfds_t(polled.count), Int32(min(left + 1, 60_000))) > 0 else { continue }
            if let signal = signals.received { return Outcome(trouble: "podlab was interrupted", interruption: signal) }
            let fits = receiver.drain(limit: mostBytes)
            errors.drain()
            guard fits, errors.total <= mostBytes else { return Outcome(trouble: tooMuch) }
            if polled[0].revents != 0 { return Outcome() }
        }
    }

    /// Kills it and its process group, and waits a while.
    private static func end(_ pid: pid_t, _ pidfd: Int32) -> iso_exit? {
        // It leads a session and a group, which have its number as long as it is not reaped.
        kill(-pid, SIGKILL)
        iso_pidfd_send_signal(pidfd, SIGKILL)
        guard iso_poll(pidfd, Int32(POLLIN), 10_000) > 0 else { return nil }
        var how = iso_exit()
        return iso_wait_pidfd(pidfd, 1, &how) == 1 ? how : nil
    }

    private static func trouble(_ how: iso_exit, _ receiver: GradeReceiver, _ said: String) -> String? {
        let isDone = receiver.messages.contains { if case .done = $0 { true } else { false } }
        if how.signaled == 0, how.status == 0, isDone, !receiver.isBroken { return nil }
        let words =
            if how.signaled != 0 {
                "its process was ended by signal \(how.status) (\(String(cString: strsignal(how.status))))"
            } else if how.status != 0 {
                "its process ended with exit code \(how.status)"
            } else {
                "its process ended before its report did"
            }
        return said.isEmpty ? words : "\(words): \(said)"
    }

    private func spawn(_ folder: Int32, errors: Int32) throws(Folder.Failure) -> pid_t {
        // What is open here is for this process only.
        _ = iso_close_range(3, UInt32.max, UInt32(ISO_CLOSE_RANGE_CLOEXEC))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        posix_spawn_file_actions_adddup2(&actions, folder, Self.folderDescriptor)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID is 0x80 in glibc, behind a feature macro that Swift does not set.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | 0x80))
        var words: [UnsafeMutablePointer<CChar>?] = (["podlab"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for entry in variables { free(entry) } }
        var pid: pid_t = 0
        let failed = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, &words, &variables)
        guard failed == 0 else {
            throw Folder.Failure(description: "start podlab for this learner: \(errnoText(failed))")
        }
        return pid
    }
}

/// The last of what a process printed.
struct Tail {
    let descriptor: Int32
    private var kept: [UInt8] = []
    private(set) var total = 0
    private(set) var isOpen = true

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Takes what is there; not for ever, from one that prints without end.
    mutating func drain() {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<256 where isOpen {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 { return }
            if count == 0 { isOpen = false }
            total += count
            kept = (kept + chunk[..<count]).suffix(2048)
        }
    }

    /// One line of it.
    var text: String {
        let lines = String(decoding: kept, as: UTF8.self).split(whereSeparator: \.isNewline)
        return terminalSafe(clipped(lines.last { !$0.allSatisfy(\.isWhitespace) }.map(String.init) ?? "", to: 300))
    }
}
