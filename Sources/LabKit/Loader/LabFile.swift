// lab.yaml: the keys of every mapping that is not a probe, and how they become the model.

import enum Isolation.SystemCallGroup
import Playgrounds
import StrictYAML
import SystemPackage
import Text

/// The machine part of a lab, as lab.yaml has it.
struct LabFile {
    static let schema = "podlab.lab/v1"

    var id: String
    var title: String
    var summary: String
    var minutes: Int
    var tools: [String]
    var requirements: [Requirement]
    var variables: [Variable]
    var scene: Scene
    var steps: [Step]
}

extension LabFile: MappingDecodable {
    package static let shape = Shape(
        name: "lab", required: ["schema", "id", "title", "summary", "minutes", "tools", "steps"],
        optional: ["requirements", "variables", "scene"])

    package init(fields: Fields) {
        let version: String = fields.required("schema")
        if fields.has("schema"), version != Self.schema {
            fields.reader.error(
                "this podlab reads '\(Self.schema)', not '\(version)'", at: fields.place("schema"))
        }
        id = fields.required("id")
        title = fields.required("title")
        summary = fields.required("summary")
        minutes = fields.number("minutes", in: 1...600)
        tools = fields.required("tools")
        fields.reader.note("tools", at: fields.place("tools"))
        requirements = fields.optional("requirements") ?? []
        variables = fields.optional("variables", as: VariableList.self)?.variables ?? []
        scene = fields.optional("scene") ?? Scene()
        steps = fields.nonEmpty("steps")
        fields.reader.note("id", at: fields.place("id"))
        fields.allowNoVariables(in: "schema", "id", "minutes", "tools", "requirements")
    }
}

extension Requirement: Keyword {
    package static var placeholder: Requirement { .userns }
}

/// `variables:` maps names to what can be drawn; its order is the file's.
struct VariableList: NodeDecodable {
    var variables: [Variable] = []

    package static var placeholder: VariableList { VariableList() }

    init() {}

    package init(node: Node, reader: YAMLReader) {
        guard case .mapping(let mapping) = node else {
            reader.wrongType(node, expected: "a mapping of names")
            return
        }
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            if !CheckReference.isName(name) || name.first?.isLetter != true {
                reader.error(
                    "a variable's name is lower-case letters, digits and hyphens and begins with a letter",
                    at: SourcePosition(key))
            }
            reader.note("variable \(name)", at: SourcePosition(key))
            var variable = Variable(node: value, reader: reader)
            variable.name = name
            variables.append(variable)
        }
    }
}

extension Variable: MappingDecodable {
    package static let shape = Shape(
        name: "variable", required: ["default"], optional: ["oneOf", "prefix", "words", "on"])

    package init(fields: Fields) {
        name = ""
        defaultValue = fields.required("default")
        if fields.has("oneOf") {
            choice = .oneOf(fields.nonEmpty("oneOf"))
            for key in ["prefix", "words"] where fields.has(key) {
                fields.reader.error("'\(key)' does not go with 'oneOf'", at: fields.place(key))
            }
        } else if fields.has("prefix") || fields.has("words") {
            for key in ["prefix", "words"] where !fields.has(key) {
                fields.reader.error("'prefix' and 'words' go together: missing key '\(key)'", at: fields.position)
            }
            choice = .prefixed(fields.required("prefix"), words: fields.nonEmpty("words"))
        } else if fields.has("on") {
            choice = .byMachine(fields.required("on", as: MachineValues.self).values)
        } else {
            choice = nil
        }
        for key in ["oneOf", "prefix"] where fields.has("on") && fields.has(key) {
            fields.reader.error("'\(key)' does not go with 'on'", at: fields.place(key))
        }
        var texts = choice?.values ?? []
        if case .byMachine(let values) = choice { texts += values.map(\.value) }
        // They are filled into everything but themselves.
        for text in [defaultValue] + texts
        where !VariableUse.all(in: text).isEmpty || text.contains("\n") || text.contains("\0") {
            fields.reader.error("a variable's value is one line and uses no other variable", at: fields.position)
        }
    }
}

/// `on:` maps words of `MachineWords` to values; the first that fits counts.
struct MachineValues: NodeDecodable {
    var values: [Variable.MachineValue] = []

    package static var placeholder: MachineValues { MachineValues() }

    init() {}

    package init(node: Node, reader: YAMLReader) {
        guard case .mapping(let mapping) = node else {
            reader.wrongType(node, expected: "a mapping of words such as memory-v1")
            return
        }
        for (key, value) in mapping {
            let word = key.scalar?.string ?? ""
            if !MachineWords.known.contains(word) {
                reader.error(
                    "unknown kind of machine '\(word)'" + Spelling.suggestion(for: word, in: MachineWords.known),
                    at: SourcePosition(key))
            }
            values.append(Variable.MachineValue(word: word, value: String(node: value, reader: reader)))
        }
    }
}

extension Scene: MappingDecodable {
    package static let shape = Shape(
        name: "scene", optional: ["decoys", "watch", "calls", "files", "directories", "box", "hosts"])

    package init(fields: Fields) {
        self.init()
        decoys = fields.optional("decoys") ?? []
        watch = fields.optional("watch") ?? []
        calls = fields.optional("calls") ?? []
        files = fields.optional("files") ?? []
        directories = fields.optional("directories") ?? []
        box = fields.optional("box")
        hosts = fields.optional("hosts") ?? []
        fields.allowNoVariables(in: "watch", "calls")
    }
}

extension Scene.Box: MappingDecodable {
    package static let shape = Shape(name: "sceneBox", required: ["path", "programs"])

    package init(fields: Fields) {
        self.init(path: fields.required("path"), programs: fields.nonEmpty("programs"))
        for program in programs where !program.hasPrefix("/") {
            fields.reader.error(
                "'\(program)' is no absolute path: a box has each program at its place in the course root",
                at: fields.place("programs"))
        }
    }
}

extension SystemCallGroup: Keyword {
    package static var placeholder: SystemCallGroup { .keys }
}

extension Scene.Watch: Keyword {
    package static var placeholder: Scene.Watch { .signals }
}

extension Scene.Decoy: MappingDecodable {
    package static let shape = Shape(name: "sceneDecoy", required: ["name"], optional: ["arguments"])

    package init(fields: Fields) {
        self.init(name: fields.required("name"), arguments: fields.optional("arguments") ?? [])
        Self.checkName(name, "a decoy's name", of: fields)
    }

    /// The kernel cuts `comm` after 15 bytes, and a decoy is found by it.
    fileprivate static func checkName(_ name: String, _ what: String, of fields: Fields) {
        guard fields.has("name"), name.isEmpty || name.utf8.count > 15 || name.contains("/") else { return }
        fields.reader.error("\(what) has 1 to 15 bytes and no slash", at: fields.place("name"))
    }
}

extension Scene.Host: MappingDecodable {
    package static let shape = Shape(name: "sceneHost", required: ["name", "address", "link", "nodeAddress"])

    package init(fields: Fields) {
        self.init(
            name: fields.required("name"), address: fields.required("address"), link: fields.required("link"),
            nodeAddress: fields.required("nodeAddress"))
        Scene.Decoy.checkName(name, "a host's name", of: fields)
        fields.reader.note("host \(name)", at: fields.place("name"))
        NetworkText.check(address, .prefix, "address", of: fields)
        LinkPlace.checkName("link", of: fields)
        NetworkText.check(nodeAddress, .prefix, "nodeAddress", of: fields)
    }
}

extension Scene.File: MappingDecodable {
    package static let shape = Shape(name: "sceneFile", required: ["path", "text"], optional: ["mode"])

    package init(fields: Fields) {
        self.init(path: fields.required("path"), text: fields.required("text"))
        if let digits: String = fields.optional("mode") {
            if (3...4).contains(digits.utf8.count), let bits = UInt32(digits, radix: 8) {
                mode = bits
            } else {
                fields.reader.error("'mode' is octal digits in quotes, such as \"0644\"", at: fields.place("mode"))
            }
        }
    }
}

extension Step: MappingDecodable {
    package static let shape = Shape(
        name: "step", required: ["id", "title", "task", "checks"], optional: ["hints", "broken"])

    package init(fields: Fields) {
        id = fields.required("id")
        fields.reader.step = id
        if fields.has("id") {
            if !CheckReference.isName(id) {
                fields.reader.error("a step's id is lower-case letters, digits and hyphens", at: fields.place("id"))
            }
            if !fields.reader.note("step \(id)", at: fields.place("id")) {
                fields.reader.error("there is already a step '\(id)'", at: fields.place("id"))
            }
        }
        title = fields.required("title")
        task = fields.required("task")
        checks = fields.nonEmpty("checks")
        hints = fields.optional("hints") ?? []
        broken = fields.optional("broken") ?? []
        fields.allowNoVariables(in: "id")
    }
}

extension BrokenScene: MappingDecodable {
    package static let shape = Shape(name: "broken", required: ["probe", "message"])

    package init(fields: Fields) {
        probe = fields.required("probe")
        message = fields.required("message")
    }
}

/// A hint is a text, or a mapping with `when` and `text`.
extension Hint: NodeDecodable {
    package static let shape = Shape(name: "conditionalHint", required: ["when", "text"])
    package static var placeholder: Hint { Hint(text: "") }

    package init(node: Node, reader: YAMLReader) {
        if case .mapping = node {
            let fields = Fields(node, shape: Self.shape, reader: reader)
            text = fields.required("text")
            when = fields.optional("when")
        } else {
            text = String(node: node, reader: reader)
            when = nil
        }
    }
}

extension Hint.When: MappingDecodable {
    package static let shape = Shape(name: "when", required: ["check"], optional: ["status", "observed", "value"])

    package init(fields: Fields) {
        check = fields.required("check")
        fields.reader.note("hint \(fields.reader.step) \(check)", at: fields.place("check"))
        if let key: String = fields.optional("observed") {
            condition = .observed(key: key, value: fields.optional("value"))
            if fields.has("status") {
                fields.reader.error("'status' does not go with 'observed'", at: fields.place("status"))
            }
        } else {
            condition = .status(fields.optional("status") ?? .fail)
            if fields.has("value") {
                fields.reader.error("'value' goes with 'observed'", at: fields.place("value"))
            }
        }
        fields.allowNoVariables(in: "check", "status", "observed")
    }
}

extension Status: Keyword {
    package static var placeholder: Status { .error }
}

extension CheckKind: Keyword {
    package static var placeholder: CheckKind { .level }
}

extension CheckReference: NodeDecodable {
    package static var placeholder: CheckReference { CheckReference(step: "", check: "") }

    package init(node: Node, reader: YAMLReader) {
        let text = String(node: node, reader: reader)
        if let reference = CheckReference(text, in: reader.step) {
            self = reference
        } else {
            if case .text = node.plainMeaning {
                reader.error(
                    "'\(text)' names no check: write CHECK, or STEP/CHECK for another step", at: SourcePosition(node))
            }
            self = Self.placeholder
        }
    }
}

extension Check: MappingDecodable {
    package static let shape = Shape(
        name: "check", required: ["id", "title", "probe"],
        optional: ["kind", "points", "needs", "help", "observations"])

    package init(fields: Fields) {
        let id: String = fields.required("id")
        let reader = fields.reader
        reference = CheckReference(step: reader.step, check: id)
        if fields.has("id") {
            if !CheckReference.isName(id) {
                reader.error("a check's id is lower-case letters, digits and hyphens", at: fields.place("id"))
            }
            if !reader.note("check \(reference)", at: fields.place("id")) {
                reader.error("there is already a check '\(id)' in this step", at: fields.place("id"))
            }
        }
        title = fields.required("title")
        probe = fields.required("probe")
        kind = fields.optional("kind") ?? .level
        points = fields.number("points", in: 0...1000, default: 1)
        needs = fields.optional("needs") ?? []
        help = fields.optional("help")
        observations = fields.optional("observations") ?? []
        if case .sequence(let sequence) = fields.node("needs") {
            for (need, node) in zip(needs, sequence) {
                reader.note("need \(reference) \(need)", at: SourcePosition(node))
            }
        }
        fields.allowNoVariables(in: "id", "kind", "points", "needs")
    }
}

extension Observation: MappingDecodable {
    package static let shape = Shape(name: "observation", required: ["observed", "help"], optional: ["value"])

    package init(fields: Fields) {
        key = fields.required("observed")
        value = fields.optional("value")
        help = fields.required("help")
        fields.allowNoVariables(in: "observed")
    }
}
