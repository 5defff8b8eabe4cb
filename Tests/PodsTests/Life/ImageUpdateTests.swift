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
        #expect(stage.take() == ["kill b", "start b 1"])
        #expect(stage.machine.pod.hasStartedOrFailed && stage.machine.pod.troubles.isEmpty)
        #expect(stage.status.containers.map(\.image) == ["busybox", "other"])
        #expect(stage.status.containers.map(\.restartCount) == [0, 1] && stage.status.phase == .running)
        stage.end("b")
        stage.pass(30)
        #expect(stage.take() == (policy == .always ? ["start b 2"] : []))
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
