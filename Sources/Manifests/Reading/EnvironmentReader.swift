// env and envFrom.

import Pods
import StrictYAML
import Text

struct EnvironmentReader {
    private let context: PodContext

    init(_ context: PodContext) { self.context = context }

    /// Those of envFrom first: env wins over them.
    func read(_ container: ObjectFields) -> [EnvironmentVariable] {
        let sets = container.objects("envFrom", .variablesSource).flatMap(variables)
        return sets + container.objects("env", .variable).compactMap(variable)
    }

    private func variables(_ fields: ObjectFields) -> [EnvironmentVariable] {
        let prefix = fields.text("prefix") ?? ""
        guard let reference = fields.object("configMapRef", .configMapReference) else { return [] }
        let data = context.configMaps.find(reference) ?? [:]
        return data.sorted { $0.key < $1.key }.map {
            EnvironmentVariable(name: prefix + $0.key, value: Self.literal($0.value))
        }
    }

    private func variable(_ fields: ObjectFields) -> EnvironmentVariable? {
        guard let name = fields.requiredText("name") else { return nil }
        fields.check("name", name, .environment)
        let value = fields.text("value")
        guard fields.has("valueFrom") else {
            return EnvironmentVariable(name: name, value: value ?? "")
        }
        if value?.isEmpty == false {
            fields.invalid("valueFrom", value: "\"\"", "may not be specified when `value` is not empty")
        }
        return fields.object("valueFrom", .variableSource).flatMap(self.value).map {
            EnvironmentVariable(name: name, value: Self.literal($0))
        }
    }

    /// References to variables are replaced in what a manifest says itself, not in what it takes from elsewhere.
    private static func literal(_ text: String) -> String {
        text.contains("$(") || text.contains("$$") ? text.replacing("$", with: "$$") : text
    }

    /// Nil: the variable stays unset, which has been said.
    private func value(_ source: ObjectFields) -> String? {
        if let reference = source.object("fieldRef", .objectField) { return self.field(reference) }
        guard let reference = source.object("configMapKeyRef", .configMapKey) else { return nil }
        guard let key = reference.requiredText("key"), let data = context.configMaps.find(reference)
        else { return nil }
        if data[key] == nil, reference.flag("optional") != true {
            reference.notFound("key", key, "the ConfigMap has no such key")
        }
        return data[key]
    }

    /// What is known of a pod before it runs.
    private func field(_ reference: ObjectFields) -> String? {
        guard let path = reference.requiredText("fieldPath") else { return nil }
        switch path {
        case "metadata.name": return context.metadata.name
        case "metadata.namespace": return context.metadata.namespace
        case let path where Self.later.contains(path):
            reference.reader.warning(
                "\(reference.child("fieldPath")): podlab leaves this out; in Kubernetes, the value would be the pod's \(path)",
                at: reference.place("fieldPath"))
        default:
            if let key = Self.subscripted(path, "metadata.labels") {
                return context.metadata.labels[key] ?? ""
            }
            if let key = Self.subscripted(path, "metadata.annotations") {
                return context.metadata.annotations[key] ?? ""
            }
            let known = (["metadata.name", "metadata.namespace"] + Self.later).sorted()
            let near = Spelling.nearest(to: path, in: known).map { " (did you mean '\($0)'?)" } ?? ""
            reference.invalid(
                "fieldPath", text: path, "error converting fieldPath: field label not supported\(near)")
        }
        return nil
    }

    private static let later = [
        "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ]

    /// The key in `PREFIX['KEY']`.
    private static func subscripted(_ path: String, _ prefix: String) -> String? {
        guard path.hasPrefix(prefix + "['"), path.hasSuffix("']") else { return nil }
        return String(path.dropFirst(prefix.count + 2).dropLast(2))
    }
}
