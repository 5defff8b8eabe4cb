// A learner's root who takes over what podlab needs: PID 1, keys of whoever started podlab, rare corners of the kernel.

import Foundation
import Glibc
import KernelState
import TestSupport
import Testing

@Suite struct TakenOverTests {
    /// Brings the attacker in through standard input, and has it attack.
    private static func attack(_ arguments: String) -> [String] {
        ["run", "--", "bash", "-c", "base64 -d > /root/a; chmod +x /root/a; exec /root/a \(arguments)"]
    }

    private static let program =
        (try? Data(contentsOf: URL(fileURLWithPath: attackerProgram)))?
        .base64EncodedString() ?? ""

    @Test("ends with its podlab, by kill -9 too, although PID 1 inside is traced, stopped and deaf", .needsPlayground)
    func takenOver() throws {
        let home = try Home()
        let running = try Running([try home.executable()] + Self.attack("takeover"), environment: home.environment)
        try running.type(Self.program + "\n")
        running.closeInput()
        try running.expect("taken\n")
        let victim = try Victim.kill(running.pid, home: home.path)
        var remains: [String] = []
        let isGone = try eventually {
            remains = try victim.remains()
            return remains.isEmpty
        }
        #expect(isGone, "\(remains)")
    }

    @Test("shows no key of whoever has started podlab", .needsPlayground)
    func keyring() throws {
        let home = try Home()
        let name = "podlab-test-key-\(getpid())"
        func asked(_ command: [String], input: String = "") throws -> String {
            try run([attackerProgram, "keyed", name] + command, input: input, environment: home.environment).output
        }
        let outside = try asked([attackerProgram, "key", name])
        // A kernel without keys has nothing to hide.
        guard outside != "no key can be had here\n" else { return }
        try #require(outside == "found\n")
        let inside = try asked([try home.executable()] + Self.attack("key \(name)"), input: Self.program + "\n")
        #expect(inside.hasPrefix("not found"), "\(inside)")
    }

    @Test("refuses the calls that no lab needs", .needsPlayground)
    func calls() throws {
        let home = try Home()
        let tried = try run(
            [try home.executable()] + Self.attack("calls"), input: Self.program + "\n", environment: home.environment)
        let lines = tried.output.split(separator: "\n")
        #expect(tried.code == 0 && lines.count > 20, "\(tried)")
        let allowed = ["socket-unix", "socket-packet", "packet-rx-ring"]
        for line in lines where !allowed.contains(where: line.contains) {
            let refusals = line.contains("packet-tx-ring") ? [ENOPROTOOPT] : [ENOSYS, EAFNOSUPPORT]
            #expect(refusals.contains { line.hasSuffix(" \(-$0)") }, "\(line)")
        }
    }
}
