// What is printed of a pod is a manifest of the same pod.

import Foundation
import Pods
import TestSupport
import Testing

@testable import Manifests

/// `read` holds every right manifest of these tests to this as well.
@Suite("Printed pods are read again")
struct PrintedPodTests {
    private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("the manifests of the end-to-end tests, of the examples and of the lessons")
    func files() throws {
        var pods = 0
        for folder in ["Tests/EndToEnd", "docs", "Labs"] {
            let place = Self.checkout.appendingPathComponent(folder)
            let files = try #require(FileManager.default.enumerator(at: place, includingPropertiesForKeys: nil))
            for case let file as URL in files where ["yaml", "md", "sh"].contains(file.pathExtension) {
                let text = try String(contentsOf: file, encoding: .utf8)
                for manifest in Self.manifests(in: text.replacing("{{pod}}", with: "p")) {
                    let reading = Manifest.parse(manifest, file: file.lastPathComponent)
                    pods += reading.pods.count
                    expectSameAfterPrinting(reading.pods)
                }
            }
        }
        #expect(pods >= 6)
    }

    /// What begins with `apiVersion:` and goes on at the same indentation or a larger one.
    private static func manifests(in text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.filter { lines[$0].drop { $0 == " " }.hasPrefix("apiVersion: v1") }.map { start in
            let indent = lines[start].prefix { $0 == " " }
            let rest = lines[start...].prefix {
                $0.hasPrefix(indent) && !$0.hasPrefix(indent + "```") && !$0.hasPrefix(indent + "END")
                    && !$0.hasPrefix(indent + "node#")
            }
            return rest.map { $0.dropFirst(indent.count) + "\n" }.joined()
        }
    }

    @Test("volumes of ConfigMaps: all keys, some, under other names, twice, none, optional ones")
    func configMaps() throws {
        let maps = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: cm}
            data: {a.conf: "x: 1\\n  y\\n\\n", b: "", c: "$(A) $$ {{ }} \\u001b[0m"}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: empty}
            ---

            """
        let reading = read(
            maps
                + podText(
                    container:
                        "env: [{name: A, value: x}, {name: C, valueFrom: {configMapKeyRef: {name: cm, key: c}}}]",
                    spec: """
                        volumes:
                        - {name: all, configMap: {name: cm}}
                        - {name: some, configMap: {name: cm, items: [{key: b, path: deep/b}, {key: b, path: ./d//b2}]}}
                        - {name: same, configMap: {name: cm, items: [{key: a.conf, path: x}, {key: b, path: x}]}}
                        - {name: gone, configMap: {name: nosuch, optional: true}}
                        - {name: half, configMap: {name: cm, optional: true, items: [{key: nosuch, path: nope}, {key: b, path: b}]}}
                        - {name: nothing, configMap: {name: empty}}
                        - {name: unpicked, configMap: {name: cm, items: []}}
                        """))
        #expect(reading.faults == [])
        let volumes = try #require(reading.pods.first?.volumes)
        func files(_ name: String) -> [String: String]? {
            for case .configMap(_, let files, _, _) in volumes.filter({ $0.name == name }).map(\.source) {
                return files
            }
            return nil
        }
        #expect(files("all")?.keys.sorted() == ["a.conf", "b", "c"] && files("unpicked") == files("all"))
        #expect(
            files("some") == ["deep/b": "", "d/b2": ""] && files("same") == ["x": ""] && files("half") == ["b": ""])
        #expect(files("gone") == [:] && files("nothing") == [:])
        // Each alone shows less of its ConfigMap.
        for volume in volumes {
            var pod = try #require(reading.pods.first)
            pod.volumes = [volume]
            expectSameAfterPrinting([pod])
        }
    }

    @Test("a ConfigMap in the file goes before what was printed with the pod, and what nobody printed is refused")
    func precedence() throws {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {a: old}\n---\n"
        let spec = try #require(
            read(map + podText(spec: "volumes: [{name: v, configMap: {name: cm}}]")).pods.first)
        #expect(spec.metadata.annotations.isEmpty)
        let printed = PodTable.yaml([PodMachine(uid: "u", spec: spec, at: 0).pod], list: false)
        let changed = Manifest.parse(map.replacing("old", with: "new") + printed, file: "x")
        #expect(changed.pods.first?.volumes.first?.source == .configMap(name: "cm", files: ["a": "new"]))
        for (text, fault) in [
            ("x", "in JSON"), ("{\"cm\": []}", "in JSON"), ("{\"cm\": {\"../x\": \"y\"}}", "must not"),
            ("{\"cm\": {\"a/b\": \"y\"}}", "config key"), ("{\"C M\": {}}", "subdomain"),
        ] {
            let quoted = ObjectValue.quoted(text)
            let reading = Manifest.parse(
                podText().replacing("name: one", with: "name: one\n  annotations: {podlab/config-maps: \(quoted)}"),
                file: "x")
            #expect(reading.errors.count == 1 && reading.faults[0].contains(fault), "\(text): \(reading.faults)")
        }
    }

    @Test("references to variables in a ConfigMap's text are text")
    func references() throws {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {k: '$(A) $$ $x'}\n---\n"
        let container =
            "env: [{name: K, valueFrom: {configMapKeyRef: {name: cm, key: k}}}]\nenvFrom: [{configMapRef: {name: cm}}]"
        let variables = try #require(
            read(map + podText(container: container)).pods.first?.containers.first?.environment)
        #expect(variables.map(\.value) == ["$$(A) $$$$ $$x", "$$(A) $$$$ $$x"])
    }

    // MARK: Any text

    /// Pieces of which texts are made that a writer or a reader may take for something else.
    private static let pieces = [
        "", "\0", " ", "  ", "\n", "\n\n", "\t", "\r", "\r\n", "a", "B", "0", "1e3", "0x1f", "1_000", "017", "true",
        "yes",
        "Null",
        "~", "'", "\"", "\\", "\\n", "\\'", "#", " #", ":", ": ", "-", "- ", "---", "...", "{", "}", "[", "]", ",",
        "&a", "*a",
        "!", "!!str", "|", ">", "|-", "%", "@", "`", "?", "? ", "<<", "=", "$(A)", "$$", "{{", "\u{1b}[2J", "\u{7f}",
        "\u{85}", "\u{a0}", "\u{2028}", "\u{202e}", "\u{feff}", "\u{fffd}", "\u{e000}", "é", "漢", "😀", "\u{e0041}",
        "\u{f0000}", "\u{10ffff}",
    ]

    private func text(_ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...5, using: &generator)).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }
            .joined()
    }

    @Test("whatever commands, variables, annotations, paths and ConfigMaps say", arguments: 1...40)
    func texts(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let specs = (0..<3).map { number in
            var first = plainContainer("a")
            func filled(_ prefix: String) -> String { prefix + text(&generator) }
            first.command = (0..<3).map { _ in filled("x") } + [text(&generator)]
            first.arguments = (0..<20).map { _ in text(&generator) }
            first.environment = (0..<20).map { EnvironmentVariable(name: "V\($0)", value: text(&generator)) }
            first.workingDirectory = filled("/")
            first.terminationMessagePath = filled("/")
            first.securityContext.runAsUser = UInt32.random(in: 0...UInt32(Int32.max), using: &generator)
            first.securityContext.allowPrivilegeEscalation = [nil, true, false].randomElement(using: &generator) ?? nil
            for amount in [\ResourceRequirements.limits, \.requests] {
                first.resources[keyPath: amount].cpuMillis = [1, 999, 1000, 1500, UInt64(Int64.max)].randomElement(
                    using: &generator)
                first.resources[keyPath: amount].memory = [1, 1000, 1024, 3 << 29, 1 << 60, UInt64(Int64.max)]
                    .randomElement(using: &generator)
            }
            first.resources.requests = first.resources.limits
            var spec = PodSpec(metadata: PodMetadata(name: "p\(number)"), containers: [first, plainContainer("b")])
            spec.metadata.labels = ["a": "1e3", "b": "", "c/d": "true", "e": "x"]
            for index in 0..<5 { spec.metadata.annotations["k\(index)"] = text(&generator) }
            // What comes from binaryData may have even this.
            let data = ["a": text(&generator), "b": text(&generator) + "\u{0}" + text(&generator)]
            spec.volumes = [
                Volume(name: "c", source: .configMap(name: "m", files: data)),
                Volume(name: "h", source: .hostPath(filled("/"), .directory)),
                Volume(name: "e", source: .emptyDirectory(inMemory: true, sizeLimit: 1 << 20)),
                Volume(name: "f", source: .emptyDirectory(inMemory: false, sizeLimit: 12345)),
            ]
            spec.terminationGracePeriodSeconds = [0, 30, .max].randomElement(using: &generator) ?? 1
            return spec
        }
        expectSameAfterPrinting(specs)
    }

    @Test("characters beyond the first plane, escaped as JSON escapes them")
    func surrogates() throws {
        func value(_ escaped: String) throws -> String? {
            let json =
                #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"b","args":["TEXT"]}]}}"#
            let reading = read(json.replacing("TEXT", with: escaped))
            #expect(reading.faults == [])
            return reading.pods.first?.containers.first?.arguments?.first
        }
        #expect(try value(#"\ud83d\ude00 \uD83D\uDE00"#) == "😀 😀")
        #expect(try value(#"\\ud83d\\ude00 \\\ud83d\ude00"#) == #"\ud83d\ude00 \😀"#)
        // Half a pair is no character.
        #expect(try value(#"\ud83d \ude00\ud83d"#) == "\u{fffd} \u{fffd}\u{fffd}")
    }
}
