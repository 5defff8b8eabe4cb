// How pods are to be printed: the words of `kubectl get -o`.

import Pods

package enum PodOutput: Sendable, Equatable {
    case table, wide, json, yaml, name
    case path(JSONPath)

    /// `wide`, `json`, `yaml`, `name` or `jsonpath=TEMPLATE`.
    package init(_ text: String) throws(JSONPathError) {
        switch text {
        case "wide": self = .wide
        case "json": self = .json
        case "yaml": self = .yaml
        case "name": self = .name
        default:
            guard let equals = text.firstIndex(of: "="), text[..<equals] == "jsonpath" else {
                throw JSONPathError(
                    description:
                        "unable to match a printer suitable for the output format \"\(shown(text))\", allowed formats "
                        + "are: json, jsonpath=TEMPLATE, name, wide, yaml")
            }
            self = .path(try JSONPath(String(text[text.index(after: equals)...])))
        }
    }

    /// Whether it has a row for each pod.
    package var isTable: Bool { self == .table || self == .wide }

    /// Whether no pods at all are something to print.
    package var printsNothing: Bool {
        switch self {
        case .table, .wide, .name: false
        case .json, .yaml, .path: true
        }
    }
}

extension PodTable {
    /// The pods as they are to be printed, with the line feed at the end where there is one.
    /// - Parameters:
    ///   - list: a List even of one; else the first pod alone.
    ///   - headings, labels: of a table.
    package static func print(
        _ pods: [Pod], as output: PodOutput, list: Bool, now: Timestamp, allNamespaces: Bool = false,
        headings: Bool = true, labels: Bool = false
    ) throws(JSONPathError) -> String {
        switch output {
        case .table, .wide:
            text(
                pods, wide: output == .wide, now: now, allNamespaces: allNamespaces, headings: headings, labels: labels)
        case .json: json(pods, list: list)
        case .yaml: yaml(pods, list: list)
        case .name: names(pods)
        case .path(let path): try path.text(of: value(pods, list: list))
        }
    }
}
