// metadata: name, namespace, labels, annotations.

import Pods
import StrictYAML

enum MetadataReader {
    /// Nil when there is no name to go by, which is noted.
    static func read(_ object: ObjectFields) -> PodMetadata? {
        guard let fields = object.object("metadata", .metadata) else {
            object.required("metadata")
            return nil
        }
        if fields.has("generateName"), !fields.has("name") {
            fields.invalid(
                "generateName", text: fields.text("generateName") ?? "",
                "cannot use generate name with apply: give a name")
            return nil
        }
        let name = fields.requiredText("name", "name or generateName is required")
        var metadata = PodMetadata(name: name ?? "")
        if let name { fields.check("name", name, .subdomain) }
        if let namespace = fields.text("namespace"), !namespace.isEmpty {
            fields.check("namespace", namespace, .label)
            metadata.namespace = namespace
        }
        for label in fields.textsByName("labels") {
            check(label.name, at: label.key, "labels", fields)
            if let problem = NameRule.labelValue.problem(with: label.value) {
                fields.reader.error(
                    "\(fields.child("labels")): Invalid value: \"\(shown(label.value))\": \(problem)",
                    at: label.key)
            }
            metadata.labels[label.name] = label.value
        }
        for annotation in fields.textsByName("annotations") {
            check(annotation.name.lowercased(), at: annotation.key, "annotations", fields)
            metadata.annotations[annotation.name] = annotation.value
            guard annotation.name == ConfigMapAnnotation.key else { continue }
            do throws(ConfigMapAnnotation.Malformed) { _ = try ConfigMapAnnotation(annotation.value) } catch {
                fields.reader.error(
                    "\(fields.child("annotations"))[\(annotation.name)]: Invalid value: \(error.detail)",
                    at: annotation.key)
            }
        }
        // What podlab adds itself is not the pod's.
        let own = metadata.annotations.filter { $0.key != ConfigMapAnnotation.key }
        let size = own.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        if size > largestAnnotations {
            fields.reader.error(
                "\(fields.child("annotations")): Too long: may not be more than \(largestAnnotations) bytes",
                at: fields.place("annotations"))
        }
        return name == nil ? nil : metadata
    }

    /// All annotations together, in bytes.
    private static let largestAnnotations = 256 << 10

    private static func check(
        _ key: String, at position: SourcePosition, _ name: String, _ fields: ObjectFields
    ) {
        guard let problem = NameRule.qualifiedKey.problem(with: key) else { return }
        fields.reader.error(
            "\(fields.child(name)): Invalid value: \"\(shown(key))\": \(problem)", at: position)
    }
}
