// What right manifests become.

import Foundation
import Pods
import StrictYAML
import Testing

@testable import Manifests

@Suite("Manifests that are right")
struct ManifestTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("EndToEnd/Fixtures/pods")

    @Test("a first pod: a command, labels and a port")
    func core() throws {
        let reading = Manifest.load(path: Self.fixtures.appendingPathComponent("core-k8s.yaml").path)
        #expect(reading.faults == [])
        #expect(reading.advice == [])
        let pod = try #require(reading.pods.first)
        #expect(reading.pods.count == 1)
        #expect(pod.metadata.name == "core-k8s")
        #expect(pod.metadata.namespace == "default")
        #expect(
            pod.metadata.labels == [
                "role": "just-an-example", "app": "my-example-app", "organization": "friends-of-manning",
                "creator": "jay",
            ])
        #expect(pod.restartPolicy == .always)
        #expect(pod.terminationGracePeriodSeconds == 30)
        var container = plainContainer("any-old-name-will-do", image: "docker.io/busybox:latest")
        container.command = ["sleep", "10000"]
        var port = ContainerPort(containerPort: 80)
        port.name = "webapp-ports"
        container.ports = [port]
        #expect(pod.containers == [container])
    }

    @Test("a pod with a limit of memory")
    func greedy() throws {
        let reading = Manifest.load(path: Self.fixtures.appendingPathComponent("core-k8s-greedy.yaml").path)
        #expect(reading.faults == [])
        #expect(reading.advice == [])
        let container = try #require(reading.pods.first?.containers.first)
        #expect(container.command == ["sleep", "100000"])
        #expect(container.resources.limits.memory == 200 << 20)
        #expect(container.resources.requests.memory == 100 << 20)
        #expect(container.resources.limits.cpuMillis == nil)
    }

    @Test("the examples for people are the same pods as the tests' own", arguments: ["core-k8s", "core-k8s-greedy"])
    func examples(name: String) throws {
        let example = Self.fixtures.appendingPathComponent("../../../../docs/examples/\(name).yaml").standardizedFileURL
        let reading = Manifest.load(path: example.path)
        #expect(reading.faults == [])
        #expect(
            reading.pods == Manifest.load(path: Self.fixtures.appendingPathComponent("\(name).yaml").path).pods)
    }

    @Test("every field of a container is read")
    func container() throws {
        let container = try firstContainer(
            """
            imagePullPolicy: IfNotPresent
            command: [sh, -c]
            args: ["echo $(A)"]
            workingDir: /work
            env:
              - {name: A, value: "1"}
              - name: EMPTY
              - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            ports:
              - {containerPort: 53, protocol: UDP}
              - {name: web, containerPort: 80}
            resources:
              requests: {cpu: 0.25, memory: 128974848}
              limits: {cpu: "1", memory: 1.5Gi}
            volumeMounts:
              - {name: scratch, mountPath: /scratch, readOnly: true, subPath: a/b}
            securityContext:
              runAsUser: 1000
              runAsGroup: 1001
              readOnlyRootFilesystem: true
              allowPrivilegeEscalation: false
              capabilities: {add: [NET_ADMIN], drop: [ALL]}
            """, spec: "volumes: [{name: scratch, emptyDir: {}}]")
        var expected = ContainerSpec(name: "main", image: "busybox")
        expected.imagePullPolicy = "IfNotPresent"
        expected.command = ["sh", "-c"]
        expected.arguments = ["echo $(A)"]
        expected.workingDirectory = "/work"
        expected.environment = [
            EnvironmentVariable(name: "A", value: "1"), EnvironmentVariable(name: "EMPTY", value: ""),
            EnvironmentVariable(name: "NAME", value: "one"),
        ]
        var names = ContainerPort(containerPort: 53)
        names.transport = "UDP"
        var web = ContainerPort(containerPort: 80)
        web.name = "web"
        expected.ports = [names, web]
        expected.resources.requests.cpuMillis = 250
        expected.resources.requests.memory = 128_974_848
        expected.resources.limits.cpuMillis = 1000
        expected.resources.limits.memory = 3 << 29
        var mount = VolumeMount(name: "scratch", mountPath: "/scratch")
        mount.readOnly = true
        mount.subPath = "a/b"
        expected.volumeMounts = [mount]
        expected.securityContext.runAsUser = 1000
        expected.securityContext.runAsGroup = 1001
        expected.securityContext.readOnlyRootFilesystem = true
        expected.securityContext.allowPrivilegeEscalation = false
        expected.securityContext.addedCapabilities = ["NET_ADMIN"]
        expected.securityContext.droppedCapabilities = ["ALL"]
        #expect(container == expected)
    }

    @Test("every field of a pod is read, truth values in the words of YAML 1.1 too")
    func wholePod() throws {
        let spec = try pod(
            spec: """
                restartPolicy: OnFailure
                shareProcessNamespace: yes
                hostname: box
                terminationGracePeriodSeconds: 0
                securityContext: {runAsUser: 0100, runAsGroup: 7}
                initContainers:
                - {name: first, image: busybox}
                volumes:
                - {name: memory, emptyDir: {medium: Memory, sizeLimit: 10Mi}}
                - {name: plain}
                - {name: host, hostPath: {path: /srv, type: DirectoryOrCreate}}
                """)
        #expect(spec.restartPolicy == .onFailure)
        #expect(spec.shareProcessNamespace)
        #expect(spec.effectiveHostname == "box")
        #expect(spec.terminationGracePeriodSeconds == 0)
        #expect(spec.securityContext.runAsUser == 64)
        #expect(spec.securityContext.runAsGroup == 7)
        #expect(spec.initContainers == [plainContainer("first")])
        #expect(
            spec.volumes == [
                Volume(name: "memory", source: .emptyDirectory(inMemory: true, sizeLimit: 10 << 20)),
                Volume(name: "plain", source: .emptyDirectory(inMemory: false, sizeLimit: nil)),
                Volume(name: "host", source: .hostPath("/srv", .directoryOrCreate)),
            ])
    }

    @Test("several documents, ConfigMaps before and after the pods that use them")
    func documents() throws {
        let reading = read(
            """
            # nothing but a comment
            ---
            \(podText(
                container: """
                    envFrom: [{prefix: C_, configMapRef: {name: settings}}]
                    env:
                    - {name: G, valueFrom: {configMapKeyRef: {name: settings, key: greeting}}}
                    - {name: NONE, valueFrom: {configMapKeyRef: {name: none, key: x, optional: true}}}
                    """,
                spec: """
                    volumes:
                    - {name: all, configMap: {name: settings}}
                    - {name: one, configMap: {name: settings, items: [{key: greeting, path: sub/hello}]}}
                    - {name: none, configMap: {name: none, optional: true}}
                    """))
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data:
              greeting: hello
            binaryData:
              bytes: aGkK
            ---
            """)
        #expect(reading.faults == [])
        #expect(reading.advice == [])
        let pod = try #require(reading.pods.first)
        #expect(
            pod.volumes == [
                Volume(
                    name: "all", source: .configMap(name: "settings", files: ["greeting": "hello", "bytes": "hi\n"])),
                Volume(
                    name: "one",
                    source: .configMap(
                        name: "settings", files: ["sub/hello": "hello"],
                        items: [ConfigMapItem(key: "greeting", path: "sub/hello")])),
                Volume(name: "none", source: .configMap(name: "none", files: [:], isOptional: true)),
            ])
        #expect(
            pod.containers.first?.environment == [
                EnvironmentVariable(name: "C_bytes", value: "hi\n"),
                EnvironmentVariable(name: "C_greeting", value: "hello"),
                EnvironmentVariable(name: "G", value: "hello"),
            ])
    }

    @Test("a list of pods, JSON, aliases and a byte order mark are read as well")
    func otherWays() throws {
        let item =
            #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"},"spec":{"containers":[{"name":"a","image":"b"}]}}"#
        let items = ["one", "two"].map { item.replacing("NAME", with: $0) }
        let list = #"{"apiVersion":"v1","kind":"List","metadata":{},"items":["# + items.joined(separator: ",") + "]}"
        #expect(read(list).faults == [])
        #expect(read(list).pods.map(\.name) == ["one", "two"])
        let aliases = podText(container: "command: &c [sleep, \"5\"]\nargs: *c")
        #expect(read("\u{feff}" + aliases).pods.first?.containers.first?.arguments == ["sleep", "5"])
        #expect(read(podText().replacing("\n", with: "\r\n")).faults == [])
    }

    @Test("what is limited and not requested is requested as much, as the API server does")
    func defaultRequests() throws {
        let resources = try firstContainer("resources: {limits: {memory: 1Gi, cpu: 2}}").resources
        #expect(resources.requests == resources.limits)
    }

    @Test("an empty command is the image's own, and an amount of nothing is no limit")
    func nothing() throws {
        let container = try firstContainer(
            "command: []\nargs: []\nresources: {limits: {memory: 0, cpu: 0m}}\nenv: []\nports:")
        #expect(container == plainContainer("main"))
        let volume = try pod(spec: "volumes: [{name: a, emptyDir: {sizeLimit: 0}}]").volumes.first
        #expect(volume?.source == .emptyDirectory(inMemory: false, sizeLimit: nil))
    }

    @Test("an init container that restarts always is no reason to wait for ever")
    func sidecar() throws {
        let reading = read(podText(spec: "initContainers: [{name: side, image: busybox, restartPolicy: Always}]"))
        #expect(reading.faults == [])
        #expect(reading.pods.first?.containers.map(\.name) == ["side", "main"])
        #expect(reading.pods.first?.initContainers == [])
        #expect(reading.advice.first?.hasPrefix("spec.initContainers[0].restartPolicy: podlab has no sidecars") == true)
    }

    @Test("objects of JSON in a row are as many documents, with their places")
    func jsonInARow() {
        let object = { (name: String, image: String) in
            #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"},"spec":{"containers":[{"name":"a","image":"IMAGE"}]}}"#
                .replacing("NAME", with: name).replacing("IMAGE", with: image)
        }
        #expect(read(object("p", "x{") + "\n" + object("q", "y")).pods.map(\.name) == ["p", "q"])
        #expect(read("\n  " + object("p", "x") + object("q", "y") + " \n").pods.map(\.name) == ["p", "q"])
        let wrong = read(object("p", "x") + "\n  " + object("Q", "y"))
        #expect(wrong.errors.map(\.line) == [2] && wrong.errors.map(\.position.column) == [54], "\(wrong.remarks)")
        // Nothing but spaces stands between them.
        #expect(!read(object("p", "x") + "," + object("q", "y")).errors.isEmpty)
        #expect(!read(object("p", "x") + "}").errors.isEmpty)
    }

    @Test("merge keys bring what an object has not itself, the first of several first")
    func mergeKeys() throws {
        let reading = read(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              containers:
              - &one {name: a, image: x, command: [one]}
              - {<<: *one, name: b}
              - name: c
                <<: [{args: [two]}, {image: w, args: [three]}]
            """)
        #expect(reading.faults == [])
        #expect(reading.pods.first?.containers.map(\.name) == ["a", "b", "c"])
        #expect(reading.pods.first?.containers.map(\.image) == ["x", "x", "w"])
        #expect(reading.pods.first?.containers.map(\.command) == [["one"], ["one"], nil])
        #expect(reading.pods.first?.containers.last?.arguments == ["two"])
        #expect(read(podText(container: "<<: 5")).faults.first?.contains("unknown field") == true)
    }

    @Test(
        "escapes of Go's YAML are read: a quote behind a backslash in double quotes",
        arguments: [
            (#"command: [sh, -c, "echo \'x\'"]"#, ["sh", "-c", "echo 'x'"]),
            (#"command: ["\'", '\', "\\'"]"#, ["'", "\\", "\\'"]),
        ])
    func escapes(line: String, command: [String]) throws {
        #expect(try firstContainer(line).command == command)
        #expect(read(podText(container: #"command: ["\q"]"#)).faults.first?.contains("not YAML") == true)
    }

    @Test(
        "what is a number to Go is none of text",
        arguments: [
            "1_000", "0b11", "0x1F", "0o17", "017", "+5", "-0b1", "1e3", ".5", "5.", "1_0.5", "-1", "089", "yes", "N",
            "~",
        ])
    func numbers(text: String) {
        let reading = read(podText(container: "env: [{name: A, value: \(text)}]"))
        #expect(text == "~" ? reading.errors.isEmpty : reading.errors.count == 1, "\(reading.remarks)")
        #expect(read(podText(container: "env: [{name: A, value: '\(text)'}]")).faults == [])
        #expect(read(podText(container: "env: [{name: A, value: !!str \(text)}]")).faults == [])
    }

    @Test(
        "what only looks like a number is text",
        arguments: [
            "1.2.3", "1_000x", "0xZZ", "0b12", "_1", "1:30", "2001-01-01", "e3", "+", "1e", "10.0.0.1", "1-2", "Nope",
        ])
    func texts(text: String) throws {
        #expect(try firstContainer("env: [{name: A, value: \(text)}]").environment.first?.value == text)
    }

    @Test("numbers are worth what Go makes of them")
    func worth() throws {
        let container = try firstContainer(
            "ports: [{containerPort: 80.0}, {containerPort: 0x50, protocol: UDP}, {containerPort: 1_000}]\n"
                + "resources: {limits: {memory: 1_000, cpu: 0b10}}\nsecurityContext: {runAsUser: 0o17, runAsGroup: 1e3}"
        )
        #expect(container.ports.map(\.containerPort) == [80, 80, 1000])
        #expect(container.resources.limits.memory == 1000 && container.resources.limits.cpuMillis == 2000)
        #expect(container.securityContext.runAsUser == 15 && container.securityContext.runAsGroup == 1000)
        let half = read(podText(container: "ports: [{containerPort: 80.5}]"))
        #expect(
            half.faults == ["spec.containers[0].ports[0].containerPort: expected a whole number, found the number 80.5"]
        )
    }

    @Test("nothing at all is an empty text in lists and under free names, and an amount of zero")
    func nulls() throws {
        let labelled = read(podText().replacing("  name: one\n", with: "  name: one\n  labels: {app: }\n"))
        #expect(labelled.pods.first?.metadata.labels == ["app": ""])
        let container = try firstContainer("resources: {limits: {cpu: , memory: 64Mi}}\nargs: [~, a]")
        #expect(container.resources.limits.cpuMillis == nil && container.resources.limits.memory == 64 << 20)
        #expect(container.arguments == ["", "a"])
    }

    @Test("what the API server takes is taken: relative mount paths, lists of old, files in folders")
    func lenient() throws {
        let mount = try firstContainer("volumeMounts: [{name: v, mountPath: tmp/x}]", spec: "volumes: [{name: v}]")
        #expect(mount.volumeMounts.map(\.mountPath) == ["tmp/x"] && mount.volumeMounts.map(\.place) == ["/tmp/x"])
        let pod =
            #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"b"}]}}"#
        let list =
            #"{"apiVersion":"v1","kind":"List","resourceVersion":"","selfLink":"","metadata":{},"items":["# + pod + "]}"
        #expect(read(list).remarks == [] && read(list).pods.count == 1)
    }
}
