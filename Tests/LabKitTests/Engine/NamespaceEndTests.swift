// namespaceEnd: which endings of which members are the end of a pid namespace.

import KernelState
import TestSupport
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct NamespaceEndTests {
    private static let selector = Selector(root: "/box", innerNumber: 1)
    private let probe = NamespaceEndProbe(of: selector, others: .atLeastOne)

    private func member(_ number: Int32, _ ending: NamespaceSighting.Ending?) -> NamespaceSighting.Member {
        let identity = ProcessIdentity(pid: ProcessID(1000 + number), startTime: 1)
        return .init(process: .init(identity), comm: "sleep", numberInside: number, ending: ending)
    }

    private func outcome(
        first: NamespaceSighting.Ending?, others: [NamespaceSighting.Ending?], selector: Selector = Self.selector
    ) throws -> ProbeOutcome {
        let sighting = NamespaceSighting(
            selector: "\(selector)", namespace: "pid:[1]", first: member(1, first),
            others: others.enumerated().map { member(Int32($0.offset + 2), $0.element) })
        let judge = Judge(node: try NodeView(initProcess: .current), sightings: [sighting])
        return judge.evaluate(probe)
    }

    @Test("process 1 ended and all others by SIGKILL: passed")
    func takenDown() throws {
        let outcome = try outcome(first: .exited(0), others: [.signaled(9), .signaled(9)])
        #expect(outcome.status == .pass)
        #expect(outcome.actual?.contains("SIGKILL") == true)
        #expect(outcome.evidence.count == 3)
    }

    @Test("a kernel that does not say how they ended is believed that they ended together")
    func unknown() throws {
        #expect(try outcome(first: .unknown, others: [.unknown]).status == .pass)
    }

    @Test(
        "one that ended otherwise, one that lives, nobody, or a living process 1: not passed",
        arguments: [
            ([.exited(0)], [.exited(0)]), ([.exited(0)], [.signaled(15)]), ([.exited(0)], [nil]), ([.exited(0)], []),
            ([nil], [.signaled(9)]), ([.exited(0)], [.signaled(9), .exited(1)]),
        ] as [([NamespaceSighting.Ending?], [NamespaceSighting.Ending?])])
    func otherwise(first: [NamespaceSighting.Ending?], others: [NamespaceSighting.Ending?]) throws {
        #expect(try outcome(first: first[0], others: others).status == .fail)
    }

    @Test(
        "who was killed while number 1 lived did not end with it, though nobody has reaped it until then",
        .needsNetworks)
    func killedBefore() throws {
        let box = try NetworkSandbox()
        // A number 1 that reaps nobody.
        try box.run(
            """
            cp /usr/bin/sleep /run/first; cp /usr/bin/sleep /run/other
            unshare -pf --kill-child sh -c '/run/other infinity & exec /run/first infinity' >/dev/null 2>&1 &
            until pgrep -x first && pgrep -x other; do :; done >/dev/null
            """)
        let probe = NamespaceEndProbe(of: Selector(name: "first", innerNumber: 1), others: .atLeastOne)
        let watch = NamespaceWatch()
        func look(_ before: [NamespaceSighting]) -> [NamespaceSighting] {
            watch.look(for: [probe], before: before, judge: Judge(node: box.node))
        }
        var seen = look([])
        #expect(seen.map(\.others.count) == [1])
        try box.run("kill -KILL $(pgrep -x other)")
        seen = look(seen)
        try box.run("kill -KILL $(pgrep -x first)")
        let deadline = ContinuousClock.now + Deadline.duration
        repeat {
            seen = look(seen)
        } while seen.first?.first.ending == nil && ContinuousClock.now < deadline
        #expect(seen.first?.first.ending != nil && seen.first?.others == [])
        #expect(Judge(node: box.node, sightings: seen).evaluate(probe).status == .fail)
    }

    @Test("nothing seen, or something that another selector picked: not passed, and said so")
    func notSeen() throws {
        let judge = Judge(node: try NodeView(initProcess: .current))
        let none = judge.evaluate(probe)
        #expect(none.status == .fail && none.observed["absent"] != nil)
        let other = try outcome(first: .exited(0), others: [.signaled(9)], selector: Selector(name: "other"))
        #expect(other.status == .fail)
    }
}
