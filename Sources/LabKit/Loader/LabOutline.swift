// What a list of labs shows, from lab.yaml alone.

import Glibc
import Linux
import StrictYAML
import SystemPackage

/// A lab as far as a list has it.
package struct LabOutline: Sendable, Equatable, Identifiable {
    package var id: String
    package var title: String
    package var summary: String
    package var minutes: Int
    package var requirements: [Requirement]
    /// The ids of its steps, in order: progress counts them.
    package var steps: [String]
}

extension Lab {
    package var outline: LabOutline {
        LabOutline(
            id: id, title: title, summary: summary, minutes: minutes, requirements: requirements, steps: steps.map(\.id)
        )
    }
}

extension LabLoader {
    /// Reads as much of a lab as a list needs, in a fraction of the time: the rest of lab.yaml is only looked at for whether it is YAML.
    /// Nil when there are faults in that much; `load` names them, and those of the rest.
    package static func outline(_ folder: FilePath) -> LabOutline? {
        var files = LabFolder(path: folder, name: "")
        guard let text = files.read("lab.yaml") else { return nil }
        let reader = YAMLReader(file: "lab.yaml", text: text, template: .variable)
        guard let root = reader.root(of: text, parts: OutlineFile.parts) else { return nil }
        let head = OutlineFile(node: root, reader: reader)
        guard reader.diagnostics.isEmpty else { return nil }
        // Variables are in a part of the file that was passed over.
        let isFilledIn = [head.outline.title, head.outline.summary].contains { $0.contains("{{") }
        return isFilledIn ? load(folder).lab?.outline : head.outline
    }
}

extension LabLoader {
    /// More threads than that begin when others have done the work.
    private static let mostThreads = 4

    /// Those of several labs, read side by side: libyaml takes most of the time, and a course is a quarter of a megabyte of YAML.
    package static func outlines(_ folders: [FilePath]) -> [LabOutline?] {
        let jobs = folders.map { folder -> @Sendable () -> LabOutline? in { outline(folder) } }
        return sideBySide(jobs, threads: min(sysconf(Int32(_SC_NPROCESSORS_ONLN)), mostThreads))
    }
}

/// Those keys of lab.yaml that a list needs, with the same meaning as in `LabFile`.
private struct OutlineFile: MappingDecodable {
    static let parts = NodeParts.keys([
        "schema": .all, "id": .all, "title": .all, "summary": .all, "minutes": .all, "requirements": .all,
        "steps": .keys(["id": .all]),
    ])
    static let shape = Shape(
        name: "lab", required: ["schema", "id", "title", "summary", "minutes", "steps"], optional: ["requirements"])

    let outline: LabOutline

    init(fields: Fields) {
        let version: String = fields.required("schema")
        if version != LabFile.schema { fields.reader.error("another schema", at: fields.place("schema")) }
        outline = LabOutline(
            id: fields.required("id"), title: fields.required("title"), summary: fields.required("summary"),
            minutes: fields.number("minutes", in: 1...600), requirements: fields.optional("requirements") ?? [],
            steps: fields.nonEmpty("steps", as: OutlineStep.self).map(\.id))
    }
}

private struct OutlineStep: MappingDecodable {
    static let shape = Shape(name: "step", required: ["id"])

    let id: String

    init(fields: Fields) { id = fields.required("id") }
}
