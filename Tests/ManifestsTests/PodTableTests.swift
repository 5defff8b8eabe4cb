// What `kubectl get pods` would print.

import Pods
import Testing
import Text

@testable import Manifests

@Suite("Tables of pods")
struct PodTableTests {
    private static let born: Timestamp = 1_000_000

    private func pod(
        phase: PodPhase = .running, _ states: [ContainerState], initial: [ContainerState] = [],
        change: (inout Pod) -> Void = { _ in }
    ) -> Pod {
        var spec = PodSpec(metadata: PodMetadata(name: "one"), containers: [])
        var status = PodStatus()
        status.phase = phase
        for (index, state) in states.enumerated() {
            spec.containers.append(ContainerSpec(name: "c\(index)", image: "busybox"))
            var container = ContainerStatus(name: "c\(index)", image: "busybox")
            container.state = state
            status.containers.append(container)
        }
        for (index, state) in initial.enumerated() {
            spec.initContainers.append(ContainerSpec(name: "i\(index)", image: "busybox"))
            var container = ContainerStatus(name: "i\(index)", image: "busybox")
            container.state = state
            status.initContainers.append(container)
        }
        var pod = Pod(uid: "u", creationTime: Self.born, spec: spec, status: status)
        change(&pod)
        return pod
    }

    private static func ended(_ code: Int32, _ reason: String, signal: Int32? = nil) -> ContainerState {
        var end = ContainerTermination(exitCode: code, reason: reason, finishedAt: born + 5)
        end.signal = signal
        return .terminated(end)
    }

    private let running = ContainerState.running(startedAt: Self.born, pid: 2)
    private let creating = ContainerState.waiting(reason: "ContainerCreating", message: nil)
    private let initializing = ContainerState.waiting(reason: "PodInitializing", message: nil)

    @Test("STATUS is what kubectl makes of phase and containers")
    func status() {
        let backOff = ContainerState.waiting(reason: "CrashLoopBackOff", message: nil)
        let done = Self.ended(0, "Completed")
        let rows: [(Pod, String, String)] = [
            (pod([running, running]), "2/2", "Running"),
            (pod(phase: .pending, [creating]), "0/1", "ContainerCreating"),
            (pod(phase: .pending, []), "0/0", "Pending"),
            (pod([running, backOff]), "1/2", "CrashLoopBackOff"),
            // The first container's word is the last to be written.
            (pod([backOff, Self.ended(1, "Error")]), "0/2", "CrashLoopBackOff"),
            (pod([Self.ended(137, "OOMKilled")]), "0/1", "OOMKilled"),
            (pod(phase: .succeeded, [done]), "0/1", "Completed"),
            (pod(phase: .failed, [Self.ended(1, "Error")]), "0/1", "Error"),
            (pod([running, done]), "1/2", "NotReady"),
            (pod([Self.ended(3, "")]), "0/1", "ExitCode:3"),
            (pod([Self.ended(143, "", signal: 15)]), "0/1", "Signal:15"),
            (pod(phase: .pending, [initializing], initial: [running, initializing]), "0/1", "Init:0/2"),
            (pod(phase: .pending, [initializing], initial: [done, running]), "0/1", "Init:1/2"),
            (pod(phase: .pending, [initializing], initial: [done, initializing]), "0/1", "Init:1/2"),
            (pod(phase: .pending, [initializing], initial: [Self.ended(1, "Error")]), "0/1", "Init:Error"),
            (pod(phase: .pending, [initializing], initial: [Self.ended(1, "")]), "0/1", "Init:ExitCode:1"),
            (pod(phase: .pending, [initializing], initial: [Self.ended(9, "", signal: 9)]), "0/1", "Init:Signal:9"),
            (pod(phase: .pending, [initializing], initial: [backOff]), "0/1", "Init:CrashLoopBackOff"),
            (pod([running], initial: [done]), "1/1", "Running"),
            (pod([running]) { $0.status.deletionTime = Self.born }, "1/1", "Terminating"),
            (pod(phase: .succeeded, [done]) { $0.status.deletionTime = Self.born }, "0/1", "Completed"),
            (pod(phase: .failed, []) { $0.status.reason = "Evicted" }, "0/0", "Evicted"),
        ]
        for (pod, ready, status) in rows {
            #expect(PodTable.status(pod) == status)
            let row = PodTable.text([pod], now: Self.born).split(separator: "\n")[1].split(separator: " ")
            #expect(row.prefix(3) == ["one", ready[...], status[...]], "\(row)")
        }
    }

    @Test("columns are as wide as their widest cell and three spaces, no line ends in spaces")
    func alignment() {
        let first = pod([running]) {
            $0.status.podIP = "10.244.0.2"
            $0.status.nodeName = "podlab"
        }
        let second = pod(phase: .pending, [creating]) {
            $0.spec.metadata.name = "another-one"
            $0.spec.metadata.namespace = "kube-system"
        }
        #expect(
            PodTable.text([first, second], now: Self.born + 59) == """
                NAME          READY   STATUS              RESTARTS   AGE
                one           1/1     Running             0          59s
                another-one   0/1     ContainerCreating   0          59s

                """)
        #expect(
            PodTable.text([first, second], wide: true, now: Self.born + 59, allNamespaces: true) == """
                NAMESPACE     NAME          READY   STATUS              RESTARTS   AGE   IP           NODE     NOMINATED NODE   READINESS GATES
                default       one           1/1     Running             0          59s   10.244.0.2   podlab   <none>           <none>
                kube-system   another-one   0/1     ContainerCreating   0          59s   <none>       <none>   <none>           <none>

                """)
        #expect(PodTable.text([], now: 0) == "")
        #expect(PodTable.nothingFound(namespace: "default") == "No resources found in default namespace.")
        #expect(PodTable.names([first, second]) == "pod/one\npod/another-one\n")
    }

    @Test("RESTARTS counts all containers and says when the last one was")
    func restarts() {
        let restarted = pod([running, running], initial: [Self.ended(0, "Completed")]) {
            $0.status.initContainers[0].restartCount = 7
            $0.status.containers[0].restartCount = 2
            $0.status.containers[0].lastTermination = ContainerTermination(
                exitCode: 1, reason: "Error", finishedAt: Self.born + 5)
            $0.status.containers[1].restartCount = 1
            $0.status.containers[1].lastTermination = ContainerTermination(
                exitCode: 1, reason: "Error", finishedAt: Self.born + 90)
        }
        #expect(PodTable.text([restarted], now: Self.born + 102).contains("   3 (12s ago)   102s\n"))
        let initial = pod(phase: .pending, [initializing], initial: [running]) {
            $0.status.initContainers[0].restartCount = 7
        }
        #expect(PodTable.text([initial], now: Self.born).contains("   7          0s\n"))
    }

    @Test(
        "ages are as kubectl writes them",
        arguments: [
            (-2, "<invalid>"), (-1.5, "0s"), (0, "0s"), (119.9, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"),
            (600, "10m"), (10_799, "179m"), (10_800, "3h"), (11_460, "3h11m"), (28_800, "8h"), (172_799, "47h"),
            (172_800, "2d"), (187_200, "2d4h"), (691_200, "8d"), (63_071_999, "729d"), (63_072_000, "2y"),
            (63_158_400, "2y1d"), (252_288_000, "8y"), (Double.infinity, "<invalid>"), (1e300, "31709y"),
        ] as [(Double, String)])
    func ages(seconds: Double, text: String) {
        #expect(humanDuration(seconds: seconds) == text)
    }

    @Test("nothing of a pod can reach the terminal as a command to it")
    func hostile() {
        let evil = pod([.waiting(reason: "\u{1b}]0;x\u{7}", message: "\u{9b}2J")]) {
            $0.spec.metadata.name = "a\u{202e}b\n"
            $0.spec.metadata.labels = ["\u{1b}[2J": "x\ny\u{200b}"]
            $0.status.podIP = "\u{1b}c"
        }
        let texts = [
            PodTable.text([evil], wide: true, now: Self.born, allNamespaces: true), PodTable.json([evil], list: true),
            PodTable.yaml([evil], list: false), PodTable.names([evil]), PodTable.status(evil),
        ]
        for text in texts {
            #expect(!text.unicodeScalars.contains { $0 != "\n" && isHazardous($0) }, "\(text.debugDescription)")
        }
        #expect(texts[0].split(separator: "\n").count == 2)
    }
}
