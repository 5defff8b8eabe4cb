// A manifest: the text that one would give to `kubectl apply -f`, read as far as podlab can do what it says.

import Foundation
import Pods
import StrictYAML
import Yams

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
    package static func load(path: String) -> ManifestReading {
        let name = path == "-" ? "standard input" : path
        do {
            let file =
                path == "-"
                ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            let bytes = try file.read(upToCount: largestFile + 1) ?? Data()
            guard bytes.count <= largestFile else {
                return failure("a manifest has at most \(largestFile >> 20) MiB", file: name)
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return failure("this is no text: it has bytes that are no UTF-8", file: name)
            }
            return parse(text, file: name)
        } catch {
            return failure("cannot be read: \(reason(error))", file: name)
        }
    }

    /// Reads a manifest's text; `file` stands before the places in diagnostics.
    package static func parse(_ text: String, file: String) -> ManifestReading {
        guard text.utf8.count <= largestFile else {
            return failure("a manifest has at most \(largestFile >> 20) MiB", file: file)
        }
        let reader = YAMLReader(
            file: file, text: text,
            template: TemplateMark(
                mark: "{{", advice: "{{ is a template: write what `helm template` makes of it, or quote it")
        )
        var objects = ManifestObjects(reader: reader)
        let roots = ManifestText(text: text, reader: reader).roots()
        for root in roots { objects.add(root) }
        if roots.isEmpty, reader.diagnostics.isEmpty {
            reader.error("there is no object in this file", at: SourcePosition())
        }
        let pods = objects.readPods()
        let diagnostics = reader.diagnostics.inOrder
        let errors = diagnostics.filter { $0.severity == .error }
        return ManifestReading(
            pods: errors.isEmpty ? pods : [], warnings: diagnostics.filter { $0.severity == .warning },
            errors: errors)
    }

    private static func failure(_ message: String, file: String) -> ManifestReading {
        ManifestReading(pods: [], warnings: [], errors: [Diagnostic(file: file, message: message)])
    }

    private static func reason(_ error: any Error) -> String {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
        return cause.domain == NSPOSIXErrorDomain
            ? String(cString: strerror(Int32(cause.code))) : "\(error.localizedDescription)"
    }
}
