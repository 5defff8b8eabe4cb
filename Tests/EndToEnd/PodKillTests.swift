// SIGKILL to the agent, to the holder of the node and to clients, a hundred times, with three pods up.

import Foundation
import Glibc
import KernelState
import Synchronization
import TestSupport
import Testing

@Suite struct PodKillTests {
    private static let lanes = 4
    private static let kills = 100

    private enum Target: Int, CaseIterable { case agent, holder, client }

    private static let manifest = ["a", "b", "c"].map {
        PodHome.manifest($0, [("one", "exec sleep 1000"), ("two", "exec sleep 1000")])
    }.joined(separator: "---\n")

    @Test("whoever is killed, everything is told of by `pod get` or taken away by `clean`", .needsImages)
    func kills() throws {
        let seed = SeededGenerator.seedOfRun
        print("PodKillTests: PODLAB_TEST_SEED=\(seed)")
        var generator = SeededGenerator(seed: seed)
        let moments = (0..<Self.kills).map { _ in Int.random(in: 0...400, using: &generator) }
        let problems = Problems()
        let next = Atomic(0)
        let recovered = Atomic(0)
        inParallel(Self.lanes) { _ in
            do {
                let pods = try PodHome()
                while true {
                    let number = next.add(1, ordering: .relaxed).oldValue
                    guard number < moments.count else { break }
                    let target = Target.allCases[number % Target.allCases.count]
                    let name = "kill \(number) of the \(target), after \(moments[number]) ms"
                    try Self.kill(target, pods, after: moments[number], name, problems)
                    if target == .agent { recovered.add(1, ordering: .relaxed) }
                }
                try pods.pod("delete", "--all", "--grace-period", "0")
                if !pods.home.sessions.isEmpty { problems.note("sessions were left: \(pods.home.sessions)") }
            } catch {
                problems.note("\(error)")
            }
        }
        #expect(problems.all.isEmpty, "seed \(seed)")
        #expect(recovered.load(ordering: .relaxed) > Self.kills / 4)
        var left = Set(try orphans())
        let isClean = try eventually {
            left.formIntersection(try orphans())
            return left.isEmpty
        }
        #expect(isClean, "seed \(seed): \(left)")
    }

    private static func kill(
        _ target: Target, _ pods: PodHome, after moment: Int, _ name: String, _ problems: Problems
    ) throws {
        let applied = try pods.pod("apply", "-f", "-", input: manifest)
        if applied.code != 0 { problems.note("\(name): apply: \(applied)") }
        switch target {
        case .agent:
            // The moment itself is what is tested: there is nothing to wait for.
            poll(nil, 0, Int32(moment))
            guard let agent = try pods.processes(named: "podlab-kubelet").first else {
                return problems.note("\(name): there is no agent")
            }
            Glibc.kill(agent.pid.rawValue, SIGKILL)
            try expectWhole(pods, count: 3, name, problems)
        case .holder:
            poll(nil, 0, Int32(moment))
            guard let holder = pods.holder else { return problems.note("\(name): there is no node") }
            let victim = try Victim.kill(holder, home: pods.home.path)
            var remains: [String] = []
            if !(try eventually {
                remains = try victim.remains(); return remains.isEmpty
            }) {
                problems.note("\(name): left \(remains)")
            }
            let cleaned = try pods.home.clean()
            if cleaned.code != 0 || !pods.home.sessions.isEmpty { problems.note("\(name): clean: \(cleaned)") }
            var cgroups: [String] = []
            if !eventually({
                cgroups = victim.cgroups(); return cgroups.isEmpty
            }) {
                problems.note("\(name): left the cgroups \(cgroups)")
            }
        case .client:
            let verb =
                moment % 2 == 0 ? ["delete", "--all", "--grace-period", "0"] : ["delete", "a", "--grace-period", "0"]
            let client = try Running([try pods.home.executable(), "pod"] + verb, environment: pods.home.environment)
            poll(nil, 0, Int32(moment / 8))
            client.send(SIGKILL)
            _ = try client.wait()
            try expectWhole(pods, count: nil, name, problems)
        }
    }

    /// Every pod that is told of runs whole, and nothing runs that is not told of.
    /// - Parameter count: how many there are; nil: as many as are told of.
    private static func expectWhole(_ pods: PodHome, count: Int?, _ name: String, _ problems: Problems) throws {
        var seen = ""
        let isWhole = try eventually {
            let objects = try pods.objects()
            let pauses = try pods.processes(named: "pause").count
            let sleeps = try pods.processes(named: "sleep").count
            seen = "\(objects.count) pods (\(objects.map(\.status.phase))), \(pauses) pauses, \(sleeps) containers"
            return objects.allSatisfy(\.isRunning) && pauses == objects.count && sleeps == 2 * objects.count
                && objects.count == count ?? objects.count
        }
        if !isWhole { problems.note("\(name): \(seen)") }
    }
}
