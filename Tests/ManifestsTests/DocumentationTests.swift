// docs/pods.md is held to what is read.

import Foundation
import Testing

@testable import Manifests

@Suite("The page about pods")
struct DocumentationTests {
    private let page: String

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/pods.md")
        page = try String(contentsOf: file, encoding: .utf8)
    }

    @Test("names every field that is read")
    func fields() {
        let tables: [FieldTable] = [
            .podSpec, .podSecurityContext, .container, .containerSecurityContext, .capabilities, .volumeMount,
            .resources,
            .emptyDir, .hostPath, .variableSource,
        ]
        // A container's own restart policy is read to be refused, or to make a sidecar of it.
        for table in tables {
            for field in table.read { #expect(page.contains("`\(field)`") || page.contains("`\(field):"), "\(field)") }
        }
    }

    @Test("has examples that are right")
    func examples() {
        let examples = page.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(!examples.isEmpty)
        for example in examples {
            let reading = read(example)
            #expect(reading.remarks == [])
            #expect(!reading.pods.isEmpty)
        }
    }
}
