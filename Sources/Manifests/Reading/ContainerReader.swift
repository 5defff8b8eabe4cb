// v1/Container: from fields to a ContainerSpec.

import Pods
import StrictYAML
import Text

/// What a container refers to in its pod.
struct ContainerContext {
    var metadata: PodMetadata
    /// The names of the pod's volumes.
    var volumes: Set<String>
    var configMaps: ConfigMapSource
}

struct ContainerReader {
    private let context: ContainerContext

    init(_ context: ContainerContext) { self.context = context }

    /// Whatever is wrong is noted. `names`: of the containers before.
    func read(_ fields: ObjectFields, names: inout Set<String>) -> ContainerSpec {
        let name = fields.requiredText("name") ?? ""
        if !name.isEmpty, fields.check("name", name, .label), !names.insert(name).inserted {
            fields.duplicate("name", name)
        }
        var container = ContainerSpec(name: name, image: image(fields))
        container.imagePullPolicy =
            fields.word("imagePullPolicy", of: ["Always", "IfNotPresent", "Never"]) ?? container.defaultPullPolicy
        if let path = fields.text("terminationMessagePath"), !path.isEmpty { container.terminationMessagePath = path }
        // An empty list is none: the image's own is taken.
        container.command = fields.texts("command").flatMap { $0.isEmpty ? nil : $0 }
        container.arguments = fields.texts("args").flatMap { $0.isEmpty ? nil : $0 }
        container.workingDirectory = fields.text("workingDir").flatMap { $0.isEmpty ? nil : $0 }
        container.environment = EnvironmentReader(context).read(fields)
        container.ports = ports(fields)
        container.resources = ResourceReader.read(fields)
        container.volumeMounts = mounts(fields)
        if let security = fields.object("securityContext", .containerSecurityContext) {
            container.securityContext = securityContext(security)
        }
        return container
    }

    private func image(_ fields: ObjectFields) -> String {
        guard let image = fields.requiredText("image") else { return "" }
        if image.first?.isWhitespace == true || image.last?.isWhitespace == true {
            fields.invalid("image", text: image, "must not have leading or trailing whitespace")
        }
        return image
    }

    private func ports(_ fields: ObjectFields) -> [ContainerPort] {
        var names: Set<String> = []
        var taken: Set<String> = []
        return fields.objects("ports", .port).compactMap { port in
            let transport = port.word("protocol", of: ["TCP", "UDP", "SCTP"]) ?? "TCP"
            let name = port.text("name").flatMap { $0.isEmpty ? nil : $0 }
            if let name, port.check("name", name, .portName), !names.insert(name).inserted {
                port.duplicate("name", name)
            }
            guard port.has("containerPort") else {
                port.required("containerPort")
                return nil
            }
            guard let number = port.integer("containerPort", in: 1...65535, as: UInt16.self) else {
                return nil
            }
            var result = ContainerPort(containerPort: number)
            result.name = name
            result.transport = transport
            if !taken.insert("\(number)/\(transport)").inserted {
                port.reader.warning(
                    "\(port.path): duplicate port definition of \(number)/\(transport)", at: port.position)
            }
            return result
        }
    }

    private func mounts(_ fields: ObjectFields) -> [VolumeMount] {
        var paths: Set<String> = []
        return fields.objects("volumeMounts", .volumeMount).compactMap { mount in
            let name = mount.requiredText("name")
            let path = mount.requiredText("mountPath")
            if let name, !context.volumes.contains(name) {
                let near = Spelling.nearest(to: name, in: context.volumes.sorted()).map {
                    "did you mean '\($0)'?"
                }
                mount.notFound("name", name, near ?? "spec.volumes has no volume of this name")
            }
            guard let name, let path else { return nil }
            if path.contains(":") {
                mount.invalid("mountPath", text: path, "must not contain ':'")
            } else if path.split(separator: "/").contains("..") {
                mount.invalid("mountPath", text: path, "must not contain '..'")
            } else if !paths.insert(path.split(separator: "/").joined(separator: "/")).inserted {
                mount.invalid("mountPath", text: path, "must be unique")
            }
            var result = VolumeMount(name: name, mountPath: path)
            result.readOnly = mount.flag("readOnly") ?? false
            result.subPath = subPath(mount)
            return result
        }
    }

    private func subPath(_ mount: ObjectFields) -> String? {
        guard let path = mount.text("subPath"), !path.isEmpty else { return nil }
        if path.hasPrefix("/") {
            mount.invalid("subPath", text: path, "must be a relative path")
        } else if path.split(separator: "/").contains("..") {
            mount.invalid("subPath", text: path, "must not contain '..'")
        }
        return path
    }

    private func securityContext(_ fields: ObjectFields) -> ContainerSecurityContext {
        var security = ContainerSecurityContext()
        security.runAsUser = fields.integer("runAsUser", in: PodReader.ids)
        security.runAsGroup = fields.integer("runAsGroup", in: PodReader.ids)
        security.readOnlyRootFilesystem = fields.flag("readOnlyRootFilesystem") ?? false
        security.allowPrivilegeEscalation = fields.flag("allowPrivilegeEscalation")
        if let capabilities = fields.object("capabilities", .capabilities) {
            security.addedCapabilities = names(capabilities, "add")
            security.droppedCapabilities = names(capabilities, "drop")
        }
        return security
    }

    /// Kubernetes takes any word here and leaves it to the container runtime to refuse one.
    private func names(_ fields: ObjectFields, _ key: String) -> [String] {
        (fields.list(key) ?? []).compactMap { entry in
            guard let name = entry.node.manifestText else {
                fields.wrongType(entry.node, at: entry.path, expected: "the name of a capability")
                return nil
            }
            let isName =
                !name.isEmpty && name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || 65...90 ~= $0 & 0xdf }
            if !isName || name.uppercased().hasPrefix("CAP_") {
                fields.reader.error(
                    "\(entry.path): Invalid value: \"\(shown(name))\": a capability is written without CAP_, such as NET_ADMIN",
                    at: SourcePosition(entry.node))
            }
            return name
        }
    }
}
