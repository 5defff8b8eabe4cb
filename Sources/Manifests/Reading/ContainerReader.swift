// What a container's fields are read with: names, images, ports, mounts, capabilities.

import Pods
import StrictYAML
import Text

enum ContainerReader {
    /// Unique among the containers so far.
    static func readName(_ object: ObjectFields, _ context: PodContext, _ container: inout ContainerSpec) {
        container.name = object.requiredText("name") ?? ""
        if !container.name.isEmpty, object.check("name", container.name, .label),
            !context.containers.insert(container.name).inserted
        {
            object.duplicate("name", container.name)
        }
    }

    static func readImage(_ object: ObjectFields, _ context: PodContext, _ container: inout ContainerSpec) {
        guard let image = object.requiredText("image") else { return }
        if image.first?.isWhitespace == true || image.last?.isWhitespace == true {
            object.invalid("image", text: image, "must not have leading or trailing whitespace")
        }
        container.image = image
    }

    // MARK: Ports

    static func ports(_ container: ObjectFields, _ context: PodContext) -> [ContainerPort] {
        var names: Set<String> = []
        var taken: Set<String> = []
        return container.objects("ports", .port).compactMap { object in
            var port = ContainerPort(containerPort: 0)
            port.read(object, context)
            if let name = port.name, NameRule.portName.problem(with: name) == nil, !names.insert(name).inserted {
                object.duplicate("name", name)
            }
            // There was none that is right.
            guard port.containerPort > 0 else { return nil }
            if !taken.insert("\(port.containerPort)/\(port.transport)").inserted {
                object.reader.warning(
                    "\(object.path): duplicate port definition of \(port.containerPort)/\(port.transport)",
                    at: object.position)
            }
            return port
        }
    }

    // MARK: Mounts

    static func mounts(_ container: ObjectFields, _ context: PodContext) -> [VolumeMount] {
        var paths: Set<String> = []
        return container.objects("volumeMounts", .volumeMount).compactMap { object in
            var mount = VolumeMount(name: "", mountPath: "")
            mount.read(object, context)
            guard !mount.name.isEmpty, !mount.mountPath.isEmpty else { return nil }
            if problem(withMountPath: mount.mountPath) == nil,
                !paths.insert(mount.mountPath.split(separator: "/").joined(separator: "/")).inserted
            {
                object.invalid("mountPath", text: mount.mountPath, "must be unique")
            }
            return mount
        }
    }

    static func readVolume(_ object: ObjectFields, _ context: PodContext, _ mount: inout VolumeMount) {
        guard let name = object.requiredText("name") else { return }
        if !context.volumes.contains(name) {
            let near = Spelling.nearest(to: name, in: context.volumes.sorted()).map { "did you mean '\($0)'?" }
            object.notFound("name", name, near ?? "spec.volumes has no volume of this name")
        }
        mount.name = name
    }

    static func readMountPath(_ object: ObjectFields, _ context: PodContext, _ mount: inout VolumeMount) {
        guard let path = object.requiredText("mountPath") else { return }
        if let problem = problem(withMountPath: path) { object.invalid("mountPath", text: path, problem) }
        mount.mountPath = path
    }

    private static func problem(withMountPath path: String) -> String? {
        if path.contains(":") { return "must not contain ':'" }
        return path.split(separator: "/").contains("..") ? "must not contain '..'" : nil
    }

    static func readSubPath(_ object: ObjectFields, _ context: PodContext, _ mount: inout VolumeMount) {
        guard let path = object.text("subPath"), !path.isEmpty else { return }
        if path.hasPrefix("/") {
            object.invalid("subPath", text: path, "must be a relative path")
        } else if path.split(separator: "/").contains("..") {
            object.invalid("subPath", text: path, "must not contain '..'")
        }
        mount.subPath = path
    }

    // MARK: Capabilities

    /// Kubernetes takes any word here and leaves it to the container runtime to refuse one.
    static func capabilities(_ object: ObjectFields, _ key: String) -> [String] {
        (object.list(key) ?? []).compactMap { entry in
            guard let name = entry.node.manifestText else {
                object.wrongType(entry.node, at: entry.path, expected: "the name of a capability")
                return nil
            }
            let isName =
                !name.isEmpty && name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || 65...90 ~= $0 & 0xdf }
            if !isName || name.uppercased().hasPrefix("CAP_") {
                object.reader.error(
                    "\(entry.path): Invalid value: \"\(shown(name))\": a capability is written without CAP_, such as NET_ADMIN",
                    at: SourcePosition(entry.node))
            }
            return name
        }
    }
}
