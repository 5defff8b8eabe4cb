// Containers that do not come up.

import Testing

@testable import Pods

@Suite struct StartFailureTests {
    private let notFound = StartFailure(
        .execution, reason: "RunContainerError", message: "exec: \"nosuch\": executable file not found in $PATH")

    @Test("a command that does not exist is RunContainerError, then CrashLoopBackOff, and counts as restarts")
    func command() {
        var stage = Stage(Stage.spec("a"))
        stage.failures = ["a": notFound]
        stage.end("a", code: 1)
        stage.pass(1)
        #expect(stage.reason("a") == "RunContainerError")
        #expect(stage.status.containers[0].lastTermination?.reason == "StartError")
        #expect(stage.status.containers[0].lastTermination?.exitCode == 128)
        #expect(stage.machine.pod.hasStartedOrFailed)
        #expect(stage.machine.pod.troubles.count == 1)
        stage.pass(1)
        #expect(stage.reason("a") == "CrashLoopBackOff")
        stage.pass(10)
        #expect(stage.reason("a") == "RunContainerError" || stage.reason("a") == "CrashLoopBackOff")
        #expect(stage.status.containers[0].restartCount == 2)
        stage.failures = [:]
        stage.pass(20)
        #expect(stage.running.contains("a"))
        #expect(stage.status.containers[0].restartCount == 3)
    }

    @Test("what is never restarted ends as StartError, and its pod as Failed")
    func never() {
        var stage = Stage(failing: notFound, policy: .never)
        #expect(stage.reason("a") == "StartError")
        #expect(stage.status.phase == .failed)
        #expect(stage.take() == ["sandbox 0", "start a 0", "remove"])
    }

    @Test("an image that is missing is asked for again, and that is no restart")
    func image() {
        var stage = Stage(
            failing: StartFailure(.image, reason: "ErrImagePull", message: "it is not there"), policy: .always)
        #expect(stage.reason("a") == "ErrImagePull")
        #expect(stage.status.phase == .pending)
        #expect(stage.machine.pod.hasStartedOrFailed)
        _ = stage.take()
        stage.pass(1)
        #expect(stage.reason("a") == "ImagePullBackOff")
        #expect(stage.machine.pod.hasStartedOrFailed)
        stage.pass(8)
        #expect(stage.take() == [])
        stage.pass(1)
        #expect(stage.take() == ["start a 0"])
        #expect(stage.reason("a") == "ErrImagePull")
        stage.failures = [:]
        stage.pass(20)
        #expect(stage.take() == ["start a 0"])
        #expect(stage.status.containers[0].restartCount == 0)
        #expect(stage.status.phase == .running)
    }

    @Test(
        "what is wrong with an image for ever is said for ever", arguments: ["InvalidImageName", "ErrImageNeverPull"])
    func imageForEver(reason: String) {
        var stage = Stage(failing: StartFailure(.image, reason: reason, message: "no"), policy: .always)
        for _ in 1...30 {
            stage.pass(1)
            #expect(stage.reason("a") == reason)
        }
    }

    @Test("a sandbox that cannot be made is tried again, and the pod says why")
    func sandbox() {
        var stage = Stage(noSandbox: "no address is left")
        #expect(stage.status.phase == .pending)
        #expect(stage.status.reason == "FailedCreatePodSandBox" && stage.status.message == "no address is left")
        #expect(stage.machine.pod.hasStartedOrFailed)
        stage.sandboxFailure = nil
        stage.pass(10)
        #expect(stage.take() == ["sandbox 0", "sandbox 0", "start a 0"])
        #expect(stage.status.reason == nil && stage.status.phase == .running)
    }
}

extension Stage {
    init(failing failure: StartFailure, policy: RestartPolicy) {
        self.init(Stage.spec("a", policy: policy), preparing: { $0.failures = ["a": failure] })
    }

    init(noSandbox message: String) {
        self.init(Stage.spec("a"), preparing: { $0.sandboxFailure = message })
    }
}
