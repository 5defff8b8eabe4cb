// A manifest: the text that one would give to `kubectl apply -f`, read as far as podlab can do what it says.

import FoundationEssentials
import Glibc
import Linux
import Pods
import StrictYAML
import SystemPackage

/// What a manifest says, and what was noticed.
package struct ManifestReading: Sendable {
    /// In the file's order, with the files of configMap volumes filled in. None when there are errors.
    package var pods: [PodSpec]
    /// What podlab leaves out, by place.
    package var warnings: [Diagnostic]
    /// By place. With one of them nothing of the file is used.
    package var errors: [Diagnostic]
}

package enum Manifest {
    /// No manifest is larger, in bytes: Kubernetes stores no object of more than 1 MiB or so either.
    package static let largestFile = 1 << 20

    /// Reads a manifest's file; `-` is standard input.
    package static func load(path: String) -> ManifestReading { load(paths: [path]) }

    /// Reads several files as one manifest: a pod finds its ConfigMaps in each of them. Of a folder all files are read whose names end as
    /// those of manifests do, by name.
    /// - Parameter recursive: those of the folders below, too.
    package static func load(paths: [String], recursive: Bool = false) -> ManifestReading {
        var texts: [(text: String, file: String)] = []
        var errors: [Diagnostic] = []
        for path in paths {
            do throws(Unreadable) {
                let files = try files(at: path, recursive: recursive)
                for file in files { texts.append((try text(of: file), file == "-" ? "standard input" : file)) }
            } catch {
                errors.append(Diagnostic(file: error.file, message: error.message))
            }
        }
        guard errors.isEmpty else { return ManifestReading(pods: [], warnings: [], errors: errors) }
        return parse(texts)
    }

    /// Reads a manifest's text; `file` stands before the places in diagnostics.
    package static func parse(_ text: String, file: String) -> ManifestReading { parse([(text, file)]) }

    private static func parse(_ texts: [(text: String, file: String)]) -> ManifestReading {
        var readers: [YAMLReader] = []
        var objects: ManifestObjects?
        var isEmpty = true
        for (text, file) in texts {
            guard text.utf8.count <= largestFile else { return failure(tooLong, file: file) }
            let reader = YAMLReader(
                file: file, text: text,
                template: TemplateMark(
                    mark: "{{", advice: "{{ is a template: write what `helm template` makes of it, or quote it")
            )
            readers.append(reader)
            let roots = ManifestText(text: text, reader: reader).roots()
            if !roots.isEmpty || !reader.diagnostics.isEmpty { isEmpty = false }
            if objects == nil { objects = ManifestObjects(reader: reader) }
            objects?.add(roots, of: reader)
        }
        if isEmpty { readers.first?.error("there is no object in this file", at: SourcePosition()) }
        let pods = objects?.readPods() ?? []
        let diagnostics = readers.flatMap { $0.diagnostics.inOrder }
        let errors = diagnostics.filter { $0.severity == .error }
        return ManifestReading(
            pods: errors.isEmpty ? pods : [], warnings: diagnostics.filter { $0.severity == .warning },
            errors: errors)
    }

    // MARK: Files

    private struct Unreadable: Error {
        var file: String
        var message: String
    }

    private static let tooLong = "a manifest has at most \(largestFile >> 20) MiB"
    private static let mostFiles = 1000

    /// The files that a path means: itself, those of a folder, or, where a comma stands in it and nothing is there, several.
    private static func files(at path: String, recursive: Bool) throws(Unreadable) -> [String] {
        if path == "-" { return [path] }
        if path.hasPrefix("https://") || path.hasPrefix("http://") {
            throw Unreadable(
                file: path,
                message:
                    "cannot be read: podlab fetches no manifests: bring it here, with curl -LO for one, and name the file"
            )
        }
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            let parts = path.split(separator: ",").map(String.init)
            guard parts.count > 1 else { return [path] }
            var all: [String] = []
            for part in parts { all += try files(at: part, recursive: recursive) }
            return all
        }
        guard isFolder else { return [path] }
        let names: [String]
        do {
            names =
                recursive
                ? try FileManager.default.subpathsOfDirectory(atPath: path)
                : try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw Unreadable(file: path, message: "cannot be read: \(reason(error))")
        }
        let found = names.filter { name in
            var isFolder = false
            return [".yaml", ".yml", ".json"].contains(where: name.hasSuffix)
                && FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
                && !isFolder
        }
        guard !found.isEmpty else {
            throw Unreadable(
                file: path,
                message: "cannot be read: this is a folder without a file that ends with .yaml, .yml or .json"
                    + (recursive ? "" : " (-R looks into the folders below)"))
        }
        guard found.count <= mostFiles else {
            throw Unreadable(file: path, message: "cannot be read: this folder has more than \(mostFiles) manifests")
        }
        return found.sorted().map { (path.hasSuffix("/") ? path : path + "/") + $0 }
    }

    private static func text(of path: String) throws(Unreadable) -> String {
        let name = path == "-" ? "standard input" : path
        // One byte more than a manifest may have shows that it has too many.
        let most = largestFile + 1
        let bytes: [UInt8]
        do {
            if path == "-" {
                bytes = try contents(of: STDIN_FILENO, limit: most)
            } else {
                let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
                bytes = try file.closeAfter { try contents(of: file.rawValue, limit: most) }
            }
        } catch {
            throw Unreadable(file: name, message: "cannot be read: \(reason(error))")
        }
        guard bytes.count <= largestFile else { throw Unreadable(file: name, message: tooLong) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Unreadable(file: name, message: "this is no text: it has bytes that are no UTF-8")
        }
        return text
    }

    private static func failure(_ message: String, file: String) -> ManifestReading {
        ManifestReading(pods: [], warnings: [], errors: [Diagnostic(file: file, message: message)])
    }

    private static func reason(_ error: any Error) -> String {
        if let below = (error as? CocoaError)?.underlying { return reason(below) }
        return (error as? POSIXError).map { "\(Errno(rawValue: $0.code.rawValue))" } ?? "\(error)"
    }
}
