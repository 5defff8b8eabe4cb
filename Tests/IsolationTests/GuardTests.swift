// A guard around a pid namespace: whatever its PID 1 has become, the end of the guard is the end of all.

import CIsolation
import Glibc
import Isolation
import TestSupport
import Testing

@Suite("a guarded sandbox", .enabled(if: canSandbox, noSandbox))
struct GuardTests {
    /// PID 1 inside, with a /proc of its own. The end of the socket that it and its guard watch is closed with this object.
    private final class Guarded {
        let child: Child
        private(set) var control: Int32
        /// Who was brought in, and is this process's to reap: the guard's end waits for theirs.
        private var guests: [Child] = []

        init() throws {
            var pair: [Int32] = [-1, -1]
            _ = iso_socket_pair(&pair)
            defer { close(pair[1]) }
            control = pair[0]
            child = try Plan([
                .unshare([.user, .pid]), .openExecutable(as: "podlab-init"), .mapIDs(.automatic),
                .guarded(control: pair[1]), .unshare([.mount]), .setCredentials(), .setPropagation(.private),
                .mount(.proc, on: "/proc"), .duplicate(pair[1], as: 3),
                .execute(
                    .opened("podlab-init"), arguments: ["podlab-init"],
                    environment: ["PODLAB_ROLE=init", "PODLAB_CONTROL=3"]),
            ]).start(.init(streams: .null))
        }

        deinit {
            try? child.signal(SIGKILL)
            closeGuests()
            hangUp()
        }

        func closeGuests() {
            for guest in guests { guest.close() }
        }

        func hangUp() {
            if control >= 0 { close(control) }
            control = -1
        }

        func enter(_ program: Step, output: Int32) throws -> Child {
            let first = try #require(child.guarded)
            let guest = try Plan([
                .openExecutable(.path(attackerProgram), as: "attacker"),
                .join([.user, .mount, .pid], of: .process(pidfd: first.pidfd)), .setCredentials(),
                .enterProcessNamespace, program,
            ]).start(.init(streams: .init(input: .null, output: .descriptor(output), error: .descriptor(output))))
            guests.append(guest)
            return guest
        }
    }

    @Test("has its PID 1 as the guard's child, in a pid namespace that does not show the guard")
    func shape() throws {
        let sandbox = try Guarded()
        let first = try #require(sandbox.child.guarded)
        #expect(status(sandbox.child.pid, "NSpid") == "\(sandbox.child.pid)\t1")
        #expect(status(first.pid, "NSpid") == "\(first.pid)\t2\t1")
        #expect(status(first.pid, "PPid") == "\(sandbox.child.pid)")
        #expect(text("/proc/\(sandbox.child.pid)/comm") == "podlab-guard\n")
        // It holds nothing but the socket and the pidfd.
        let held = (0..<64).map { link("/proc/\(sandbox.child.pid)/fd/\($0)") }.filter { !$0.isEmpty }
        if isRoot {
            #expect(held.count == 2 && held.contains { $0.hasPrefix("socket:") }, "\(held)")
            #expect(
                status(sandbox.child.pid, "Uid").split(separator: "\t").first.flatMap { UInt32($0) } == IDMap.rootBase)
        }
    }

    enum Ending: CaseIterable { case killed, hungUp, firstEnded }

    @Test("ends whole when its guard is killed, hung up on, or alone", arguments: Ending.allCases)
    func ends(ending: Ending) throws {
        let sandbox = try Guarded()
        let first = try #require(sandbox.child.guarded)
        switch ending {
        case .killed: try sandbox.child.signal(SIGKILL)
        case .hungUp: sandbox.hangUp()
        case .firstEnded: iso_pidfd_send_signal(first.pidfd, SIGKILL)
        }
        #expect(iso_poll(first.pidfd, Int32(POLLIN), Int64(Deadline.milliseconds)) > 0)
        #expect(try sandbox.child.wait(for: Deadline.duration) != nil)
    }

    @Test("ends although its root has taken PID 1 over", arguments: [Ending.killed, .hungUp])
    func takenOver(ending: Ending) throws {
        let sandbox = try Guarded()
        let first = try #require(sandbox.child.guarded)
        var ends: [Int32] = [-1, -1]
        _ = iso_pipe(&ends)
        defer { for end in ends { close(end) } }
        let attacker = try sandbox.enter(
            .execute(.opened("attacker"), arguments: ["attacker", "takeover"], environment: []), output: ends[1])
        var said = [UInt8](repeating: 0, count: 64)
        #expect(iso_poll(ends[0], Int32(POLLIN), Int64(Deadline.milliseconds)) > 0)
        let length = read(ends[0], &said, said.count)
        try #require(String(decoding: said[..<max(0, length)], as: UTF8.self) == "taken\n")
        // It is stopped under a tracer, has no death signal and no descriptor.
        #expect(status(first.pid, "State").hasPrefix("t"))
        if ending == .killed { try sandbox.child.signal(SIGKILL) } else { sandbox.hangUp() }
        #expect(iso_poll(attacker.pidfd, Int32(POLLIN), Int64(Deadline.milliseconds)) > 0)
        // Its parent outside reaps it; before that its pid namespace is not empty, and PID 1 is not gone.
        sandbox.closeGuests()
        #expect(iso_poll(first.pidfd, Int32(POLLIN), Int64(Deadline.milliseconds)) > 0)
        #expect(try sandbox.child.wait(for: Deadline.duration) == (ending == .killed ? .signaled(SIGKILL) : .exited(0)))
    }
}
