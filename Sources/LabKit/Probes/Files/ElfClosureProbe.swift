// elfClosure: does everything a program needs resolve inside this root?

import KernelState
import Playgrounds
import StrictYAML
import SystemPackage
import Text

/// The ELF interpreter and every `DT_NEEDED` library of the programs, transitively, looked up as ld.so(8) would with
/// `root` as `/`.
package struct ElfClosureProbe: Sendable, Equatable {
    /// A directory of the node.
    package var root: String
    /// Paths inside `root`.
    package var programs: [String]
}

extension ElfClosureProbe: MappingDecodable {
    package static let shape = Shape(
        "elfClosureProbe", "Does everything that these programs need resolve inside this root?",
        [
            .required("root", .text),
            .required("programs", .filledList(.text), "Paths inside the root."),
        ])

    package init(fields: Fields) {
        root = fields.required("root")
        programs = fields.nonEmpty("programs")
    }
}

extension ElfClosureProbe: Probe {
    package static let key = "elfClosure"
    package static let asks = "does every library of these programs resolve inside this root?"
    package static let reads = "the ELF files"
    package static let onlyReads = true

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = "every library of \(programs.joined(separator: ", ")) is found below \(self.root)"
        guard let root = try look.node.directory(self.root) else {
            let end = try look.node.root().deadEnd(at: self.root)
            return outcome(
                false, expected, "\(self.root) \(end.words)",
                [Evidence(source: "open \(self.root)", value: "no directory")],
                ["missing": self.root, "no-root": end.key])
        }
        var evidence: [Evidence] = []
        var missing: [String] = []
        var observed: [String: String] = [:]
        for program in programs {
            let closure = ELFClosure.of(FilePath(program), in: root)
            evidence.append(
                Evidence(
                    source: "\(program): PT_INTERP, DT_NEEDED",
                    value: closure.isComplete
                        ? "\(closure.objects.count) files, all inside"
                        : "missing: \(closure.missing.map(\.name).joined(separator: ", "))"))
            for gap in closure.missing where !missing.contains(gap.name) { missing.append(gap.name) }
            for object in closure.objects {
                guard let other = object.otherName, !missing.contains(other) else { continue }
                missing.append(other)
                evidence.append(
                    Evidence(source: "\(object.path): DT_SONAME", value: terminalSafe(object.elf?.soname ?? "")))
            }
            if let link = closure.missing.lazy.compactMap(\.outwardLink).first { observed["leaves"] = "\(link)" }
        }
        if missing.isEmpty { return outcome(true, expected, "all are inside", evidence) }
        observed["missing"] = missing[0]
        let shown = missing.prefix(6).joined(separator: "; ")
        let more = missing.count > 6 ? "; and \(missing.count - 6) more" : ""
        return outcome(false, expected, terminalSafe("not found inside: \(shown)\(more)"), evidence, observed)
    }
}

extension ELFObject {
    /// Words for a library that says of itself that it is another one than what was looked for under its name.
    fileprivate var otherName: String? {
        guard let soname = elf?.soname, let wanted = FilePath(name).lastComponent?.string, soname != wanted else {
            return nil
        }
        switch source {
        case .program, .scriptInterpreter, .loader, .path: return nil
        case .rpath, .runpath, .cache, .defaultFolder: return "\(name) (\(path) is \(soname))"
        }
    }
}
