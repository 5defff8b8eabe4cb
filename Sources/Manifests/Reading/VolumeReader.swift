// spec.volumes.

import Pods
import StrictYAML

struct VolumeReader {
    let configMaps: ConfigMapSource

    func read(_ pod: ObjectFields) -> [Volume] {
        var names: Set<String> = []
        return pod.objects("volumes", .volume).map { fields in
            let name = fields.requiredText("name") ?? ""
            if fields.has("name"), !name.isEmpty {
                if fields.check("name", name, .label), !names.insert(name).inserted {
                    fields.duplicate("name", name)
                }
            }
            return Volume(name: name, source: source(fields))
        }
    }

    private func source(_ fields: ObjectFields) -> VolumeSource {
        let kinds = ["emptyDir", "hostPath", "configMap"].filter(fields.has)
        for second in kinds.dropFirst() {
            fields.reader.error(
                "\(fields.child(second)): Forbidden: may not specify more than 1 volume type",
                at: fields.place(second))
        }
        if let host = fields.object("hostPath", .hostPath) { return hostPath(host) }
        if let map = fields.object("configMap", .configMapVolume) { return configMap(map) }
        // A volume without a kind that podlab has is an empty directory, as one without a kind is in Kubernetes.
        guard let empty = fields.object("emptyDir", .emptyDir) else {
            return .emptyDirectory(inMemory: false, sizeLimit: nil)
        }
        let medium = empty.text("medium") ?? ""
        if !["", "Memory"].contains(medium) {
            if medium.hasPrefix("HugePages") {
                empty.reader.warning(
                    "\(empty.child("medium")): podlab leaves this out; in Kubernetes, the files would be in huge pages",
                    at: empty.place("medium"))
            } else {
                empty.invalid("medium", text: medium, "must be \"\" or \"Memory\"")
            }
        }
        return .emptyDirectory(
            inMemory: medium == "Memory",
            sizeLimit: empty.quantity("sizeLimit").flatMap { $0.isZero ? nil : $0.roundedUp() })
    }

    private func hostPath(_ fields: ObjectFields) -> VolumeSource {
        let path = fields.requiredText("path") ?? "/"
        if path.split(separator: "/").contains("..") {
            fields.invalid("path", text: path, "must not contain '..'")
        } else if !path.hasPrefix("/") {
            fields.invalid(
                "path", text: path,
                "must be an absolute path of the node, which in podlab is the playground")
        }
        let words = HostPathType.allCases.map(\.rawValue) + Self.specialFiles
        let type = fields.word("type", of: words) ?? ""
        if Self.specialFiles.contains(type) {
            fields.reader.warning(
                "\(fields.child("type")): podlab leaves this out; in Kubernetes, the pod would start only if the path is a \(type)",
                at: fields.place("type"))
        }
        return .hostPath(path, HostPathType(rawValue: type) ?? .any)
    }

    private static let specialFiles = ["Socket", "CharDevice", "BlockDevice"]

    private func configMap(_ fields: ObjectFields) -> VolumeSource {
        let name = fields.text("name") ?? ""
        let isOptional = fields.flag("optional") ?? false
        let data = configMaps.find(fields)
        // As in Go, an empty list is none: all keys are taken.
        let items = fields.objects("items", .keyToPath).compactMap { item(of: $0) }
        var files: [String: String] = [:]
        for (item, fields) in items {
            guard let data else { break }
            if let text = data[item.key] {
                files[item.file] = text
            } else if !isOptional {
                fields.notFound("key", item.key, "ConfigMap \(name) has no such key")
            }
        }
        return .configMap(
            name: name, files: items.isEmpty ? data ?? [:] : files, items: items.isEmpty ? nil : items.map(\.0),
            isOptional: isOptional)
    }

    /// Nil: it is wrong, which is noted.
    private func item(of fields: ObjectFields) -> (ConfigMapItem, ObjectFields)? {
        guard let key = fields.requiredText("key"), let path = fields.requiredText("path") else { return nil }
        if path.hasPrefix("/") {
            fields.invalid("path", text: path, "must be a relative path")
        } else if path.split(separator: "/").contains("..") {
            fields.invalid("path", text: path, "must not contain '..'")
        } else {
            return (ConfigMapItem(key: key, path: path), fields)
        }
        return nil
    }
}
