// What Kubernetes has and podlab has not is told of and left out; what neither has is an error.

import Testing

@testable import Manifests

@Suite("Fields that podlab has not")
struct AbsentFieldTests {
    @Test("every field of v1 that podlab leaves out is a warning with its place and what it would do")
    func containerFields() {
        for name in FieldTable.container.absent.keys {
            let reading = read(podText(container: "\(name): {}"))
            #expect(reading.faults == [])
            #expect(reading.pods.count == 1)
            let remark = reading.remarks.first ?? ""
            #expect(
                remark.hasPrefix("9:7: warning: spec.containers[0].\(name): podlab leaves this out; in Kubernetes, "),
                "\(name): \(remark)")
        }
        for name in FieldTable.podSpec.absent.keys {
            let reading = read(podText(spec: "\(name): {}"))
            #expect(reading.faults == [])
            #expect(reading.remarks.first?.hasPrefix("9:3: warning: spec.\(name): podlab leaves this out; ") == true)
        }
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
            ("qwertz: 1", #"9:7: unknown field "spec.containers[0].qwertz" of Container"#),
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

    @Test("kinds: those of Kubernetes are left out, others and wrong versions are no match")
    func kinds() {
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
