// v1/Pod: from fields to a PodSpec.

import Pods
import StrictYAML

struct PodReader {
    /// By NAMESPACE/NAME.
    let configMaps: [String: ConfigMap]

    /// Nil when there is too little to make a pod of; whatever is wrong is noted.
    func read(_ object: ObjectFields) -> PodSpec? {
        let metadata = MetadataReader.read(object)
        guard let fields = object.object("spec", .podSpec) else {
            object.required("spec")
            return nil
        }
        var found = metadata ?? PodMetadata(name: "")
        let printed = ConfigMapAnnotation.take(from: &found)
        let maps = ConfigMapSource(namespace: found.namespace, maps: configMaps, printed: printed)
        var spec = PodSpec(metadata: found, containers: [])
        spec.read(fields, PodContext(metadata: found, configMaps: maps))
        AppArmorAnnotations.note(object, spec)
        return metadata == nil ? nil : spec
    }

    static func readInitContainers(_ object: ObjectFields, _ context: PodContext, _ pod: inout PodSpec) {
        for fields in object.objects("initContainers", .container) {
            var container = container(fields, context)
            // An init container that does not end would hold up the pod for ever.
            if isSidecar(fields) {
                container.isSidecar = true
                pod.containers.append(container)
            } else {
                pod.initContainers.append(container)
            }
        }
    }

    /// After the sidecars, which are among them already.
    static func readContainers(_ object: ObjectFields, _ context: PodContext, _ pod: inout PodSpec) {
        let all = object.objects("containers", .container)
        for fields in all {
            pod.containers.append(container(fields, context))
            leaveOutPolicy(of: fields, "this would be the container's own restart policy")
        }
        if all.isEmpty { object.required("containers") }
        if case .sequence(let entries)? = object.node("ephemeralContainers"), !entries.isEmpty {
            object.reader.error(
                "\(object.child("ephemeralContainers")): Forbidden: cannot be set on create",
                at: object.place("ephemeralContainers"))
        }
    }

    private static func container(_ fields: ObjectFields, _ context: PodContext) -> ContainerSpec {
        var container = ContainerSpec(name: "", image: "")
        container.read(fields, context)
        return container
    }

    private static func isSidecar(_ container: ObjectFields) -> Bool {
        guard container.word("restartPolicy", of: containerPolicies) == "Always" else {
            leaveOutPolicy(of: container, "this would be the init container's own restart policy")
            return false
        }
        container.reader.warning(
            "\(container.child("restartPolicy")): podlab has no sidecars: this one starts with the other containers; in "
                + "Kubernetes, it would start before them and end after them",
            at: container.place("restartPolicy"))
        return true
    }

    private static func leaveOutPolicy(of container: ObjectFields, _ effect: String) {
        guard container.word("restartPolicy", of: containerPolicies) != nil else { return }
        container.reader.warning(
            "\(container.child("restartPolicy")): podlab leaves this out; in Kubernetes, \(effect)",
            at: container.place("restartPolicy"))
    }

    private static let containerPolicies = RestartPolicy.allCases.map(\.rawValue)
}

/// The ConfigMaps that one pod can use: those of its namespace.
struct ConfigMapSource {
    let namespace: String
    let maps: [String: ConfigMap]
    /// What podlab has printed with the pod.
    let printed: ConfigMapAnnotation?

    /// The texts of a reference's ConfigMap; nil, noted unless the reference is optional, when the file has none of that name.
    func find(_ reference: ObjectFields) -> [String: String]? {
        let isOptional = reference.flag("optional") ?? false
        guard let name = reference.requiredText("name") else { return nil }
        if let data = maps["\(namespace)/\(name)"]?.data ?? printed?.maps[name] { return data }
        if !isOptional {
            reference.notFound(
                "name", name,
                "podlab takes ConfigMaps of the pod's namespace from the same file: add it after a line ---"
            )
        }
        return nil
    }
}
