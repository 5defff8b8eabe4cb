// podlab pod get -w: the rows of pods that change, as they change.

import FoundationEssentials
import Glibc
import Kubelet
import Manifests
import Pods
import Terminals

struct PodWatch {
    let choose: ([Pod]) throws -> [Pod]
    let output: PodOutput
    let allNamespaces: Bool
    let headings: Bool
    let labels: Bool

    /// Milliseconds between two looks.
    private static let look: Int32 = 300

    /// Until there is no node any more, or the person ends it.
    /// - Parameter first: what has been printed already.
    func run(after first: [Pod]) throws {
        // Columns are as wide as what stands above them.
        var above = first
        var shown = Dictionary(first.map { ($0.uid, rows([$0], at: 0)) }) { $1 }
        while true {
            guard !StandardOutput.hasFailed, let found = try PodCommand.place().reach() else { return }
            do {
                var pods = found.pods
                while !StandardOutput.hasFailed {
                    for pod in try choose(pods) where shown[pod.uid] != rows([pod], at: 0) {
                        shown[pod.uid] = rows([pod], at: 0)
                        let table = rows(above + [pod], at: Date().timeIntervalSince1970)
                        let new = above.isEmpty ? table : table.suffix(1)
                        StandardOutput.print(new.joined(separator: "\n"))
                        if above.isEmpty { above = [pod] }
                    }
                    _ = poll(nil, 0, Self.look)
                    pods = try found.connection.pods()
                }
            } catch WireError.closed {
                // The node has gone with its last pod, or its agent was killed.
            }
        }
    }

    /// With `now` 0 a pod has the same ages always.
    private func rows(_ pods: [Pod], at now: Timestamp) -> [Substring] {
        PodTable.text(
            pods, wide: output == .wide, now: now, allNamespaces: allNamespaces, headings: headings, labels: labels
        ).split(separator: "\n")
    }
}
