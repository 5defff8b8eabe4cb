// Pods as `kubectl get pods` would print them.

import Pods
import Text

package enum PodTable {
    /// A table with a heading; nothing for no pods.
    /// - Parameters:
    ///   - wide: with IP, NODE, NOMINATED NODE and READINESS GATES.
    ///   - allNamespaces: with NAMESPACE.
    ///   - headings: the first row.
    ///   - labels: with LABELS.
    package static func text(
        _ pods: [Pod], wide: Bool = false, now: Timestamp, allNamespaces: Bool = false, headings: Bool = true,
        labels: Bool = false
    ) -> String {
        guard !pods.isEmpty else { return "" }
        var rows = [["NAME", "READY", "STATUS", "RESTARTS", "AGE"]]
        if wide { rows[0] += ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"] }
        if allNamespaces { rows[0].insert("NAMESPACE", at: 0) }
        if labels { rows[0].append("LABELS") }
        for pod in pods {
            let summary = PodSummary(pod)
            var row = [
                pod.spec.name, "\(summary.ready)/\(pod.spec.containers.count)", summary.status,
                summary.restartsText(now: now), humanDuration(seconds: now - pod.creationTime),
            ]
            if wide {
                row += [pod.status.podIP ?? "<none>", pod.status.nodeName ?? "<none>", "<none>", "<none>"]
            }
            if allNamespaces { row.insert(pod.spec.metadata.namespace, at: 0) }
            if labels {
                let all = pod.spec.metadata.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                row.append(all.isEmpty ? "<none>" : all.joined(separator: ","))
            }
            rows.append(row)
        }
        if !headings { rows.removeFirst() }
        return aligned(rows.map { $0.map { terminalSafe($0) } })
    }

    /// kubectl says this on standard error.
    package static func nothingFound(namespace: String?) -> String {
        namespace.map { terminalSafe("No resources found in \($0) namespace.") } ?? "No resources found"
    }

    /// What `kubectl get pod NAME -o json` prints for one, or a List.
    package static func json(_ pods: [Pod], list: Bool) -> String {
        value(pods, list: list).json + "\n"
    }

    /// The same as YAML.
    package static func yaml(_ pods: [Pod], list: Bool) -> String { value(pods, list: list).yaml }

    /// `pod/NAME` in lines of its own.
    package static func names(_ pods: [Pod]) -> String {
        pods.map { terminalSafe("pod/\($0.spec.name)") + "\n" }.joined()
    }

    /// The word in the column STATUS.
    package static func status(_ pod: Pod) -> String { terminalSafe(PodSummary(pod).status) }

    static func value(_ pods: [Pod], list: Bool) -> ObjectValue {
        if !list, let pod = pods.first { return pod.objectValue }
        return [
            "apiVersion": "v1", "kind": "List", "metadata": ["resourceVersion": ""],
            "items": .list(pods.map(\.objectValue)),
        ]
    }

    /// Columns three spaces apart and at least six wide, the last one ragged.
    private static func aligned(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in
            max(6, (rows.map { $0[column].count }.max() ?? 0) + 3)
        }
        return rows.map { row in
            let cells = zip(row.dropLast(), widths).map {
                $0 + String(repeating: " ", count: $1 - $0.count)
            }
            return cells.joined() + (row.last ?? "") + "\n"
        }
        .joined()
    }
}
