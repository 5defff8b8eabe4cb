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
        spec.volumes = VolumeReader(configMaps: maps).read(fields)
        let context = ContainerContext(
            metadata: found, volumes: Set(spec.volumes.map(\.name)), configMaps: maps)
        readContainers(fields, context, into: &spec)
        AppArmorAnnotations.note(object, spec)
        spec.restartPolicy = fields.word("restartPolicy") ?? .always
        spec.shareProcessNamespace = fields.flag("shareProcessNamespace") ?? false
        let grace = fields.integer("terminationGracePeriodSeconds", in: 0...Int64.max, as: Int64.self)
        spec.terminationGracePeriodSeconds = UInt32(clamping: grace ?? 30)
        if let hostname = fields.text("hostname"), !hostname.isEmpty {
            fields.check("hostname", hostname, .label)
            spec.hostname = hostname
        }
        if let security = fields.object("securityContext", .podSecurityContext) {
            spec.securityContext.runAsUser = security.integer("runAsUser", in: Self.ids)
            spec.securityContext.runAsGroup = security.integer("runAsGroup", in: Self.ids)
        }
        return metadata == nil ? nil : spec
    }

    /// Users and groups that Kubernetes takes.
    static let ids: ClosedRange<Int64> = 0...Int64(Int32.max)

    private func readContainers(
        _ fields: ObjectFields, _ context: ContainerContext, into spec: inout PodSpec
    ) {
        var names: Set<String> = []
        var sidecars: [ContainerSpec] = []
        for container in fields.objects("initContainers", .container) {
            let result = ContainerReader(context).read(container, names: &names)
            // An init container that does not end would hold up the pod for ever.
            if isSidecar(container) {
                var sidecar = result
                sidecar.isSidecar = true
                sidecars.append(sidecar)
            } else {
                spec.initContainers.append(result)
            }
        }
        for container in fields.objects("containers", .container) {
            spec.containers.append(ContainerReader(context).read(container, names: &names))
            leaveOutPolicy(of: container, "this would be the container's own restart policy")
        }
        if spec.containers.isEmpty { fields.required("containers") }
        if case .sequence(let entries)? = fields.node("ephemeralContainers"), !entries.isEmpty {
            fields.reader.error(
                "\(fields.child("ephemeralContainers")): Forbidden: cannot be set on create",
                at: fields.place("ephemeralContainers"))
        }
        spec.containers = sidecars + spec.containers
    }

    private func isSidecar(_ container: ObjectFields) -> Bool {
        guard container.word("restartPolicy", of: Self.containerPolicies) == "Always" else {
            leaveOutPolicy(of: container, "this would be the init container's own restart policy")
            return false
        }
        container.reader.warning(
            "\(container.child("restartPolicy")): podlab has no sidecars: this one starts with the other containers; in "
                + "Kubernetes, it would start before them and end after them",
            at: container.place("restartPolicy"))
        return true
    }

    private func leaveOutPolicy(of container: ObjectFields, _ effect: String) {
        guard container.word("restartPolicy", of: Self.containerPolicies) != nil else { return }
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
