// Restarts: the policies, the back-off and what is shown meanwhile.

import Testing

@testable import Pods

@Suite struct RestartTests {
    @Test("a pod begins with its sandbox, then all its containers")
    func beginning() {
        var stage = Stage(Stage.spec("a", "b"))
        #expect(stage.take() == ["sandbox 0", "start a 0", "start b 0"])
        #expect(stage.status.phase == .running)
        #expect(stage.status.podIP == "10.244.0.2" && stage.status.hostIP == "10.244.0.1")
        #expect(stage.status.containers.allSatisfy { $0.isReady && $0.restartCount == 0 })
        #expect(stage.machine.wake == nil)
    }

    @Test("the waits between restarts are none, 10 s, 20 s, 40 s … and 5 min at most")
    func backOff() {
        var stage = Stage(Stage.spec("a"))
        _ = stage.take()
        var waits: [Double] = []
        for restart in 1...8 {
            stage.end("a", code: 1)
            let ended = stage.now
            #expect(stage.reason("a") == "Error")
            while !stage.running.contains("a") { stage.pass(0.5) }
            waits.append(stage.now - ended)
            #expect(stage.take() == ["start a \(restart)"])
            #expect(stage.status.containers[0].restartCount == UInt32(restart))
        }
        #expect(waits == [1, 10, 20, 40, 80, 160, 300, 300])
    }

    @Test("while it waits the reason is CrashLoopBackOff, and the end before is kept")
    func crashLoop() {
        var stage = Stage(Stage.spec("a"))
        stage.end("a", code: 3)
        stage.pass(1)
        stage.end("a", code: 4)
        #expect(stage.reason("a") == "Error")
        #expect(stage.status.containers[0].lastTermination?.exitCode == 3)
        stage.pass(1)
        #expect(
            stage.status.containers[0].state
                == .waiting(
                    reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container=a pod=p_default(u)"))
        #expect(stage.status.containers[0].lastTermination?.exitCode == 4)
        #expect(stage.status.phase == .running)
        #expect(!stage.status.containers[0].isReady)
    }

    @Test("ten minutes of running are forgiven")
    func reset() {
        var stage = Stage(Stage.spec("a"))
        for _ in 0..<5 {
            stage.end("a", code: 1)
            stage.pass(300)
        }
        stage.pass(601)
        stage.end("a", code: 1)
        stage.pass(1)
        #expect(stage.running.contains("a"))
        // And from there on as at the beginning.
        stage.end("a", code: 1)
        stage.pass(9)
        #expect(stage.reason("a") == "CrashLoopBackOff")
        stage.pass(1)
        #expect(stage.running.contains("a"))
    }

    @Test("a scale divides the waits")
    func scaled() {
        var stage = Stage(Stage.spec("a"), scale: 60)
        stage.end("a", code: 1)
        stage.pass(1.0 / 60)
        #expect(stage.running.contains("a"))
        stage.end("a", code: 1)
        stage.pass(0.1)
        #expect(stage.reason("a") == "CrashLoopBackOff")
        stage.pass(0.07)
        #expect(stage.running.contains("a"))
    }

    @Test(
        "what a policy restarts",
        arguments: [
            (RestartPolicy.always, Int32(0), true, PodPhase.running), (.always, 1, true, .running),
            (.onFailure, 0, false, .succeeded), (.onFailure, 1, true, .running), (.never, 0, false, .succeeded),
            (.never, 1, false, .failed),
        ])
    func policies(policy: RestartPolicy, code: Int32, restarts: Bool, phase: PodPhase) {
        var stage = Stage(Stage.spec("a", policy: policy))
        _ = stage.take()
        stage.end("a", code: code)
        #expect(stage.status.phase == phase)
        stage.pass(1000)
        #expect(stage.take() == (restarts ? ["start a 1"] : ["remove"]))
        #expect(stage.reason("a") == (restarts ? "Running" : code == 0 ? "Completed" : "Error"))
        // Of a pod that is over the address is told on.
        #expect(stage.status.podIP == "10.244.0.2")
        #expect(stage.machine.wake == nil)
    }

    @Test("one of two that is over does not end the pod")
    func oneOfTwo() {
        var stage = Stage(Stage.spec("a", "b", policy: .never))
        _ = stage.take()
        stage.end("a", code: 1)
        stage.pass(1000)
        #expect(stage.take() == [])
        #expect(stage.status.phase == .running)
        stage.end("b")
        #expect(stage.status.phase == .failed)
        #expect(stage.take() == ["remove"])
    }

    @Test("the kernel's kill for memory is OOMKilled, another one is Error")
    func outOfMemory() {
        var stage = Stage(Stage.spec("a"))
        stage.end("a", ContainerEnd(signal: 9, isOutOfMemory: true))
        #expect(stage.reason("a") == "OOMKilled")
        stage.pass(1)
        #expect(stage.status.containers[0].lastTermination?.exitCode == 137)
        stage.end("a", ContainerEnd(signal: 9))
        #expect(stage.reason("a") == "Error")
    }
}
