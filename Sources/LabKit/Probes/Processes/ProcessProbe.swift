// process: how many processes fit a selector?

import CIsolation
import Glibc
import KernelState
import Playgrounds
import StrictYAML
import SystemPackage
import Text

package struct ProcessProbe: Sendable, Equatable {
    package var select: Selector
    package var count: Count
}

extension ProcessProbe: MappingDecodable {
    package static let shape = Shape(
        "processProbe", "How many processes fit?",
        [
            .required("select", .mapping("selector")),
            .optional("count", .mapping("count"), "At least one when not said."),
        ])

    package init(fields: Fields) {
        select = fields.required("select")
        count = fields.optional("count") ?? .atLeastOne
    }
}

extension ProcessProbe: Probe {
    package static let key = "process"
    package static let asks = "how many processes fit?"
    package static let reads = "`/proc/PID/{stat,status,root,exe,ns}`"
    package static let onlyReads = true

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = words
        let found = try look.select(select)
        let evidence = try found.prefix(5).flatMap { try facts(of: $0, for: select, look) }
        guard !count.contains(found.count) else {
            return outcome(true, expected, found.map(look.name).joined(separator: "; "), evidence)
        }
        guard found.isEmpty else {
            return outcome(
                false, expected, "\(found.count): \(found.prefix(5).map(look.name).joined(separator: "; "))", evidence,
                ["count": "\(found.count)"])
        }
        let missing = try look.shortfall(of: select)
        var observed = ["count": "0", "lacks": missing.key]
        if let near = missing.elsewhere { observed["outside"] = "\(near.pid)" }
        return outcome(false, expected, terminalSafe(missing.words), missing.evidence, observed)
    }

    /// What is to be seen of a process that fits, one line for each thing that the selector asks for.
    private func facts(of process: ProcessState, for selector: Selector, _ look: Judge) throws -> [Evidence] {
        var all: [Evidence] = []
        if selector.root != nil || selector.notRoot != nil || selector.namespaces.isEmpty {
            all.append(
                Evidence(
                    source: "/proc/\(process.pid)/root",
                    value: "\(look.name(process)): root \(process.root.map { "\($0.identity)" } ?? "unknown")"))
        }
        for kind in selector.namespaces.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let own = process.namespace(kind.kernel), let nodes = look.node.namespaces[kind.kernel] else {
                continue
            }
            all.append(
                Evidence(
                    source: "/proc/\(process.pid)/ns/\(kind.rawValue)",
                    value: "\(look.name(process)): \(own); the node: \(nodes)"))
        }
        return all
    }
}

extension ProcessProbe {
    /// For "expected".
    fileprivate var words: String {
        switch (count.atLeast, count.atMost) {
        case (_, 0): "no \(select)"
        case (1, nil), (nil, nil): "a \(select)"
        case (1, 1): "exactly one \(select)"
        default: "\(count) \(select.words(isPlural: true))"
        }
    }
}
