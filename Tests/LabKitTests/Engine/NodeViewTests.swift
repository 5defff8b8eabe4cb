// The node as checks see it, tried on this very process: it is PID 1 of nothing, but has a root and namespaces.

import Glibc
import KernelState
import Linux
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct NodeViewTests {
    @Test("a node is found by its process, and is alive")
    func alive() throws {
        let node = try NodeView(initProcess: .current)
        #expect(node.isAlive && node.namespaces[.pid] != nil)
        #expect(try node.directory("/etc/passwd") == nil && node.directory("/etc") != nil)
    }

    @Test("there is no node without a process")
    func absent() throws {
        #expect(throws: KernelStateError.self) { _ = try NodeView(initProcess: ProcessID(99_999_999)) }
    }

    @Test("a judge of a node that has ended says error, not fail")
    func ended() throws {
        var node = try NodeView(initProcess: .current)
        #expect(node.isAlive)
        var pid = pid_t()
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let words = [strdup("sleep"), strdup("1000"), nil]
        defer { for word in words { free(word) } }
        try #require(posix_spawnp(&pid, "sleep", nil, &attributes, words, environ) == 0)
        node = try NodeView(initProcess: ProcessID(pid))
        kill(pid, SIGKILL)
        // Ended and not yet reaped: there is an entry in /proc, but no root any more.
        var information = siginfo_t()
        waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT)
        #expect(!node.isAlive)
        let outcome = Judge(node: node).evaluate(AnswerProbe(equals: .fileIdentity(path: "/"), format: nil))
        #expect(outcome.status == .error && outcome.reason == "the playground has ended")
        waitpid(pid, nil, 0)
    }

    @Test("signals have their names", arguments: [(1, "HUP"), (9, "KILL"), (15, "TERM"), (0, "0"), (64, "64")])
    func names(number: Int32, name: String) { #expect(SignalName.of(number) == name) }
}
