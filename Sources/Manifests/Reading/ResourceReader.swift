// resources: what a container asks for and what it may have at most.

import Pods
import StrictYAML
import Text

enum ResourceReader {
    static func read(_ container: ObjectFields) -> ResourceRequirements {
        var resources = ResourceRequirements()
        guard let fields = container.object("resources", .resources) else { return resources }
        resources.limits = amounts(fields, "limits")
        resources.requests = amounts(fields, "requests")
        compare(fields, "cpu", resources.requests.cpuMillis, resources.limits.cpuMillis) { "\($0)m" }
        compare(fields, "memory", resources.requests.memory, resources.limits.memory) { "\($0)" }
        // What is limited and not requested is requested as much, as the API server fills it in.
        resources.requests.cpuMillis = resources.requests.cpuMillis ?? resources.limits.cpuMillis
        resources.requests.memory = resources.requests.memory ?? resources.limits.memory
        return resources
    }

    private static func amounts(_ fields: ObjectFields, _ name: String) -> ResourceAmounts {
        var amounts = ResourceAmounts()
        for (resource, key, value) in fields.entries(name) {
            let path = "\(fields.child(name))[\(shown(resource))]"
            guard isResource(resource) else {
                let near =
                    Spelling.nearest(to: resource, in: names).map { " (did you mean '\($0)'?)" } ?? ""
                fields.reader.error(
                    "\(path): Invalid value: \"\(shown(resource))\": must be a standard resource type or fully qualified\(near)",
                    at: key)
                continue
            }
            guard let quantity = fields.quantity(value, at: path) else { continue }
            // Nothing at all is no limit, as for the container runtimes of Kubernetes.
            if quantity.isZero { continue }
            switch resource {
            case "cpu": amounts.cpuMillis = quantity.roundedUp(scale: 3)
            case "memory":
                amounts.memory = quantity.roundedUp()
                if !quantity.isWhole {
                    fields.reader.warning(
                        "\(path): fractional byte value \"\(shown(value.scalar?.string ?? ""))\" is invalid, must be an integer "
                            + "(m is for thousandths, Mi and M are for millions)", at: SourcePosition(value))
                }
            default:
                fields.reader.warning(
                    "\(path): podlab leaves this out; in Kubernetes, \(effect(of: resource))", at: key)
            }
        }
        return amounts
    }

    private static let names = ["cpu", "memory", "ephemeral-storage"]

    /// Kubernetes takes its own names, huge pages, and any name with a domain.
    private static func isResource(_ name: String) -> Bool {
        names.contains(name) || name.hasPrefix("hugepages-")
            || name.contains("/") && NameRule.qualifiedKey.problem(with: name) == nil
    }

    private static func effect(of resource: String) -> String {
        switch resource {
        case "ephemeral-storage": "this would bound what the container writes to the node's disk"
        case _ where resource.hasPrefix("hugepages-"): "the container would get huge pages"
        default: "the scheduler would look for a node that offers \(shown(resource))"
        }
    }

    private static func compare(
        _ fields: ObjectFields, _ name: String, _ request: UInt64?, _ limit: UInt64?,
        words: (UInt64) -> String
    ) {
        guard let request, let limit, request > limit else { return }
        let written = { (key: String) -> String? in
            fields.entries(key).first { $0.name == name }?.value.scalar?.string
        }
        fields.invalid(
            "requests", text: written("requests") ?? words(request),
            "must be less than or equal to \(name) limit of \(written("limits") ?? words(limit))")
    }
}
