// The end of a pod that is deleted.

import Testing

@testable import Pods

@Suite struct DeletionTests {
    @Test("SIGTERM first; when all have ended the sandbox goes")
    func graceful() {
        var stage = Stage(Stage.spec("a", "b"))
        _ = stage.take()
        stage.send(.delete(grace: nil))
        #expect(stage.take() == ["stop a", "stop b"])
        #expect(stage.status.deletionTime != nil)
        stage.end("a")
        #expect(stage.take() == [])
        stage.end("b", code: 1)
        #expect(stage.take() == ["remove", "finished"])
        #expect(stage.machine.wake == nil)
    }

    @Test("SIGKILL when the time is over")
    func killed() {
        var stage = Stage(Stage.spec("a"))
        _ = stage.take()
        stage.send(.delete(grace: nil))
        stage.pass(29)
        #expect(stage.take() == ["stop a"])
        stage.pass(1)
        #expect(stage.take() == ["kill a", "remove", "finished"])
    }

    @Test("without grace SIGKILL at once")
    func atOnce() {
        var stage = Stage(Stage.spec("a"))
        _ = stage.take()
        stage.send(.delete(grace: 0))
        #expect(stage.take() == ["kill a", "remove", "finished"])
    }

    @Test("a second deletion may shorten the time, and not lengthen it")
    func shortened() {
        var stage = Stage(Stage.spec("a"))
        _ = stage.take()
        stage.send(.delete(grace: 20))
        stage.send(.delete(grace: 100))
        stage.send(.delete(grace: 5))
        #expect(stage.take() == ["stop a"])
        stage.pass(5)
        #expect(stage.take() == ["kill a", "remove", "finished"])
    }

    @Test("nothing is restarted any more, whatever waits")
    func noRestart() {
        var stage = Stage(Stage.spec("a", "b"))
        stage.end("a", code: 1)
        stage.pass(1)
        stage.end("a", code: 1)
        _ = stage.take()
        stage.send(.delete(grace: 30))
        stage.end("b", code: 1)
        #expect(stage.take() == ["stop b", "remove", "finished"])
        stage.pass(1000)
        #expect(stage.take() == [])
    }

    @Test("a pod whose containers are all over goes at once")
    func over() {
        var stage = Stage(Stage.spec("a", policy: .never))
        stage.end("a")
        _ = stage.take()
        stage.send(.delete(grace: 30))
        #expect(stage.take() == ["finished"])
    }

    @Test("a container that comes up while its pod is deleted is ended too")
    func late() {
        var machine = PodMachine(uid: "u", spec: Stage.spec("a"), at: 0)
        #expect(machine.handle(.tick, at: 0) == [.startSandbox(attempt: 0)])
        #expect(
            machine.handle(.sandboxStarted(pid: 1, address: "", hostAddress: ""), at: 0)
                == [.startContainer("a", restart: 0)])
        #expect(machine.handle(.delete(grace: 10), at: 1) == [])
        #expect(machine.handle(.containerStarted("a", id: "i", pid: 2, imageID: ""), at: 2) == [.stop("a")])
        #expect(machine.wake == 11)
        #expect(machine.handle(.tick, at: 11) == [.kill("a")])
        #expect(
            machine.handle(.containerExited("a", ContainerEnd(signal: 9)), at: 12)
                == [.removeSandbox(keepingVolumes: false), .finished])
    }
}
