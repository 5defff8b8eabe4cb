// The objects of a manifest by kind: pods and ConfigMaps are read, others are told of.

import Pods
import StrictYAML
import Text

struct ManifestObjects {
    /// Of the file that is being sorted in.
    private var reader: YAMLReader
    private var pods: [(node: Node, reader: YAMLReader)] = []
    private var configMaps: [String: ConfigMap] = [:]
    private var others = 0

    init(reader: YAMLReader) { self.reader = reader }

    /// Sorts in the documents of a file.
    mutating func add(_ roots: [Node], of reader: YAMLReader) {
        self.reader = reader
        for root in roots { add(root) }
    }

    /// Sorts in one document, or one item of a list.
    private mutating func add(_ node: Node, path: String = "") {
        guard case .mapping(let mapping) = node else {
            reader.error(
                "expected an object with apiVersion and kind, found \(node.manifestWords(quotable: false))",
                at: SourcePosition(node))
            return
        }
        let (version, kind) = (head("apiVersion", of: mapping, node), head("kind", of: mapping, node))
        guard let version, let kind else { return }
        guard KnownKinds.read[kind] == version else {
            addOther(kind, version: version, of: mapping, node)
            return
        }
        switch kind {
        case "Pod": pods.append((node, reader))
        case "ConfigMap": add(ConfigMap(node, path: path, reader: reader))
        default: addItems(of: node, path: path)
        }
    }

    /// What every object begins with; missing ones are noted.
    private func head(_ key: String, of mapping: Node.Mapping, _ node: Node) -> String? {
        guard let value = mapping[key] else {
            let keys = mapping.prefix(20).compactMap { $0.key.scalar?.string }
            let near = Spelling.nearest(to: key, in: keys).map { " (is '\($0)' a slip?)" } ?? ""
            reader.error("\(key): Required value\(near)", at: SourcePosition(node))
            return nil
        }
        guard let text = value.manifestText else {
            reader.error("\(key): expected text, found \(value.manifestWords())", at: SourcePosition(value))
            return nil
        }
        return text
    }

    private mutating func add(_ map: ConfigMap) {
        guard let name = map.name else { return }
        let key = "\(map.namespace)/\(name)"
        if configMaps.updateValue(map, forKey: key) != nil {
            reader.error("metadata.name: Duplicate value: \"\(shown(name))\"", at: map.position)
        }
    }

    private mutating func addItems(of node: Node, path: String) {
        let fields = ObjectFields(node, .list, path: path, reader: reader)
        _ = fields.object("metadata", .listMetadata)
        guard path.isEmpty else {
            reader.error("\(path): a list holds no lists", at: fields.position)
            return
        }
        for item in fields.list("items") ?? [] { add(item.node, path: item.path) }
    }

    private mutating func addOther(
        _ kind: String, version: String, of mapping: Node.Mapping, _ node: Node
    ) {
        let metadata = mapping["metadata"]
        let name =
            metadata?.mapping?["name"]?.manifestText ?? ""
        let place = mapping["kind"].map { SourcePosition($0) }
        if KnownKinds.isElsewhere(kind: kind, version: version) {
            others += 1
            let title = name.isEmpty ? kind : "\(kind) \"\(shown(name))\""
            reader.warning(
                "podlab leaves out \(title): it has pods and ConfigMaps only",
                at: place ?? SourcePosition(node))
            return
        }
        var message = "no matches for kind \"\(shown(kind))\" in version \"\(shown(version))\""
        let versions = KnownKinds.versions(of: kind)
        if let right = versions.first {
            message += ": \(kind) is in \(right)"
        } else if let near = Spelling.nearest(to: kind, in: KnownKinds.names) {
            message += " (did you mean '\(near)'?)"
        }
        reader.error(message, at: place ?? SourcePosition(node))
    }

    /// The pods in the order of the files.
    func readPods() -> [PodSpec] {
        var names: Set<String> = []
        let specs = pods.compactMap { node, reader -> PodSpec? in
            let fields = ObjectFields(node, .pod, path: "", reader: reader)
            guard let spec = PodReader(configMaps: configMaps).read(fields) else { return nil }
            if !names.insert("\(spec.metadata.namespace)/\(spec.name)").inserted {
                reader.error("metadata.name: Duplicate value: \"\(spec.name)\"", at: fields.position)
            }
            return spec
        }
        if pods.isEmpty, others > 0 || !configMaps.isEmpty {
            reader.error("there is no Pod in this file: nothing would run", at: SourcePosition())
        }
        return specs
    }
}

/// A ConfigMap document: texts by key.
struct ConfigMap {
    var name: String?
    var namespace: String
    var data: [String: String] = [:]
    var position: SourcePosition

    init(_ node: Node, path: String, reader: YAMLReader) {
        let fields = ObjectFields(node, .configMap, path: path, reader: reader)
        position = fields.position
        let metadata = MetadataReader.read(fields)
        name = metadata?.name
        namespace = metadata?.namespace ?? "default"
        for entry in fields.textsByName("data") {
            add(entry.name, entry.value, at: entry.key, "data", fields)
        }
        for entry in fields.textsByName("binaryData") {
            let content = Base64Text.decode(entry.value)
            switch content {
            case .text(let text): add(entry.name, text, at: entry.key, "binaryData", fields)
            case .bytes:
                reader.warning(
                    "\(fields.child("binaryData"))[\(shown(entry.name))]: podlab leaves this out: it is no text",
                    at: entry.key)
            case nil:
                reader.error(
                    "\(fields.child("binaryData"))[\(shown(entry.name))]: Invalid value: this is not base64",
                    at: entry.key)
            }
        }
    }

    private mutating func add(
        _ key: String, _ value: String, at position: SourcePosition, _ field: String,
        _ fields: ObjectFields
    ) {
        let path = "\(fields.child(field))[\(shown(key))]"
        if let problem = NameRule.configKey.problem(with: key) {
            fields.reader.error("\(path): Invalid value: \"\(shown(key))\": \(problem)", at: position)
        } else if data.updateValue(value, forKey: key) != nil {
            fields.reader.error(
                "\(path): Invalid value: \"\(shown(key))\": duplicate of key present in data", at: position)
        }
    }
}
