// Processes that are held, and waiting with a deadline.

import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

@Suite struct ProcessHandleTests {
    /// A `sleep` that is our child.
    private func sleeper() throws -> pid_t {
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("1000"), nil]
        defer { for argument in arguments { free(argument) } }
        let failure = posix_spawnp(&pid, "sleep", nil, nil, &arguments, environ)
        guard failure == 0 else { throw Errno(rawValue: failure) }
        return pid
    }

    @Test("a process that is held is alive until its end, reaped or not, and then takes no signal")
    func end() throws {
        let pid = try sleeper()
        let handle = try ProcessHandle(pid) { true }
        // What is not copied is no argument of a macro.
        let begun = (isAlive: handle.isAlive, pid: handle.pid, hasEnded: handle.waitForEnd(until: .now))
        #expect(begun.isAlive && begun.pid == pid && !begun.hasEnded)
        let isAsked = try handle.signal(0)
        let isKilled = try handle.signal(SIGKILL)
        #expect(isAsked && isKilled)
        let ended = (hasEnded: handle.waitForEnd(until: .now + .seconds(20)), isAlive: handle.isAlive)
        #expect(ended.hasEnded && !ended.isAlive)
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid)
        let gone = (isAlive: handle.isAlive, takesSignal: try handle.signal(SIGKILL))
        #expect(!gone.isAlive && !gone.takesSignal)
    }

    @Test("one that is not who was meant is not held")
    func another() throws {
        let error = #expect(throws: SystemError.self) { _ = try ProcessHandle(getpid()) { false }.pid }
        #expect(error?.errno == .noSuchProcess)
        // Higher than any number that the kernel gives.
        let none = #expect(throws: SystemError.self) { _ = try ProcessHandle(1 << 22) { true }.pid }
        #expect(none?.description == "open process 4194304: ESRCH (no such process)")
    }

    @Test("a deadline is kept, whatever interrupts")
    func interrupted() throws {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        sigaction(SIGURG, &action, nil)
        let waiting = UInt(pthread_self())
        let storm = try WorkThread {
            // Longer than the wait takes: it ends among interruptions.
            for _ in 0..<60 {
                pthread_kill(pthread_t(waiting), SIGURG)
                poll(nil, 0, 5)
            }
        }
        let begin = ContinuousClock.now
        var none = [pollfd(fd: -1, events: Int16(POLLIN), revents: 0)]
        #expect(try waitFor(&none, until: begin + .milliseconds(150)) == 0)
        let took = begin.duration(to: .now)
        storm.join()
        #expect(took >= .milliseconds(150) && took < .seconds(20))
    }

    @Test("what has been ready counts, even when the deadline has passed")
    func ready() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let input = Descriptor(taking: ends[0])
        let output = Descriptor(taking: ends[1])
        var polled = [
            pollfd(fd: -1, events: Int16(POLLIN), revents: 0), pollfd(fd: input.raw, events: Int16(POLLIN), revents: 0),
        ]
        let past = ContinuousClock.now - .seconds(5)
        #expect(try waitFor(&polled, until: past) == 0)
        try output.write([1], object: "a pipe")
        #expect(try waitFor(&polled, until: past) == 1)
        #expect(polled[1].revents == Int16(POLLIN))
    }

    @Test("a wait in milliseconds is never shorter than what was asked for")
    func milliseconds() {
        #expect(Duration.nanoseconds(1).milliseconds == 1)
        #expect(Duration.milliseconds(7).milliseconds == 7)
        #expect(Duration.seconds(-3).milliseconds == 0)
        #expect(Duration.seconds(Int64.max).milliseconds > 1 << 40)
    }

    @Test("the clock of the machine's start goes on")
    func clock() {
        let first = bootTime()
        #expect(first > 0 && bootTime() >= first)
    }
}
