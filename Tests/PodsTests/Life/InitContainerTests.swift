// Init containers: one after another, each to its end.

import Testing

@testable import Pods

@Suite struct InitContainerTests {
    @Test("they run one after another, and the containers after them")
    func order() {
        var stage = Stage(Stage.spec("a", "b", initContainers: ["one", "two"]))
        #expect(stage.take() == ["sandbox 0", "start one 0"])
        #expect(stage.status.phase == .pending)
        #expect(stage.reason("a") == "PodInitializing" && stage.reason("two") == "PodInitializing")
        #expect(!stage.machine.pod.hasStartedOrFailed)
        stage.end("one")
        #expect(stage.take() == ["start two 0"])
        stage.end("two")
        #expect(stage.take() == ["start a 0", "start b 0"])
        #expect(stage.status.phase == .running)
        #expect(stage.reason("one") == "Completed")
    }

    @Test("one that fails is tried again with back-off, and nothing after it runs")
    func failing() {
        var stage = Stage(Stage.spec("a", initContainers: ["one"]))
        _ = stage.take()
        stage.end("one", code: 1)
        stage.pass(1)
        #expect(stage.take() == ["start one 1"])
        stage.end("one", code: 1)
        stage.pass(9)
        #expect(stage.reason("one") == "CrashLoopBackOff")
        #expect(stage.status.phase == .pending)
        stage.pass(1)
        #expect(stage.take() == ["start one 2"])
        stage.end("one")
        #expect(stage.take() == ["start a 0"])
    }

    @Test("where nothing is restarted, one that fails ends the pod")
    func never() {
        var stage = Stage(Stage.spec("a", policy: .never, initContainers: ["one"]))
        _ = stage.take()
        stage.end("one", code: 2)
        #expect(stage.status.phase == .failed)
        #expect(stage.take() == ["remove"])
        stage.pass(1000)
        #expect(stage.take() == [])
    }

    @Test("in a new sandbox they run again")
    func newSandbox() {
        var stage = Stage(Stage.spec("a", initContainers: ["one"]))
        stage.end("one")
        _ = stage.take()
        stage.endPause()
        stage.end("a", code: 143)
        stage.pass(1)
        #expect(stage.take() == ["stop a", "remove, keeping volumes", "sandbox 1", "start one 1"])
        stage.end("one")
        #expect(stage.take() == ["start a 1"])
    }
}
