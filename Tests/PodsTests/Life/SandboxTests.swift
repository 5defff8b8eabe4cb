// A pause that is killed, and an agent that was.

import Testing

@testable import Pods

@Suite struct SandboxTests {
    @Test("a pause that was killed is replaced, and the containers with it")
    func pauseKilled() {
        var stage = Stage(Stage.spec("a", "b"))
        _ = stage.take()
        stage.endPause()
        #expect(stage.take() == ["stop a", "stop b"])
        #expect(stage.status.sandbox == nil)
        stage.pass(30)
        #expect(stage.take() == ["kill a", "kill b", "remove, keeping volumes"])
        stage.pass(1)
        #expect(stage.take() == ["sandbox 1", "start a 1", "start b 1"])
        #expect(stage.status.sandbox?.attempt == 1)
        #expect(stage.status.containers.map(\.restartCount) == [1, 1])
        #expect(stage.status.containers[0].lastTermination?.exitCode == 137)
    }

    @Test("containers of a pause that was killed have the pod's grace period, and those that end in it are not killed")
    func grace() {
        var spec = Stage.spec("a", "b")
        spec.terminationGracePeriodSeconds = 5
        var stage = Stage(spec)
        _ = stage.take()
        stage.endPause()
        stage.pass(4)
        stage.end("a")
        #expect(stage.take() == ["stop a", "stop b"])
        stage.pass(1)
        #expect(stage.take() == ["kill b", "remove, keeping volumes"])
        spec.terminationGracePeriodSeconds = 0
        var hasty = Stage(spec)
        _ = hasty.take()
        hasty.endPause()
        #expect(hasty.take() == ["kill a", "kill b", "remove, keeping volumes"])
    }

    @Test("where nothing is restarted, a pause that was killed is the pod's end")
    func never() {
        var stage = Stage(Stage.spec("a", policy: .never))
        _ = stage.take()
        stage.endPause()
        stage.pass(1000)
        #expect(stage.take() == ["stop a", "kill a", "remove, keeping volumes"])
        #expect(stage.status.phase == .failed)
    }

    @Test("what had succeeded is not run again in a new sandbox")
    func onFailure() {
        var stage = Stage(Stage.spec("a", "b", policy: .onFailure))
        stage.end("a")
        _ = stage.take()
        stage.endPause()
        stage.end("b", code: 143)
        stage.pass(1)
        #expect(stage.take() == ["stop b", "remove, keeping volumes", "sandbox 1", "start b 1"])
        #expect(stage.reason("a") == "Completed")
    }

    @Test("after the agent was killed its pods run anew, with one more restart")
    func recovered() {
        var stage = Stage(Stage.spec("a"))
        stage.end("a", code: 1)
        stage.pass(1)
        var next = Stage(recovering: stage.machine.pod)
        next.pass(1)
        #expect(next.take() == ["sandbox 1", "start a 2"])
        #expect(next.status.containers[0].restartCount == 2)
        #expect(next.status.containers[0].lastTermination?.reason == "ContainerStatusUnknown")
        #expect(next.status.containers[0].lastTermination?.exitCode == 137)
        #expect(next.machine.pod.uid == "u")
    }

    @Test("after the agent was killed, what is not restarted has failed, and what had ended stays as it was")
    func recoveredNever() {
        var stage = Stage(Stage.spec("a", "b", policy: .never))
        stage.end("a")
        var next = Stage(recovering: stage.machine.pod)
        next.pass(1000)
        #expect(next.take() == [])
        #expect(next.status.phase == .failed)
        #expect(next.reason("a") == "Completed" && next.reason("b") == "ContainerStatusUnknown")
    }

    @Test("a pod that was being deleted when the agent was killed is gone")
    func recoveredDeleted() {
        var stage = Stage(Stage.spec("a"))
        stage.send(.delete(grace: nil))
        var next = Stage(recovering: stage.machine.pod)
        #expect(next.take() == ["finished"])
    }
}
