// What is wrong with a manifest is said in Kubernetes' words, with its place and with what was meant.

import Pods
import StrictYAML
import Testing

@testable import Manifests

@Suite("Manifests that are wrong")
struct BadManifestTests {
    @Test(
        "a wrong value of a container",
        arguments: [
            ("command: sleep 5", "9:16: spec.containers[0].command: expected a list, found the text 'sleep 5'"),
            (
                "args: [1]",
                "9:14: spec.containers[0].args[0]: expected text, found the number 1 (quote it to make it text)"
            ),
            (
                "env: [{name: A, value: yes}]",
                "9:30: spec.containers[0].env[0].value: expected text, found the truth value yes (quote it to make it text)"
            ),
            ("env: [{value: x}]", "9:13: spec.containers[0].env[0].name: Required value"),
            (
                "env: [{name: A=B, value: x}]",
                #"9:20: spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment variable name must"#
            ),
            (
                "env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]",
                #"9:44: spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not"#
            ),
            (
                "env: [{name: A, valueFrom: {configMapKeyRef: {name: none, key: x}}}]",
                #"9:59: spec.containers[0].env[0].valueFrom.configMapKeyRef.name: Not found: "none""#
            ),
            (
                "env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.podip}}}]",
                #"(did you mean 'status.podIP'?)"#
            ),
            (
                "ports: [{containerPort: 0}]",
                "9:31: spec.containers[0].ports[0].containerPort: Invalid value: 0: must be between 1 and 65535, inclusive"
            ),
            ("ports: [{containerPort: 65536}]", "Invalid value: 65536: must be between 1 and 65535, inclusive"),
            (
                #"ports: [{containerPort: "80"}]"#,
                "9:31: spec.containers[0].ports[0].containerPort: expected a whole number, found the text '80'"
            ),
            ("ports: [{name: web}]", "9:15: spec.containers[0].ports[0].containerPort: Required value"),
            (
                "ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]",
                #"9:69: spec.containers[0].ports[1].name: Duplicate value: "a""#
            ),
            (
                "ports: [{containerPort: 1, protocol: tcp}]",
                #"Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP" (did you mean 'TCP'?)"#
            ),
            (
                "resources: {limits: {memory: 200 Mi}}",
                #"9:36: spec.containers[0].resources.limits[memory]: Invalid value: "200 Mi": quantities must match"#
            ),
            (
                "resources: {limits: {cpu: -1}}",
                #"spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0"#
            ),
            ("resources: {limits: {cpu: 1.2.3}}", #"Invalid value: "1.2.3": quantities must match"#),
            (
                "resources: {limits: {cpu: true}}",
                "expected a quantity such as 200Mi or 250m, found the truth value true"
            ),
            ("resources: {limits: [1]}", "spec.containers[0].resources.limits: expected an object of names and values"),
            (
                "resources: {limits: {memry: 5}}",
                #"Invalid value: "memry": must be a standard resource type or fully qualified (did you mean 'memory'?)"#
            ),
            (
                "resources: {requests: {memory: 300Mi}, limits: {memory: 200Mi}}",
                #"spec.containers[0].resources.requests: Invalid value: "300Mi": must be less than or equal to memory limit of 200Mi"#
            ),
            (
                "resources: {requests: {cpu: 1}, limits: {cpu: 500m}}",
                #"Invalid value: "1": must be less than or equal to cpu limit of 500m"#
            ),
            (
                "volumeMounts: [{name: dat, mountPath: /x}]",
                #"9:29: spec.containers[0].volumeMounts[0].name: Not found: "dat" (did you mean 'data'?)"#
            ),
            ("volumeMounts: [{name: data}]", "spec.containers[0].volumeMounts[0].mountPath: Required value"),
            ("volumeMounts: [{name: data, mountPath: /a/../b}]", "must not contain '..'"),
            ("volumeMounts: [{name: data, mountPath: '/a:b'}]", "must not contain ':'"),
            (
                "volumeMounts: [{name: data, mountPath: x}, {name: data, mountPath: /x/}]",
                #"volumeMounts[1].mountPath: Invalid value: "/x/": must be unique"#
            ),
            ("volumeMounts: [{name: data, mountPath: /x, subPath: /y}]", "must be a relative path"),
            ("volumeMounts: [{name: data, mountPath: /x, subPath: a/../../y}]", "must not contain '..'"),
            ("imagePullPolicy: Sometimes", #"supported values: "Always", "IfNotPresent", "Never""#),
            ("securityContext: {runAsUser: -1}", "Invalid value: -1: must be between 0 and 2147483647, inclusive"),
            ("securityContext: {runAsUser: root}", "expected a whole number, found the text 'root'"),
            ("securityContext: {capabilities: {add: [CAP_NET_ADMIN]}}", "a capability is written without CAP_"),
            ("securityContext: {readOnlyRootFilesystem: 1}", "expected true or false, found the number 1"),
            ("workingDir: {{ .Values.x }}", "9:19: spec.containers[0].workingDir: expected text: {{ is a template"),
            ("? [a, b]\n: c", "spec.containers[0]: expected the name of a field, found a list"),
        ])
    func container(line: String, remark: String) {
        let reading = read(podText(container: line, spec: "volumes: [{name: data}]"))
        #expect(reading.errors.count == 1, "\(reading.remarks)")
        #expect(reading.remarks.contains { $0.contains(remark) }, "\(reading.remarks)")
        #expect(reading.pods.isEmpty)
    }

    @Test(
        "a wrong value of a pod",
        arguments: [
            (
                "restartPolicy: always",
                #"9:18: spec.restartPolicy: Unsupported value: "always": supported values: "Always", "Never", "OnFailure" (did you mean 'Always'?)"#
            ),
            ("hostname: Box", #"9:13: spec.hostname: Invalid value: "Box": a lowercase RFC 1123 label must consist"#),
            (
                "terminationGracePeriodSeconds: -1",
                "9:34: spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0"
            ),
            ("shareProcessNamespace: maybe", "expected true or false, found the text 'maybe'"),
            ("volumes: [{emptyDir: {}}]", "9:13: spec.volumes[0].name: Required value"),
            ("volumes: [{name: a}, {name: a}]", #"9:31: spec.volumes[1].name: Duplicate value: "a""#),
            ("volumes: [{name: A}]", #"spec.volumes[0].name: Invalid value: "A": a lowercase RFC 1123 label"#),
            ("volumes: [{name: a, hostPath: {path: /a/../b}}]", "spec.volumes[0].hostPath.path: Invalid value"),
            ("volumes: [{name: a, hostPath: {path: b}}]", "must be an absolute path of the node"),
            ("volumes: [{name: a, hostPath: {}}]", "spec.volumes[0].hostPath.path: Required value"),
            ("volumes: [{name: a, hostPath: {path: /b, type: Folder}}]", #"Unsupported value: "Folder""#),
            (
                "volumes: [{name: a, hostPath: {path: /b}, emptyDir: {}}]",
                "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"
            ),
            ("volumes: [{name: a, emptyDir: {medium: Disk}}]", #"Invalid value: "Disk": must be "" or "Memory""#),
            ("volumes: [{name: a, emptyDir: {sizeLimit: 5MB}}]", "(did you mean the suffix 'Mi' or 'M'?)"),
            ("volumes: [{name: a, configMap: {name: none}}]", #"spec.volumes[0].configMap.name: Not found: "none""#),
            ("initContainers: [{name: main, image: x}]", #"Duplicate value: "main""#),
            ("initContainers: [{name: a}]", "spec.initContainers[0].image: Required value"),
            ("initContainers: x", "spec.initContainers: expected a list, found the text 'x'"),
            ("securityContext: {runAsGroup: 2147483648}", "must be between 0 and 2147483647, inclusive"),
        ])
    func pod(line: String, remark: String) {
        let reading = read(podText(spec: line))
        #expect(reading.errors.count == 1, "\(reading.remarks)")
        #expect(reading.remarks.contains { $0.contains(remark) }, "\(reading.remarks)")
    }

    @Test(
        "what every pod must have",
        arguments: [
            ("  name: one\n", "", "metadata: Required value"),
            ("  name: one\n", "  labels: {}\n", "metadata.name: Required value: name or generateName is required"),
            ("  name: one\n", "  generateName: a-\n", "cannot use generate name with apply"),
            ("  name: one\n", "  name: One\n", "a lowercase RFC 1123 subdomain must consist"),
            (
                "  name: one\n", "  name: one\n  labels: {version: 1}\n",
                "metadata.labels[version]: expected text, found the number 1"
            ),
            (
                "  name: one\n", "  name: one\n  labels: {app: -a}\n",
                #"metadata.labels: Invalid value: "-a": a valid label"#
            ),
            (
                "  name: one\n", "  name: one\n  annotations: {-a: b}\n",
                #"metadata.annotations: Invalid value: "-a": name part"#
            ),
            ("  name: one\n", "  name: one\n  namespace: A\n", "metadata.namespace: Invalid value"),
            ("      image: busybox\n", "", "7:7: spec.containers[0].image: Required value"),
            ("      image: busybox\n", "      image: ' busybox'\n", "must not have leading or trailing whitespace"),
            ("    - name: main\n  ", "    -", "spec.containers[0].name: Required value"),
            ("    - name: main\n      image: busybox\n", "    []\n", "spec.containers: Required value"),
            ("    - name: main\n      image: busybox\n", "", "spec.containers: Required value"),
            ("kind: Pod", "kind: 5", "kind: expected text, found the number 5"),
        ])
    func required(old: String, new: String, remark: String) {
        let reading = read(podText().replacing(old, with: new))
        #expect(reading.errors.count == 1, "\(reading.remarks)")
        #expect(reading.remarks.contains { $0.contains(remark) }, "\(reading.remarks)")
    }

    @Test("two pods or two ConfigMaps of one name in one namespace are too many")
    func duplicates() {
        #expect(read(podText() + "---\n" + podText()).remarks == [#"10:1: metadata.name: Duplicate value: "one""#])
        let other = podText().replacing("  name: one\n", with: "  name: one\n  namespace: other\n")
        #expect(read(podText() + "---\n" + other).pods.map(\.metadata.namespace) == ["default", "other"])
        let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n"
        #expect(read(podText() + map + map).faults == [#"metadata.name: Duplicate value: "m""#])
        #expect(
            read(podText() + map + "data: {a/b: x}\n").faults.first?.hasPrefix(
                #"data[a/b]: Invalid value: "a/b": a valid config key"#) == true)
        #expect(
            read(podText() + map + "binaryData: {a: '!'}\n").faults == [
                "binaryData[a]: Invalid value: this is not base64"
            ])
    }

    @Test("all that is wrong is said at once, in order")
    func all() {
        let reading = read(podText(container: "comand: [a]\nargs: 5", spec: "restartPolicy: no\nhostname: _"))
        #expect(reading.errors.map(\.line) == [9, 10, 11, 12])
    }

    // MARK: What is no YAML

    @Test("lines that are indented wrongly are explained")
    func indentation() {
        let deeper = read("metadata:\n  labels:\n    role: x\n      app: y\n")
        #expect(deeper.errors.first?.line == 4)
        #expect(
            deeper.faults.first?.hasSuffix(
                "this line is indented deeper than line 3, where 'role' has a value already: keys of one object begin in the "
                    + "same column, which is 5 there") == true, "\(deeper.faults)")
        let noColon = read("metadata\n  name: x\n")
        #expect(noColon.faults.first?.contains("line 1 has no ':'") == true, "\(noColon.faults)")
        let tab = read("metadata:\n\tname: x\n")
        #expect(tab.faults.first?.hasSuffix("YAML is indented with spaces, and here is a tab") == true, "\(tab.faults)")
        let quotes = read("a: b: c\n")
        #expect(quotes.faults.first?.hasSuffix("text with a colon and a space in it needs quotes") == true)
        let dash = read("a:\n  - b: 1\n  c: 2\n")
        #expect(dash.faults.first?.contains("two columns further right") == true, "\(dash.faults)")
        let command = read(podText(spec: "command: [sleep]"))
        #expect(
            command.faults == [
                #"unknown field "spec.command" of PodSpec (it is one of Container: is this line indented right?)"#
            ])
    }

    @Test(
        "what is no manifest at all is said to be none",
        arguments: [
            ("", "there is no object in this file"), ("# nothing\n---\n---\n", "there is no object in this file"),
            ("hello\n", "expected an object with apiVersion and kind, found the text 'hello'"),
            ("- a\n", "expected an object with apiVersion and kind, found a list"),
            ("a: 1\na: 2\n", "2:1: the key 'a' stands here a second time"), ("a: [", "not YAML"),
            ("a: *b\n", "not YAML"),
            ("%YAML 3.0\n---\na: b\n", "not YAML"), ("a: {{ .Values.x }}:y\n", "helm template"), ("\"", "not YAML"),
        ])
    func noManifest(text: String, remark: String) {
        let reading = read(text)
        #expect(reading.remarks.contains { $0.contains(remark) }, "\(reading.remarks)")
        #expect(reading.pods.isEmpty)
        #expect(!reading.errors.isEmpty)
    }

    @Test("files that cannot be read, are no text or are too large")
    func files() {
        #expect(
            Manifest.load(path: "/does/not/exist.yaml").errors.map(\.description) == [
                "/does/not/exist.yaml:1:1: cannot be read: No such file or directory"
            ])
        #expect(Manifest.load(path: "/proc/self/ns").faults.first?.hasPrefix("cannot be read: ") == true)
        #expect(Manifest.load(path: "/proc/self/exe").faults == ["a manifest has at most 1 MiB"])
        #expect(read(String(repeating: " ", count: (1 << 20) + 1)).faults == ["a manifest has at most 1 MiB"])
    }
}
