// A field of a pod is one row: what it is read by and what it is printed by.

import Pods
import StrictYAML
import Testing

@testable import Manifests

/// An object that no Kubernetes has, with a field of each usual kind.
private struct Sample: PodObject, Equatable {
    struct Inner: PodObject, Equatable {
        var user: UInt32?

        static let fields: [PodField<Inner>] = [.id("user", \.user)]
    }

    var label: String?
    var words: [String]?
    var isOn = false
    var may: Bool?
    var inner = Inner()
    var group: UInt32?

    static let innerTable = FieldTable(name: "Inner", read: Inner.fields.map(\.name))
    static let groupTable = FieldTable(name: "Group", read: ["id"])
    static let fields: [PodField<Sample>] = [
        .text("label", \.label, .label), .texts("words", \.words), .flag("isOn", \.isOn), .flag("may", \.may),
        .object("inner", \.inner, innerTable, isPrintedEmpty: true), .group("group", groupTable, [.id("id", \.group)]),
    ]

    static func read(_ text: String) -> (sample: Sample, faults: [String]) {
        let reader = YAMLReader(file: "sample.yaml", text: text)
        var sample = Sample()
        for root in ManifestText(text: text, reader: reader).roots() {
            let table = FieldTable(name: "Sample", read: fields.map(\.name))
            let maps = ConfigMapSource(namespace: "default", maps: [:], printed: nil)
            sample.read(
                ObjectFields(root, table, path: "", reader: reader),
                PodContext(metadata: PodMetadata(name: "p"), configMaps: maps))
        }
        return (sample, reader.diagnostics.map(\.message))
    }
}

@Suite("Fields as rows")
struct FieldRowTests {
    @Test("a row is all that a field needs to be read, checked and printed")
    func throwaway() {
        let text = """
            label: a-b
            words: [x, "", z]
            isOn: true
            may: false
            inner: {user: 7}
            group: {id: 8}
            """
        let (sample, faults) = Sample.read(text)
        #expect(faults == [])
        var expected = Sample()
        (expected.label, expected.words, expected.isOn, expected.may) = ("a-b", ["x", "", "z"], true, false)
        (expected.inner.user, expected.group) = (7, 8)
        #expect(sample == expected)
        let again = Sample.read(sample.objectValue.yaml)
        #expect(again.sample == sample && again.faults == [])
        // What is as everybody has it is not printed, but for the object that says so.
        #expect(Sample().objectValue.yaml == "inner: {}\n")
        #expect(Sample.read("label: A_B\ninner: {user: -1}\nlabels: x").faults.count == 3)
        #expect(Sample.read("label: ''\nwords: []").sample == Sample())
    }

    /// A pod in which every field has a value that is not the usual one.
    private static let everything = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: every
          namespace: apart
          labels: {app: web}
          annotations: {note: x}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 7
          shareProcessNamespace: true
          hostname: host
          securityContext: {runAsUser: 1, runAsGroup: 2}
          volumes: [{name: data, emptyDir: {}}]
          initContainers:
          - {name: first, image: busybox}
          - name: every
            image: busybox:1
            imagePullPolicy: Never
            restartPolicy: Always
            command: [a]
            args: [b]
            workingDir: /w
            env: [{name: A, value: b}]
            ports: [{name: web, containerPort: 80, protocol: UDP}]
            resources: {limits: {cpu: 1, memory: 1Mi}, requests: {cpu: 1, memory: 1Mi}}
            volumeMounts: [{name: data, mountPath: /data, readOnly: true, subPath: below}]
            securityContext:
              runAsUser: 3
              runAsGroup: 4
              readOnlyRootFilesystem: true
              allowPrivilegeEscalation: false
              capabilities: {add: [NET_ADMIN], drop: [ALL]}
            terminationMessagePath: /end
          containers:
          - {name: last, image: busybox}
        """

    /// Properties that are as they are without any manifest, and fields that are not printed.
    private func missing<Value: PodObject>(
        in value: Value?, beside standard: Value, unprinted: Set<String> = []
    ) throws -> [String] {
        let value = try #require(value)
        let properties = zip(Mirror(reflecting: value).children, Mirror(reflecting: standard).children)
        let unread = properties.filter { "\($0.value)" == "\($1.value)" }.map { "\($0.0.label ?? "")" }
        #expect(Set(Value.fields.map(\.name)).count == Value.fields.count)
        return unread
            + Value.fields.filter { $0.printed(value) == nil && !unprinted.contains($0.name) }.map(\.name)
    }

    @Test("no part of a pod is without a row that reads it and one that prints it")
    func complete() throws {
        // Whatever is right is read again as it is printed.
        let reading = read(Self.everything)
        #expect(reading.faults == [])
        let pod = try #require(reading.pods.first)
        let container = pod.containers.first { $0.name == "every" }
        let plain = ContainerSpec(name: "", image: "")
        #expect(try missing(in: pod, beside: PodSpec(metadata: PodMetadata(name: ""), containers: [])) == [])
        #expect(try missing(in: container, beside: plain, unprinted: ["envFrom"]) == [])
        #expect(try missing(in: pod.securityContext, beside: PodSecurityContext()) == [])
        #expect(try missing(in: container?.securityContext, beside: plain.securityContext) == [])
        #expect(try missing(in: container?.ports.first, beside: ContainerPort(containerPort: 0)) == [])
        #expect(try missing(in: container?.volumeMounts.first, beside: VolumeMount(name: "", mountPath: "")) == [])
    }
}
