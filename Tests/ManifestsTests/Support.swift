// Manifests for tests.

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

func read(_ text: String) -> ManifestReading { Manifest.parse(text, file: "pod.yaml") }

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
