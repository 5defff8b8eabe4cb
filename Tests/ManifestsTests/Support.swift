// Manifests for tests.

import Foundation
import Pods
import StrictYAML
import Testing

@testable import Manifests

/// A reading's remarks without the file's name: `4:9: metadata.name: …`.
extension ManifestReading {
    var remarks: [String] { (errors + warnings).map { String($0.description.dropFirst("pod.yaml:".count)) } }
    /// The messages alone.
    var faults: [String] { errors.map(\.message) }
    var advice: [String] { warnings.map(\.message) }
}

/// Reads a manifest, and holds whatever is right to what is printed of it.
func read(_ text: String) -> ManifestReading {
    let reading = Manifest.parse(text, file: "pod.yaml")
    if text.utf8.count < 1 << 16 { expectSameAfterPrinting(reading.pods) }
    return reading
}

/// What `get` prints of pods, in each form, is read as the same pods.
func expectSameAfterPrinting(_ specs: [PodSpec], _ sourceLocation: SourceLocation = #_sourceLocation) {
    guard !specs.isEmpty else { return }
    let pods = specs.map { PodMachine(uid: "u-\($0.name)", spec: $0, node: "node", at: 1_700_000_000).pod }
    let printed =
        [PodTable.yaml(pods, list: true), PodTable.json(pods, list: true)]
        + pods.flatMap { [PodTable.yaml([$0], list: false), PodTable.json([$0], list: false)] }
    for (index, text) in printed.enumerated() {
        let again = Manifest.parse(text, file: "again.yaml")
        let expected = index < 2 ? specs : [specs[index / 2 - 1]]
        guard !again.errors.isEmpty || again.pods != expected else { continue }
        let (one, other) = (sortedText(expected), sortedText(again.pods))
        let place = max(0, zip(one, other).prefix { $0 == $1 }.count - 40)
        Issue.record(
            "\(again.errors) \(one.dropFirst(place).prefix(120)) became \(other.dropFirst(place).prefix(120))\n\(text)",
            sourceLocation: sourceLocation)
    }
}

private func sortedText(_ pods: [PodSpec]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return (try? encoder.encode(pods)).map { String(decoding: $0, as: UTF8.self) } ?? ""
}

/// A pod that is right, with more lines in its one container (six spaces) and in its spec (two).
func podText(container: String = "", spec: String = "") -> String {
    let indented = { (text: String, spaces: Int) in
        text.split(separator: "\n").map { String(repeating: " ", count: spaces) + $0 + "\n" }.joined()
    }
    return """
        apiVersion: v1
        kind: Pod
        metadata:
          name: one
        spec:
          containers:
            - name: main
              image: busybox

        """ + indented(container, 6) + indented(spec, 2)
}

/// The pod of such a text; fails the test when it has errors.
func pod(container: String = "", spec: String = "") throws -> PodSpec {
    let reading = read(podText(container: container, spec: spec))
    #expect(reading.faults == [])
    return try #require(reading.pods.first)
}

func firstContainer(_ text: String, spec: String = "") throws -> ContainerSpec {
    try #require(try pod(container: text, spec: spec).containers.first)
}

/// A container as it is read when nothing more is said of it.
func plainContainer(_ name: String, image: String = "busybox") -> ContainerSpec {
    var container = ContainerSpec(name: name, image: image)
    container.imagePullPolicy = "Always"
    return container
}
