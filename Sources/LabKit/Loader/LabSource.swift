// A lab as its files say it, before anybody's values are filled in.

import FoundationEssentials
import StrictYAML
import SystemPackage
import Text

/// The files of a lab, to be read for each set of values: `{{name}}` is replaced in the values of lab.yaml, in the lesson and in the scripts, and
/// only then do they become a lab. So whatever comes of a value is held to the same rules as what stands there as it is.
struct LabSource: Sendable {
    let folder: FilePath
    /// lab.yaml.
    let root: Node
    let files: LabFolder
    /// Of the variables of lab.yaml.
    let defaults: VariableValues
    private let variables: [Variable]

    init(folder: FilePath, root: Node, files: LabFolder) {
        self.folder = folder
        self.root = root
        self.files = files
        // Whatever is wrong with them is told when the rest of the file is read.
        let node = root.mapping?[Self.variablesKey]
        variables = node.map { VariableList(node: $0, reader: YAMLReader(file: "", text: "")).variables } ?? []
        defaults = VariableValues(defaultsOf: variables)
    }

    private static let variablesKey = "variables"

    /// lab.yaml with these values. A file without two braces is not looked through.
    func root(with values: VariableValues) -> Node {
        guard case .mapping(let mapping) = root, files.texts["lab.yaml"]?.hasPair("{", "{") == true else { return root }
        let pairs = mapping.map { key, value -> (key: Node, value: Node) in
            // They say what is filled in.
            key.scalar?.string == Self.variablesKey ? (key, value) : (key, value.filling(values.filled) ?? value)
        }
        return .mapping(Node.Mapping(pairs, at: mapping.position))
    }

    /// Where lab.yaml has values with variables that there are none of.
    var placesOfUnknown: Set<SourcePosition> {
        Set(root(with: defaults).scalars.filter { !VariableUse.all(in: $0.string).isEmpty }.map(\.position))
    }

    /// What comes of the files with these values.
    /// - Parameter reader: one of lab.yaml that has told nothing so far.
    func read(with values: VariableValues, _ reader: YAMLReader) -> LabReading {
        let head = LabFile(node: root(with: values), reader: reader)
        func text(_ file: String) -> String { values.substitute(in: files.texts[file] ?? "") }
        func scripts(in folder: String) -> [(file: String, path: String)] {
            files.texts.keys.filter { $0.hasPrefix(folder + "/") }.sorted().map { path in
                (String(path.dropFirst(folder.count + 1)), path)
            }
        }
        let lesson = Lesson.parse(text("lesson.md"), file: files.display("lesson.md"))
        let solution = Script.parse(text("solution.sh"), file: files.display("solution.sh"))
        let alternatives = scripts(in: "alternatives").map { file, path in
            Alternative.parse(text(path), file: file, path: files.display(path))
        }
        let mutants = scripts(in: "mutants").map { file, path in
            Mutant.parse(text(path), file: file, path: files.display(path))
        }
        let lab = Lab(
            id: head.id, number: Int(head.id.prefix(while: \.isNumber)) ?? 0, title: head.title, summary: head.summary,
            minutes: head.minutes, tools: head.tools, requirements: head.requirements, variables: head.variables,
            scene: head.scene, steps: head.steps, lesson: lesson.lesson, solution: solution.script,
            mutants: mutants.compactMap(\.mutant), alternatives: alternatives.compactMap(\.alternative), source: self,
            values: values)
        let ofScripts = solution.diagnostics + mutants.flatMap(\.diagnostics) + alternatives.flatMap(\.diagnostics)
        return LabReading(
            lab: lab, diagnostics: reader.diagnostics + lesson.diagnostics + ofScripts.map(\.asIncomplete),
            places: reader.places)
    }

    private func read(with values: VariableValues) -> LabReading {
        read(
            with: values,
            YAMLReader(
                file: files.display("lab.yaml"), text: files.texts["lab.yaml"] ?? "", template: .variable))
    }

    func lab(with values: VariableValues) throws(LabFilesError) -> Lab {
        let reading = read(with: values)
        guard reading.diagnostics.allowsUse else {
            throw LabFilesError(folder: folder, diagnostics: reading.diagnostics)
        }
        return reading.lab
    }

    /// What is wrong with some other value of a variable: each is tried, while the other variables keep their defaults.
    func faults(besides known: [Diagnostic]) -> [Diagnostic] {
        var faults: [Diagnostic] = []
        for variable in variables {
            var others: [String] = []
            if case .byMachine(let values) = variable.choice { others = values.map(\.value) }
            for value in others + (variable.choice?.values ?? []) where value != variable.defaultValue {
                var values = defaults
                values[variable.name] = value
                let reading = read(with: values)
                let all = reading.diagnostics + reading.faultsOfWhole(uses: [])
                faults += all.filter { $0.severity == .error && !known.contains($0) }.map { fault in
                    var fault = fault
                    fault.message = "with '\(value)' for {{\(variable.name)}}: \(fault.message)"
                    return fault
                }
            }
        }
        return faults
    }
}

extension LabSource: Equatable {
    /// The values of lab.yaml are what its text says.
    static func == (one: LabSource, other: LabSource) -> Bool {
        one.folder == other.folder && one.files == other.files
    }
}

/// What has come of a lab's files with some values.
struct LabReading {
    var lab: Lab
    var diagnostics: [Diagnostic]
    /// Of parts of lab.yaml, by names such as `check enter/root-is-box`.
    var places: [String: SourcePosition]

    /// Rules about the whole make sense only when its parts could be read.
    func faultsOfWhole(uses: [PlacedVariable]) -> [Diagnostic] {
        guard diagnostics.allowsUse else { return [] }
        // `podlab lint .` means the folder by its name, too.
        let name = URL(fileURLWithPath: lab.folder.string).standardizedFileURL.lastPathComponent
        return LabRules(lab: lab, folderName: name, places: places, files: lab.source.files, uses: uses).all
    }
}
