// A lab's folder becomes a lab, or a list of everything that is wrong with it.

import FoundationEssentials
import Glibc
import StrictYAML
import SystemPackage
import Text

/// A lab as far as it could be read, and what was noticed.
package struct LoadedLab: Sendable {
    package var folder: FilePath
    /// Nil when there is an error among the diagnostics. A lab that is only incomplete can be learned with.
    package var lab: Lab?
    /// By file and place.
    package var diagnostics: [Diagnostic]

    /// The folder's name.
    package var id: String { folder.lastComponent?.string ?? folder.string }

    /// What is wrong with values of its variables other than the defaults. Each is tried, so it is for those who write labs.
    package var faultsOfOtherValues: [Diagnostic] { lab?.source.faults(besides: diagnostics).inOrder ?? [] }

    package func get() throws(LabFilesError) -> Lab {
        guard let lab else { throw LabFilesError(folder: folder, diagnostics: diagnostics) }
        return lab
    }
}

/// A lab's files could not be used.
package struct LabFilesError: Error, Sendable, CustomStringConvertible {
    package var folder: FilePath
    package var diagnostics: [Diagnostic]

    package init(folder: FilePath, diagnostics: [Diagnostic]) {
        self.folder = folder
        self.diagnostics = diagnostics
    }

    package var description: String {
        diagnostics.filter { $0.severity == .error }.map(\.description).joined(separator: "\n")
    }
}

package enum LabLoader {
    /// No file of a lab is larger, in bytes.
    static let largestFile = 1 << 20

    /// Reads `lab.yaml`, `lesson.md`, `solution.sh`, `mutants/*.sh` and `alternatives/*.sh`, with the defaults of its variables filled in.
    /// `name` stands before the files' names in diagnostics; the folder's path when nil.
    package static func load(_ folder: FilePath, name: String? = nil) -> LoadedLab {
        var files = LabFolder(path: folder, name: name ?? folder.string)
        guard let text = files.read("lab.yaml") else {
            return LoadedLab(folder: folder, lab: nil, diagnostics: files.diagnostics)
        }
        let reader = YAMLReader(file: files.display("lab.yaml"), text: text, template: .variable)
        guard let root = reader.root(of: text) else {
            return LoadedLab(folder: folder, lab: nil, diagnostics: reader.diagnostics)
        }
        files.readTexts()
        let source = LabSource(folder: folder, root: root, files: files)
        let reading = source.read(with: source.defaults, reader)
        let uses = files.variableUses()
        var diagnostics = files.diagnostics + reading.diagnostics
        diagnostics += reading.faultsOfWhole(uses: uses)
        let unknown = files.unknownVariables(among: uses, known: reading.lab.variables.map(\.name))
        if !unknown.isEmpty {
            // What else is wrong with a value that nothing was filled into is not worth telling.
            let places = source.placesOfUnknown
            diagnostics.removeAll { $0.file == reader.file && places.contains($0.position) }
        }
        diagnostics += unknown
        return LoadedLab(
            folder: folder, lab: diagnostics.allowsUse ? reading.lab : nil, diagnostics: diagnostics.inOrder)
    }
}

extension Diagnostic {
    var asIncomplete: Diagnostic {
        var copy = self
        if copy.severity == .error { copy.severity = .incomplete }
        return copy
    }
}

/// The files of one lab, each read once.
struct LabFolder: Sendable, Equatable {
    let path: FilePath
    let name: String
    private(set) var texts: [String: String] = [:]
    private(set) var diagnostics: [Diagnostic] = []

    init(path: FilePath, name: String) {
        self.path = path
        self.name = name
    }

    func display(_ file: String) -> String { name.isEmpty ? file : "\(name)/\(file)" }

    mutating func read(_ file: String, severity: Diagnostic.Severity = .error) -> String? {
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path.appending(file).string))
            guard data.count <= LabLoader.largestFile else {
                note("larger than \(LabLoader.largestFile) bytes", file, severity)
                return nil
            }
            guard let text = String(validating: data, as: UTF8.self) else {
                note("not UTF-8 text", file, severity)
                return nil
            }
            texts[file] = text
            return text
        } catch {
            let reason =
                (error as? CocoaError)?.code == .fileReadNoSuchFile ? "there is no such file" : "cannot be read"
            note(reason, file, severity)
            return nil
        }
    }

    /// Reads all but lab.yaml.
    mutating func readTexts() {
        _ = read("lesson.md")
        _ = read("solution.sh", severity: .incomplete)
        for folder in ["alternatives", "mutants"] {
            for file in scripts(in: folder) { _ = read("\(folder)/\(file)", severity: .incomplete) }
        }
    }

    private mutating func note(_ message: String, _ file: String, _ severity: Diagnostic.Severity) {
        diagnostics.append(Diagnostic(file: display(file), severity: severity, message: message))
    }

    /// The names of the files `FOLDER/*.sh`, sorted. No folder: none.
    private func scripts(in folder: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: path.appending(folder).string)
        return (names ?? []).filter { $0.hasSuffix(".sh") && !$0.hasPrefix(".") }.sorted()
    }

    /// Every `{{name}}`: in lab.yaml outside comments, and anywhere in the other files.
    func variableUses() -> [PlacedVariable] {
        var uses: [PlacedVariable] = []
        for (file, text) in texts.sorted(by: { $0.key < $1.key }) {
            for (index, line) in textLines(text).enumerated() {
                let found = VariableUse.all(in: line)
                if found.isEmpty || (file == "lab.yaml" && line.drop(while: \.isWhitespace).first == "#") { continue }
                for use in found {
                    let column = line.unicodeScalars.distance(from: line.startIndex, to: use.range.lowerBound) + 1
                    let position = SourcePosition(line: index + 1, column: column)
                    uses.append(
                        PlacedVariable(
                            file: file, name: use.name, position: position,
                            isMisplaced: file.hasSuffix(".sh") && ScriptParser.isName(line)))
                }
            }
        }
        return uses
    }

    func unknownVariables(among uses: [PlacedVariable], known: [String]) -> [Diagnostic] {
        uses.filter { !known.contains($0.name) }.map { use in
            Diagnostic(
                file: display(use.file), position: use.position,
                message: "there is no variable '\(use.name)'" + Spelling.suggestion(for: use.name, in: known))
        }
    }
}

/// One `{{name}}` of a file.
struct PlacedVariable {
    var file: String
    var name: String
    var position: SourcePosition
    /// It stands where a script names a step or a check.
    var isMisplaced: Bool
}
