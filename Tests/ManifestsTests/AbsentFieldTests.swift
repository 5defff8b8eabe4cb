// What Kubernetes has and podlab has not is told of and left out; what neither has is an error.

import Pods
import StrictYAML
import Testing

@testable import Manifests

@Suite("Fields that podlab has not")
struct AbsentFieldTests {
    /// A value that asks for something.
    private func value(of name: String) throws -> String {
        switch try #require(FieldKind.all[name], "\(name) has no kind") {
        case .flag: FieldKind.defaults[name] == .flag(true) ? "false" : "true"
        case .text: "x"
        case .word(let words): try #require(words.first { FieldKind.defaults[name] != .text($0) })
        case .number(let range): "\(max(range.lowerBound, 5))"
        case .mode: "0600"
        case .port: "80"
        case .list: "[{}]"
        case .texts: "[a]"
        case .object: "{}"
        }
    }

    @Test("every field of v1 that podlab leaves out is a warning with its place and what it would do")
    func containerFields() throws {
        for name in FieldTable.container.absent.keys {
            let value = name == "lifecycle" ? "{preStop: {}}" : try value(of: name)
            let reading = read(podText(container: "\(name): \(value)"))
            #expect(reading.faults == [])
            #expect(reading.pods.count == 1)
            let remark = reading.remarks.first ?? ""
            #expect(
                remark.hasPrefix("9:7: warning: spec.containers[0].\(name): podlab leaves this out; in Kubernetes, "),
                "\(name): \(remark)")
        }
        let full = ["nodeSelector": "{a: b}", "affinity": "{nodeAffinity: {}}", "dnsConfig": "{searches: [a]}"]
        for name in FieldTable.podSpec.absent.keys where name != "ephemeralContainers" {
            let more = ["overhead": "{cpu: 1}", "resources": "{limits: {}}"].merging(full) { $1 }
            let reading = read(podText(spec: "\(name): \(try more[name] ?? value(of: name))"))
            #expect(reading.faults == [], "\(name)")
            #expect(
                reading.remarks.first?.hasPrefix("9:3: warning: spec.\(name): podlab leaves this out; ") == true,
                "\(name)")
        }
    }

    @Test("every field that is left out has a kind of value, and each kind refuses another")
    func kinds() {
        let tables: [FieldTable] = [
            .metadata, .podSpec, .podSecurityContext, .volume, .configMapVolume, .keyToPath, .container,
            .containerSecurityContext, .port, .variableSource, .variablesSource, .resources, .volumeMount, .configMap,
        ]
        for table in tables {
            for name in table.absent.keys { #expect(FieldKind.all[name] != nil, "\(table.name).\(name)") }
        }
    }

    @Test(
        "what asks for nothing is not told of",
        arguments: [
            "hostNetwork: false", "hostPID: no", "hostUsers: true", "dnsPolicy: ClusterFirst",
            "schedulerName: default-scheduler",
            "serviceAccountName: default", "enableServiceLinks: true", "preemptionPolicy: PreemptLowerPriority",
            "priority: 0",
            "tolerations: []", "nodeSelector: {}", "affinity: {}", "imagePullSecrets: []", "nodeName: ''",
            "hostAliases:",
            "tolerations: [{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 300}]",
        ])
    func harmless(line: String) { #expect(read(podText(spec: line)).remarks == []) }

    @Test(
        "what asks for nothing is not told of in a container",
        arguments: [
            "tty: false", "stdin: false",
            "securityContext: {privileged: false, procMount: Default, runAsNonRoot: false}",
            "terminationMessagePath: /dev/termination-log", "terminationMessagePolicy: File", "lifecycle: {}",
            "ports: [{containerPort: 80, hostPort: 0}]",
        ])
    func harmlessContainer(line: String) { #expect(read(podText(container: line)).remarks == []) }

    @Test(
        "what Kubernetes would refuse is refused, though podlab would leave it out",
        arguments: [
            ("hostNetwork: 'yes'", "spec.hostNetwork: expected true or false, found the text 'yes'"),
            ("dnsPolicy: clusterfirst", "(did you mean 'ClusterFirst'?)"),
            ("activeDeadlineSeconds: 0", "Invalid value: 0: must be greater than or equal to 1"),
            ("tolerations: {}", "spec.tolerations: expected a list, found a mapping"),
            ("nodeSelector: [a]", "spec.nodeSelector: expected an object, found a list"),
            ("priority: high", "spec.priority: expected a whole number, found the text 'high'"),
            (
                "ephemeralContainers: [{name: d, image: busybox}]",
                "spec.ephemeralContainers: Forbidden: cannot be set on create"
            ),
            (
                "volumes: [{name: v, secret: {secretName: s, defaultMode: 644}}]",
                "Invalid value: 644: must be a number between 0"
            ),
            (
                "volumes: [{name: v, secret: {secretName: s, items: [{key: a, path: b, mode: 512}]}}]",
                "Invalid value: 512"
            ),
            ("volumes: [{name: v, emptyDir: {mode: 01777}}]", "(podlab knows the fields of Kubernetes up to 1.34)"),
        ])
    func refused(line: String, remark: String) {
        let reading = read(podText(spec: line))
        #expect(reading.faults.count == 1 && reading.faults.first?.contains(remark) == true, "\(reading.remarks)")
        let probe = read(podText(container: "livenessProbe: {periodSeconds: '5', httpGet: {port: 0}}"))
        #expect(probe.faults.count == 2, "\(probe.remarks)")
    }

    @Test("what the API server writes itself is no matter, and what a cluster adds hardly one")
    func fromACluster() {
        let text =
            podText(
                spec: """
                    dnsPolicy: ClusterFirst
                    enableServiceLinks: true
                    preemptionPolicy: PreemptLowerPriority
                    priority: 0
                    schedulerName: default-scheduler
                    securityContext: {}
                    serviceAccount: default
                    serviceAccountName: default
                    """
            )
            .replacing(
                "  name: one\n",
                with:
                    "  name: one\n  uid: x\n  creationTimestamp: '2024'\n  resourceVersion: '1'\n  generation: 1\n  managedFields: []\n"
            )
            + "status: {phase: Running}\n"
        #expect(read(text).remarks == [])
    }

    @Test("annotations of AppArmor are told of, and held against the containers")
    func appArmor() {
        func remarks(_ annotation: String) -> [String] {
            let key = "container.apparmor.security.beta.kubernetes.io/"
            return read(
                podText().replacing("  name: one\n", with: "  name: one\n  annotations: {\(key)\(annotation)}\n")
            ).remarks
        }
        #expect(
            remarks("main: localhost/deny").first?.contains("would be confined by the AppArmor profile localhost/deny")
                == true)
        #expect(remarks("main: unconfined") == [])
        #expect(remarks("other: unconfined").first?.contains("container not found") == true)
        #expect(remarks("main: strict").first?.contains("invalid AppArmor profile name") == true)
    }

    @Test("no field is in two tables of one object, and each effect is a sentence's end")
    func tables() {
        let tables: [FieldTable] = [
            .pod, .list, .configMap, .metadata, .podSpec, .podSecurityContext, .volume, .emptyDir, .hostPath,
            .configMapVolume, .keyToPath, .container, .containerSecurityContext, .capabilities, .port, .variable,
            .variableSource, .configMapKey, .objectField, .variablesSource, .configMapReference, .resources,
            .volumeMount,
        ]
        for table in tables {
            #expect(Set(table.all).count == table.all.count, "\(table.name)")
            for (name, effect) in table.absent {
                #expect(!effect.isEmpty && !effect.hasSuffix("."), "\(table.name).\(name)")
            }
        }
    }

    @Test(
        "a field that nobody has is an error with its place and the field that was meant",
        arguments: [
            (
                "comand: [sleep]",
                #"9:7: unknown field "spec.containers[0].comand" of Container (did you mean 'command'?)"#
            ),
            ("Env: []", #"9:7: unknown field "spec.containers[0].Env" of Container (did you mean 'env'?)"#),
            (
                "qwertz: 1",
                #"9:7: unknown field "spec.containers[0].qwertz" of Container (podlab knows the fields of Kubernetes up to 1.34)"#
            ),
            (
                "hostNetwork: true",
                #"9:7: unknown field "spec.containers[0].hostNetwork" of Container (it is one of PodSpec: is this line indented right?)"#
            ),
            (
                "resources: {limit: {memory: 1Mi}}",
                #"9:19: unknown field "spec.containers[0].resources.limit" of ResourceRequirements (did you mean 'limits'?)"#
            ),
        ])
    func unknown(line: String, remark: String) {
        let reading = read(podText(container: line))
        #expect(reading.remarks == [remark])
        #expect(reading.pods.isEmpty)
    }

    @Test(
        "a slip inside of what is left out is found all the same",
        arguments: [
            ("livenessProbe: {httpget: {path: /}}", "(did you mean 'httpGet'?)"),
            ("readinessProbe: {httpGet: {paht: /}}", "(did you mean 'path'?)"),
            ("lifecycle: {preStop: {exec: {comand: [a]}}}", "(did you mean 'command'?)"),
            ("securityContext: {seccompProfile: {typ: RuntimeDefault}}", "(did you mean 'type'?)"),
        ])
    func inside(line: String, remark: String) {
        let reading = read(podText(container: line))
        #expect(reading.errors.count == 1)
        #expect(reading.warnings.count == 1)
        #expect(reading.faults.first?.hasSuffix(remark) == true, "\(reading.remarks)")
        let toleration = read(podText(spec: "tolerations: [{key: a}, {kye: b}]"))
        #expect(toleration.faults == [#"unknown field "spec.tolerations[1].kye" of Toleration (did you mean 'key'?)"#])
    }

    @Test("volumes of other kinds are empty directories, and said to be left out")
    func volumes() throws {
        let reading = read(podText(spec: "volumes: [{name: data, persistentVolumeClaim: {claimName: x}}]"))
        #expect(reading.pods.first?.volumes.first?.source == .emptyDirectory(inMemory: false, sizeLimit: nil))
        #expect(reading.advice.first?.contains("spec.volumes[0].persistentVolumeClaim: podlab leaves this out") == true)
    }

    @Test("objects: those of Kubernetes are left out, others and wrong versions are no match")
    func objects() {
        let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\n"
        #expect(
            read(service + podText()).remarks == [
                "2:7: warning: podlab leaves out Service \"web\": it has pods and ConfigMaps only"
            ])
        #expect(read(service).faults == ["there is no Pod in this file: nothing would run"])
        #expect(
            read("apiVersion: v1\nkind: Pdo\n").remarks == [
                #"2:7: no matches for kind "Pdo" in version "v1" (did you mean 'Pod'?)"#
            ])
        #expect(
            read("apiVersion: v1\nkind: Deployment\n").remarks
                == [#"2:7: no matches for kind "Deployment" in version "v1": Deployment is in apps/v1"#])
        #expect(
            read("apiVersion: apps/v1\nkind: Pod\n").remarks
                == [#"2:7: no matches for kind "Pod" in version "apps/v1": Pod is in v1"#])
        #expect(read("kind: Pod\n").remarks == ["1:1: apiVersion: Required value"])
        #expect(
            read("apiversion: v1\nkind: Pod\n").remarks == ["1:1: apiVersion: Required value (is 'apiversion' a slip?)"]
        )
    }
}
