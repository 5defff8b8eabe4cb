// What of a pod may change while it runs, and what follows.

import Testing

@testable import Pods

@Suite struct ImageUpdateTests {
    private func changed(_ stage: Stage, _ change: (inout PodSpec) -> Void) -> PodSpec {
        var spec = stage.machine.pod.spec
        change(&spec)
        return spec
    }

    @Test(
        "another image ends the container that runs, and starts it again whatever the policy",
        arguments: RestartPolicy.allCases)
    func image(policy: RestartPolicy) {
        var stage = Stage(Stage.spec("a", "b", policy: policy))
        _ = stage.take()
        let spec = changed(stage) { $0.containers[1].image = "other" }
        stage.update(to: spec)
        #expect(stage.take() == ["stop b"])
        // What runs is the old one.
        #expect(stage.status.containers.map(\.image) == ["busybox", "busybox"])
        #expect(!stage.machine.pod.hasStartedOrFailed)
        stage.end("b", code: 143)
        #expect(stage.take() == ["start b 1"])
        #expect(stage.machine.pod.hasStartedOrFailed && stage.machine.pod.troubles.isEmpty)
        #expect(stage.status.containers.map(\.image) == ["busybox", "other"])
        #expect(stage.status.containers.map(\.restartCount) == [0, 1] && stage.status.phase == .running)
        stage.end("b")
        stage.pass(30)
        #expect(stage.take() == (policy == .always ? ["start b 2"] : []))
    }

    @Test("a container that is replaced and does not end is killed when its grace period is over, and not before")
    func grace() {
        var stage = Stage(Stage.spec("a", "b"))
        _ = stage.take()
        stage.update(to: changed(stage) { $0.containers[0].image = "other" })
        stage.pass(29)
        // It is asked once, whatever is changed meanwhile.
        stage.update(to: changed(stage) { $0.containers[0].image = "third" })
        #expect(stage.take() == ["stop a"])
        stage.pass(1)
        #expect(stage.take() == ["kill a", "start a 1"])
        #expect(stage.status.containers.map(\.image) == ["third", "busybox"])
        #expect(stage.status.containers[0].lastTermination?.exitCode == 137)
        #expect(stage.machine.wake == nil)
        stage.update(
            to: changed(stage) {
                $0.containers[1].image = "other"
                $0.metadata.labels = ["a": "b"]
            })
        #expect(stage.take() == ["stop b"])
        // The deletion asks the others, and its time counts.
        stage.send(.delete(grace: 5))
        #expect(stage.take() == ["stop a"])
        stage.pass(5)
        #expect(stage.take() == ["kill a", "kill b", "remove", "finished"])
    }

    @Test("an agent that was killed while a container was replaced starts the other one, whatever the policy")
    func recovered() {
        var stage = Stage(Stage.spec("a", policy: .never))
        stage.update(to: changed(stage) { $0.containers[0].image = "other" })
        var next = Stage(recovering: stage.machine.pod)
        next.pass(1)
        #expect(next.take() == ["sandbox 1", "start a 1"])
        #expect(next.status.containers.map(\.image) == ["other"])
    }

    @Test("an image that was waited for in vain is looked for again at once under its new name")
    func pull() {
        let failure = StartFailure(.image, reason: StartFailure.pull, message: "no such image")
        var stage = Stage(Stage.spec("a")) { $0.failures["a"] = failure }
        stage.pass(2)
        #expect(stage.reason("a") == "ImagePullBackOff")
        _ = stage.take()
        stage.failures = [:]
        stage.update(to: changed(stage) { $0.containers[0].image = "right" })
        #expect(stage.take() == ["start a 0"])
        #expect(stage.reason("a") == "Running")
    }

    @Test("labels and annotations may change, and nothing else")
    func others() {
        let stage = Stage(Stage.spec("a"))
        var machine = stage.machine
        #expect(machine.update(to: changed(stage) { $0.metadata.labels = ["x": "y"] }, at: stage.now) == [])
        #expect(machine.pod.spec.metadata.labels == ["x": "y"])
        for change in [
            { $0.restartPolicy = .never }, { $0.containers[0].command = ["x"] }, { $0.containers[0].name = "z" },
            { $0.containers.append(ContainerSpec(name: "b", image: "c")) },
            { $0.containers[0].imagePullPolicy = "Never" },
        ] as [(inout PodSpec) -> Void] {
            #expect(machine.update(to: changed(stage, change), at: stage.now) == nil)
        }
    }

    @Test("a pod whose containers have ended well has started")
    func ended() {
        for policy in RestartPolicy.allCases {
            var stage = Stage(Stage.spec("a", "b", policy: policy))
            stage.end("a", code: 0)
            #expect(stage.machine.pod.hasStartedOrFailed, "\(policy)")
        }
    }
}
