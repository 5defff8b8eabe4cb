// Pods as JSON and YAML, with the names of the API.

import Foundation
import Pods
import Testing

@testable import Manifests

@Suite("Pods as objects")
struct PodObjectTests {
    private static let spec: PodSpec? = {
        let text =
            podText(
                container: """
                    imagePullPolicy: Never
                    command: [sh, -c, "echo a\\n sleep 5\\n", "true", "0x10", "", " a", "# no", "a: b", "-", "y", "12:30", "é한"]
                    args: ["line\\n\\n  more\\n", "tail \\nx", "\\n", "a\\n\\n", "1e3", "200Mi", "1.2.3.4", "1.5", "null", "@x", "x:"]
                    workingDir: /work
                    env: [{name: A, value: "1"}, {name: B}]
                    ports: [{containerPort: 53, protocol: UDP, name: dns}]
                    resources: {requests: {cpu: 0.25, memory: 128974848}, limits: {cpu: "1", memory: 1.5Gi}}
                    volumeMounts: [{name: memory, mountPath: /m, readOnly: true, subPath: a}]
                    securityContext:
                      runAsUser: 1000
                      readOnlyRootFilesystem: true
                      allowPrivilegeEscalation: false
                      capabilities: {add: [NET_ADMIN], drop: [ALL]}
                    """,
                spec: """
                    restartPolicy: OnFailure
                    shareProcessNamespace: true
                    hostname: box
                    securityContext: {runAsUser: 5, runAsGroup: 6}
                    initContainers: [{name: first, image: busybox, imagePullPolicy: Always}]
                    volumes:
                    - {name: memory, emptyDir: {medium: Memory, sizeLimit: 10Mi}}
                    - {name: host, hostPath: {path: /srv, type: File}}
                    """
            )
            .replacing(
                "  name: one\n", with: "  name: one\n  labels: {app: \"yes\"}\n  annotations: {note: \"a\\nb\"}\n")
        return read(text).pods.first
    }()

    private func running() throws -> Pod {
        let spec = try #require(Self.spec)
        var status = PodStatus()
        status.phase = .running
        status.podIP = "10.244.0.2"
        status.hostIP = "10.244.0.1"
        status.startTime = 1_795_000_000
        for container in spec.containers {
            var entry = ContainerStatus(name: container.name, image: container.image)
            entry.state = .running(startedAt: 1_795_000_003.9, pid: 7)
            entry.restartCount = 1
            entry.containerID = "podlab://ab"
            entry.imageID = "sha256:cd"
            var end = ContainerTermination(exitCode: 137, reason: "OOMKilled", finishedAt: 1_795_000_002)
            end.signal = 9
            end.startedAt = 1_795_000_001
            entry.lastTermination = end
            status.containers.append(entry)
        }
        for container in spec.initContainers {
            var entry = ContainerStatus(name: container.name, image: container.image)
            entry.state = .terminated(ContainerTermination(exitCode: 0, reason: "Completed", finishedAt: 1_795_000_001))
            status.initContainers.append(entry)
        }
        return Pod(uid: "1e3a0000-0000-4000-8000-000000000001", creationTime: 1_795_000_000, spec: spec, status: status)
    }

    @Test(
        "what is written as YAML or JSON is read again as the same pod, but for its status", arguments: [false, true])
    func roundTrip(list: Bool) throws {
        let pod = try running()
        for text in [PodTable.yaml([pod], list: list), PodTable.json([pod], list: list)] {
            let reading = read(text)
            #expect(reading.faults == [], "\(text)")
            #expect(reading.pods == [pod.spec], "\(text)")
        }
    }

    @Test("JSON has the names of v1, for queries such as {.status.podIP}")
    func names() throws {
        let data = Data(PodTable.json([try running()], list: false).utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["apiVersion"] as? String == "v1")
        #expect(object["kind"] as? String == "Pod")
        let metadata = try #require(object["metadata"] as? [String: Any])
        #expect(metadata["creationTimestamp"] as? String == "2026-11-18T11:06:40Z")
        #expect(metadata["uid"] as? String == "1e3a0000-0000-4000-8000-000000000001")
        let status = try #require(object["status"] as? [String: Any])
        #expect(status["phase"] as? String == "Running")
        #expect(status["podIP"] as? String == "10.244.0.2")
        #expect(status["hostIP"] as? String == "10.244.0.1")
        #expect((status["podIPs"] as? [[String: String]]) == [["ip": "10.244.0.2"]])
        #expect(status["startTime"] as? String == "2026-11-18T11:06:40Z")
        #expect(status["qosClass"] as? String == "Burstable")
        let container = try #require((status["containerStatuses"] as? [[String: Any]])?.first)
        #expect(container["ready"] as? Bool == true)
        #expect(container["restartCount"] as? Int == 1)
        #expect(container["containerID"] as? String == "podlab://ab")
        let state = try #require(container["state"] as? [String: [String: Any]])
        #expect(state["running"]?["startedAt"] as? String == "2026-11-18T11:06:43Z")
        let last = try #require(container["lastState"] as? [String: [String: Any]])
        #expect(last["terminated"]?["exitCode"] as? Int == 137)
        #expect(last["terminated"]?["reason"] as? String == "OOMKilled")
        let conditions = try #require(status["conditions"] as? [[String: String]])
        #expect(conditions.first { $0["type"] == "Ready" }?["status"] == "True")
    }

    @Test("a list has its items, even none")
    func lists() throws {
        let data = Data(PodTable.json([], list: true).utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["kind"] as? String == "List")
        #expect((object["items"] as? [Any])?.isEmpty == true)
        #expect(
            PodTable.yaml([], list: true)
                == "apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: \"\"\n")
    }

    @Test("conditions say what a pod that is not ready waits for")
    func conditions() throws {
        var pod = try running()
        pod.status.phase = .pending
        pod.status.podIP = nil
        pod.status.containers[0].state = .waiting(reason: "PodInitializing", message: nil)
        pod.status.initContainers[0].state = .running(startedAt: 1, pid: 1)
        let conditions = Dictionary(uniqueKeysWithValues: PodConditions(pod).all.map { ($0.type, $0) })
        #expect(conditions["Ready"]?.isTrue == false)
        #expect(conditions["Ready"]?.reason == "ContainersNotReady")
        #expect(conditions["Ready"]?.message == "containers with unready status: [main]")
        #expect(conditions["Initialized"]?.message == "containers with incomplete status: [first]")
        #expect(conditions["PodReadyToStartContainers"]?.isTrue == false)
        #expect(conditions["PodScheduled"]?.isTrue == true)
    }

    @Test("the class of service follows requests and limits")
    func qualityOfService() throws {
        func quality(_ resources: String) throws -> String {
            try pod(container: "resources: \(resources)").qualityOfService
        }
        #expect(try quality("{}") == "BestEffort")
        #expect(try quality("{limits: {memory: 1Gi}}") == "Burstable")
        #expect(try quality("{limits: {memory: 1Gi, cpu: 1}}") == "Guaranteed")
        #expect(try quality("{limits: {memory: 1Gi, cpu: 1}, requests: {cpu: 0.5}}") == "Burstable")
    }

    @Test(
        "moments are RFC 3339",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_000_003.99, "2026-11-18T11:06:43Z"),
            (-1, "1969-12-31T23:59:59Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1e18, "9999-12-31T23:59:59Z"), (-1e18, "0001-01-01T00:00:00Z"), (Double.nan, "1970-01-01T00:00:00Z"),
        ] as [(Double, String)])
    func moments(moment: Double, text: String) {
        #expect(rfc3339(moment) == text)
    }
}
