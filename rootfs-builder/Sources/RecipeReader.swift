// Reading a recipe from YAML; every problem is reported as file:line:column.

import FoundationEssentials
import StrictYAML

/// A recipe that cannot be used, with all its problems.
package struct RecipeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `file:line:column: message`, one for each problem.
    package let problems: [String]
    package var description: String { problems.joined(separator: "\n") }
}

extension Recipe {
    /// Reads a recipe's file.
    package static func load(path: String) throws -> Recipe {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw RecipeError(problems: ["\(path): cannot be read"])
        }
        return try parse(String(decoding: bytes, as: UTF8.self), file: path)
    }

    /// The `textDigest` of a recipe's file, which is not read as a recipe; nil: it cannot be read.
    package static func digest(path: String) -> ContentDigest? {
        FileManager.default.contents(atPath: path).map { ContentDigest(of: Array($0)) }
    }

    /// Reads a recipe's text; `file` is for messages.
    package static func parse(_ text: String, file: String = "recipe.yaml") throws -> Recipe {
        let yaml = YAMLReader(file: file, text: text)
        var reader = RecipeReader(file: file)
        let recipe = yaml.root(of: text).flatMap {
            reader.recipe($0, textDigest: ContentDigest(of: Array(text.utf8)))
        }
        let problems = yaml.diagnostics.map(\.description) + reader.problems
        guard let recipe, problems.isEmpty else { throw RecipeError(problems: problems) }
        return recipe
    }
}

/// Walks the nodes and gathers problems.
private struct RecipeReader {
    let file: String
    var problems: [String] = []

    init(file: String) { self.file = file }

    mutating func problem(_ node: Node, _ message: String) {
        problems.append("\(file):\(node.position.line):\(node.position.column): \(message)")
    }

    mutating func recipe(_ node: Node, textDigest: ContentDigest) -> Recipe? {
        let known = [
            "schema", "name", "version", "kind", "summary", "programs", "data", "folders", "links", "files", "static",
            "applets", "packages", "suite", "own",
        ]
        let fields = mapping(node, known: known)
        guard let schema = fields["schema"] else {
            problem(node, "schema is missing: this should begin with \"schema: podlab.root/v1\"")
            return nil
        }
        if schema.scalar?.string != "podlab.root/v1" { problem(schema, "this podlab reads podlab.root/v1 only") }
        guard let name = fields["name"].flatMap({ text($0) }), let version = fields["version"] else {
            problem(node, "name and version are needed")
            return nil
        }
        if name.isEmpty || name.contains("/") || name.hasPrefix(".") {
            problem(node, "\"\(name)\" is no name for a root")
        }
        let kind = fields["kind"].flatMap { text($0) } ?? "machine"
        if RecipeKind(rawValue: kind) == nil {
            problem(
                fields["kind"] ?? node, "kind is one of \(RecipeKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let number = Self.number(version)
        if number == nil { problem(version, "version is a whole number") }
        var recipe = Recipe(
            name: name, version: number ?? 0, kind: RecipeKind(rawValue: kind) ?? .machine,
            summary: fields["summary"].flatMap { text($0) } ?? "", textDigest: textDigest)
        recipe.programs = (fields["programs"].map { groups($0, items: "names") }) ?? []
        recipe.data = (fields["data"].map { groups($0, items: "paths") }) ?? []
        recipe.folders = (fields["folders"].map { pairs($0) } ?? []).map {
            RecipeFolder(path: path($0.key), mode: mode($0.value))
        }
        recipe.links = (fields["links"].map { pairs($0) } ?? []).map {
            RecipeLink(path: path($0.key), target: text($0.value) ?? "")
        }
        recipe.files = fields["files"].map { files($0) } ?? []
        recipe.ownPrograms = fields["own"].map { texts($0) } ?? []
        recipe.staticPrograms = fields["static"].map { texts($0) } ?? []
        if let applets = fields["applets"] {
            let parts = mapping(applets, known: ["of", "folder"])
            recipe.appletsOf = parts["of"].flatMap { text($0) }
            if let folder = parts["folder"] { recipe.appletFolder = path(folder) }
        }
        recipe.packages = fields["packages"].map { texts($0) } ?? []
        recipe.suite = fields["suite"].flatMap { text($0) } ?? recipe.suite
        return recipe
    }

    private static func number(_ node: Node) -> Int? {
        if case .int(let number) = node.plainMeaning { number } else { nil }
    }

    private static func flag(_ node: Node) -> Bool { if case .bool(true) = node.plainMeaning { true } else { false } }

    private mutating func groups(_ node: Node, items: String) -> [RecipeGroup] {
        list(node).map { entry in
            let fields = mapping(entry, known: ["package", "labs", "optional", items])
            if fields["package"] == nil { problem(entry, "package is missing: where does one get these?") }
            if fields[items] == nil { problem(entry, "\(items) is missing") }
            let labs = fields["labs"].map { $0.scalar?.string == "all" ? [] : texts($0) } ?? []
            return RecipeGroup(
                package: fields["package"].flatMap { text($0) } ?? "", labs: labs,
                isOptional: fields["optional"].map { Self.flag($0) } ?? false,
                items: fields[items].map { texts($0) } ?? [])
        }
    }

    private mutating func files(_ node: Node) -> [RecipeFile] {
        pairs(node).map { pair in
            if pair.value.scalar != nil {
                return RecipeFile(path: path(pair.key), content: text(pair.value) ?? "", mode: 0o644)
            }
            let fields = mapping(pair.value, known: ["content", "mode"])
            return RecipeFile(
                path: path(pair.key), content: fields["content"].flatMap { text($0) } ?? "",
                mode: fields["mode"].map { mode($0) } ?? 0o644)
        }
    }

    private mutating func mapping(_ node: Node, known: [String]) -> [String: Node] {
        guard case .mapping(let mapping) = node else {
            problem(node, "a mapping is needed here")
            return [:]
        }
        var fields: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            if !known.contains(name) {
                problem(key, "unknown key \"\(name)\"; known are \(known.joined(separator: ", "))")
            }
            if fields.updateValue(value, forKey: name) != nil { problem(key, "\"\(name)\" stands here twice") }
        }
        return fields
    }

    private mutating func pairs(_ node: Node) -> [(key: Node, value: Node)] {
        guard case .mapping(let mapping) = node else {
            problem(node, "a mapping from path to value is needed here")
            return []
        }
        return mapping.map { ($0.key, $0.value) }
    }

    private mutating func list(_ node: Node) -> [Node] {
        guard case .sequence(let sequence) = node else {
            problem(node, "a list is needed here")
            return []
        }
        return Array(sequence)
    }

    private mutating func texts(_ node: Node) -> [String] {
        list(node).compactMap { text($0) }
    }

    private mutating func text(_ node: Node) -> String? {
        guard let text = node.scalar?.string else {
            problem(node, "a text is needed here")
            return nil
        }
        return text
    }

    private mutating func path(_ node: Node) -> String {
        let path = text(node) ?? ""
        if !path.hasPrefix("/") || path.split(separator: "/").contains("..") {
            problem(node, "\"\(path)\" is not an absolute path")
        }
        return path
    }

    /// Octal digits, as chmod(1) takes them.
    private mutating func mode(_ node: Node) -> UInt32 {
        guard let text = text(node), let mode = UInt32(text, radix: 8), mode <= 0o1777 else {
            problem(node, "a mode is octal digits without setuid and setgid, such as 0755")
            return 0o755
        }
        return mode
    }
}
