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

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
