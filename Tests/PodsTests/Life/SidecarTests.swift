// Containers that only accompany others.

import Testing

@testable import Pods

@Suite struct SidecarTests {
    private func spec(policy: RestartPolicy, grace: UInt32 = 10) -> PodSpec {
        var spec = Stage.spec("side", "a", "b", policy: policy)
        spec.containers[0].isSidecar = true
        spec.terminationGracePeriodSeconds = grace
        return spec
    }

    @Test("the pod is over when the others are: its sidecar is asked to end, and how it does decides nothing")
    func over() {
        var stage = Stage(spec(policy: .never))
        _ = stage.take()
        stage.end("a")
        #expect(stage.take() == [] && stage.status.phase == .running)
        stage.end("b")
        #expect(stage.take() == ["stop side"] && stage.status.phase == .running)
        stage.end("side", code: 143)
        #expect(stage.take() == ["remove"])
        #expect(stage.status.phase == .succeeded && stage.machine.wake == nil)
        stage.pass(1000)
        #expect(stage.take() == [])
    }

    @Test("a sidecar that does not end is killed when the grace period is over")
    func killed() {
        var stage = Stage(spec(policy: .never))
        stage.end("a", code: 3)
        stage.end("b")
        _ = stage.take()
        stage.pass(9)
        #expect(stage.take() == [] && stage.status.phase == .running)
        stage.pass(1)
        #expect(stage.take() == ["kill side", "remove"] && stage.status.phase == .failed)
    }

    @Test("as long as the others run it is started again, whatever the policy", arguments: RestartPolicy.allCases)
    func restarted(policy: RestartPolicy) {
        var stage = Stage(spec(policy: policy))
        _ = stage.take()
        stage.end("side")
        stage.pass(1)
        #expect(stage.take() == ["start side 1"] && stage.status.phase == .running)
    }

    @Test("one that waits to be started again when the others are over is not waited for")
    func resting() {
        var stage = Stage(spec(policy: .never))
        stage.end("side", code: 1)
        stage.pass(1)
        stage.end("side", code: 1)
        stage.pass(1)
        #expect(stage.reason("side") == "CrashLoopBackOff")
        stage.end("a")
        _ = stage.take()
        stage.end("b")
        #expect(stage.take() == ["remove"] && stage.status.phase == .succeeded)
        stage.pass(1000)
        #expect(stage.take() == [])
    }
}
