// Programs that a lab needs and the course root has not: which, and what of the lab needs them.

import KernelState
import SystemPackage

/// What of a lab's `tools` a course root lacks.
package struct MissingTools: Sendable, Equatable {
    package var names: [String]

    package init(of lab: Lab, in courseRoot: FilePath) throws {
        let root = try RootDirectory(path: courseRoot)
        let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        names = lab.tools.filter { tool in
            let places = tool.hasPrefix("/") ? [tool] : folders.map { "\($0)/\(tool)" }
            return !places.contains { root.look(at: FilePath($0)).state != nil }
        }
    }

    /// For learners, before they begin; nil when nothing is missing.
    package var notice: String? {
        names.isEmpty
            ? nil
            : "the course root has no \(names.joined(separator: ", ")), so what needs that cannot be done here;"
                + " install it and run `podlab root build`"
    }

    /// Why these lines cannot be typed; nil when nothing is missing that they name.
    package func reason(for lines: [String]) -> String? {
        let typed = Set(lines.flatMap(Self.words))
        let needed = names.filter { typed.contains($0.split(separator: "/").last.map(String.init) ?? $0) }
        return needed.isEmpty ? nil : "the course root has no \(needed.joined(separator: ", "))"
    }

    /// Whatever could be a program's name. `nft` is not a part of `iptables-nft`.
    private static func words(_ line: String) -> [String] {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" && $0 != "." }.map(String.init)
    }
}
