// The check graph, statuses and hints, without a kernel.

import Testing

@testable import LabKit

private func reference(_ text: String) -> CheckReference {
    CheckReference(text, in: "s") ?? CheckReference(step: "", check: "")
}

private func check(_ id: String, needs: [String] = [], points: Int = 1) -> Check {
    Check(
        reference: reference(id), title: id, kind: .level, points: points, needs: needs.map(reference),
        probe: AnyProbe(DecoyProbe(name: id, alive: true)), help: "help",
        observations: [
            Observation(key: "seen", value: "x", help: "because x"), Observation(key: "seen", help: "because"),
        ])
}

private func step(_ id: String, _ checks: [Check], hints: [Hint] = []) -> Step {
    Step(id: id, title: id, task: "", checks: checks, hints: hints, broken: [])
}

@Suite("Check graph")
struct CheckGraphTests {
    @Test("needed checks are judged first, and results come in the order of the file")
    func order() {
        var judged: [String] = []
        let results = CheckGraph([check("c", needs: ["b"]), check("b", needs: ["a"]), check("a")]).run { check in
            judged.append(check.id)
            return ProbeOutcome(status: .pass)
        }
        #expect(judged == ["a", "b", "c"])
        #expect(results.map(\.id) == ["c", "b", "a"])
    }

    @Test(
        "a check whose need did not pass is skipped and names the one at fault",
        arguments: [
            (Status.fail, "needs a, which failed"), (.error, "needs a, which could not be judged"),
            (.skip, "needs a, which was skipped: no cgroup"),
        ])
    func skip(status: Status, reason: String) {
        let graph = CheckGraph([check("a"), check("b", needs: ["a"]), check("c", needs: ["b"]), check("d")])
        let results = graph.run { check in
            ProbeOutcome(status: check.id == "a" ? status : .pass, reason: status == .skip ? "no cgroup" : nil)
        }
        #expect(results.map(\.status) == [status, .skip, .skip, .pass])
        #expect(results[1].reason == reason)
        #expect(results[2].reason == reason)
        #expect(results[2].help == nil)
    }

    @Test("what one check needs is asked for with it, by whatever detour, and nothing else")
    func needed() {
        let graph = CheckGraph([check("d", needs: ["c"]), check("c", needs: ["a", "e/x"]), check("b"), check("a")])
        #expect(graph.needed(for: reference("d")).map(\.id) == ["d", "c", "a"])
        #expect(graph.needed(for: reference("a")).map(\.id) == ["a"])
        let circle = CheckGraph([check("a", needs: ["b"]), check("b", needs: ["a"])])
        #expect(circle.needed(for: reference("b")).map(\.id) == ["a", "b"])
    }

    @Test("a need of an earlier step counts by its status there, and not when there is none")
    func earlier() {
        let graph = CheckGraph([check("b", needs: ["e/a"])])
        let failed = graph.run(earlier: [reference("e/a"): .fail]) { _ in ProbeOutcome(status: .pass) }
        #expect(failed[0].reason == "needs e/a, which failed")
        #expect(graph.run { _ in ProbeOutcome(status: .pass) }[0].status == .pass)
    }

    @Test("dangling needs, needs of later steps and cycles are found, each once")
    func problems() {
        let steps = [
            step(
                "s",
                [
                    check("a", needs: ["b"]), check("b", needs: ["c"]), check("c", needs: ["a"]),
                    check("d", needs: ["d"]),
                ]),
            step("t", [check("t/x", needs: ["s/no", "u/y"])]), step("u", [check("u/y")]),
        ]
        #expect(
            CheckGraph.problems(in: steps) == [
                .cycle(["a", "b", "c"].map(reference)), .cycle([reference("d")]),
                .dangling(reference("t/x"), need: reference("s/no")), .later(reference("t/x"), need: reference("u/y")),
            ])
    }

    @Test("checks on a cycle are errors, never passes")
    func cycle() {
        let results = CheckGraph([check("a", needs: ["b"]), check("b", needs: ["a"]), check("c")]).run { _ in
            ProbeOutcome(status: .pass)
        }
        #expect(results.map(\.status) == [.error, .error, .pass])
    }

    @Test("help fits what was observed, and is given for failures only")
    func help() {
        func result(_ status: Status, _ observed: [String: String]) -> CheckResult {
            CheckResult(check: check("a"), outcome: ProbeOutcome(status: status, observed: observed), seconds: 0)
        }
        #expect(result(.fail, [:]).help == "help")
        #expect(result(.fail, ["seen": "x"]).help == "because x")
        #expect(result(.fail, ["seen": "y"]).help == "because")
        #expect(result(.pass, ["seen": "y"]).help == nil)
    }

    @Test("of many statuses error outweighs fail, fail skip, skip pass; of none it is error")
    func combining() {
        #expect(Status.combining([.pass, .skip, .fail, .error]) == .error)
        #expect(Status.combining([.pass, .skip, .fail]) == .fail)
        #expect(Status.combining([.skip, .pass]) == .skip)
        #expect(Status.combining([.pass, .pass]) == .pass)
        #expect(Status.combining([]) == .error)
        #expect(StepResult(id: "s", checks: []).status == .error)
    }

    @Test("exit codes: 0 all pass, 1 a failure, 2 an error or nothing measured")
    func exitCodes() {
        #expect(ExitCode([.pass, .pass]) == .allPass)
        #expect(ExitCode([.pass, .skip]) == .allPass)
        #expect(ExitCode([.pass, .fail, .skip]) == .failed)
        #expect(ExitCode([.fail, .error]) == .notJudged)
        #expect(ExitCode([.skip, .skip]) == .notJudged)
        #expect(ExitCode([]) == .notJudged)
    }

    @Test("hints: those whose condition was met first, then the plain ones; others are held back")
    func hints() {
        func conditional(_ id: String, _ condition: Hint.Condition) -> Hint {
            Hint(text: id, when: Hint.When(check: reference(id), condition: condition))
        }
        let step = step(
            "s",
            [check("a"), check("b")],
            hints: [
                Hint(text: "plain"), conditional("a", .observed(key: "k", value: nil)),
                conditional("b", .status(.fail)),
                conditional("a", .observed(key: "k", value: "other")), Hint(text: "last"),
            ])
        let results = CheckGraph(step.checks).run { check in
            ProbeOutcome(status: check.id == "b" ? .fail : .pass, observed: ["k": "v"])
        }
        #expect(step.hints(for: results) == [1, 2, 0, 4])
        #expect(step.hints(for: results, shown: [1, 0]) == [2, 4])
        #expect(step.hints(for: []) == [0, 4])
    }
}
