// No manifest, however broken or hostile, may stop podlab, take long or take much memory.

import Glibc
import Pods
import StrictYAML
import TestSupport
import Testing
import Text

@testable import Manifests

@Suite("Manifests that nobody would write", .serialized)
struct HostileManifestTests {
    private static let seed =
        podText(
            container: """
                command: &c [sh, -c, "echo hi"]
                args: *c
                env: [{name: A, value: "1"}, {name: B, valueFrom: {configMapKeyRef: {name: m, key: k}}}]
                ports: [{containerPort: 80, name: web, protocol: UDP}]
                resources: {limits: {memory: 200Mi, cpu: 0.5}, requests: {memory: 1e3}}
                volumeMounts: [{name: data, mountPath: /data, readOnly: true}]
                securityContext: {capabilities: {add: [NET_ADMIN]}}
                livenessProbe: {exec: {command: [true]}}
                """,
            spec: "volumes: [{name: data, configMap: {name: m}}]\nrestartPolicy: Never\n"
        ) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  k: |\n    text\n"

    /// Fragments that mean something in YAML or in a manifest, or to a terminal.
    private static let fragments = [
        "\n", " ", "  ", "\t", ":", ": ", "- ", "-", "[", "]", "{", "}", ",", "\"", "'", "|", ">", "&a ", "*a", "*c",
        "!",
        "!!int ", "!!binary ", "<<: ", "? ", "#", " #", "%", "---\n", "...\n", "~", "null", "true", "0x", "1e9", "-1",
        "200 Mi",
        "..", "/", "\\", "\\x", "\u{0}", "\u{1b}[2J", "\u{202e}", "\u{feff}", "é", "👩‍🚀", "\r", "\u{85}", "containers:",
        "name: ", "kind: List\n", "items: ", "@", "`", "\u{fffe}", "\"\\ud800\"", "\"\\U0010FFFF\"",
    ]

    @Test("damaged manifests are read to the end, quickly and in little memory, and every remark can be printed")
    func damage() {
        var generator = SeededGenerator(seed: 6)
        let before = residentMemory()
        let started = ContinuousClock.now
        for _ in 0..<4000 {
            let text = Self.damaged(Self.seed, by: &generator)
            let reading = read(text)
            #expect(reading.pods.isEmpty || reading.errors.isEmpty)
            for remark in reading.errors + reading.warnings {
                #expect(!remark.description.unicodeScalars.contains { isHazardous($0) })
                #expect(remark.line >= 1 && remark.column >= 1)
            }
        }
        #expect(ContinuousClock.now - started < Deadline.duration)
        #expect(residentMemory() - before < 256 << 20)
    }

    private static func damaged(_ text: String, by generator: inout SeededGenerator) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let place = Int.random(in: 0...scalars.count, using: &generator)
            let end = min(scalars.count, place + Int.random(in: 0...40, using: &generator))
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: scalars.removeSubrange(place..<end)
            case 1: scalars.insert(contentsOf: scalars[place..<end], at: place)
            case 2: scalars = Array(scalars[..<place])
            default:
                let fragment = fragments.randomElement(using: &generator) ?? ""
                scalars.insert(contentsOf: Array(fragment.unicodeScalars), at: place)
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Ten lines that stand for ten to the power of nine values.
    private static func bomb(_ use: (Int) -> String) -> String {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(aliases)]")
        }
        return lines.joined(separator: "\n") + "\n" + use(9) + "\n"
    }

    static let hostile: [(String, String)] = [
        ("alias bomb", bomb { "b: *a\($0)" }), ("alias bomb as a key", bomb { "? *a\($0)\n: b" }),
        ("deep brackets", String(repeating: "[", count: 100_000)),
        ("deep braces", String(repeating: "{", count: 100_000)),
        ("deep keys", String(repeating: "a: {", count: 100_000)),
        ("deep list", String(repeating: "- ", count: 100_000)),
        ("deep indentation", (0..<1200).map { String(repeating: " ", count: $0) + "a:\n" }.joined()),
        ("many documents", String(repeating: "--- a\n", count: 100_000)),
        ("many keys", (0..<50_000).map { "k\($0): v\n" }.joined()),
        ("many unknown fields", podText(container: (0..<20_000).map { "k\($0): v\n" }.joined())),
        ("long key", podText(container: String(repeating: "k", count: 500_000) + ": v")),
        ("long value", podText(container: "imagePullPolicy: " + String(repeating: "v", count: 500_000))),
        ("long line without end", "a: \"" + String(repeating: "v ", count: 400_000)),
        ("many colons", "a: b" + String(repeating: ": c", count: 200_000)),
        ("many containers", podText() + (0..<10_000).map { "    - {name: c\($0), image: b, k: v}\n" }.joined()),
        ("many anchors", (0..<20_000).map { "k\($0): &a\($0) v\n" }.joined()),
        ("many aliases", "a: &a v\n" + (0..<20_000).map { "k\($0): *a\n" }.joined()),
        ("many environment names", podText(container: "env:\n" + (0..<20_000).map { "- {name: v\($0)}\n" }.joined())),
        ("block scalars", String(repeating: "a: |\n b\n", count: 50_000)),
        ("comments", String(repeating: "# x\n", count: 200_000)),
        ("tags", String(repeating: "!!a ", count: 200_000)),
        ("quotes", String(repeating: "'", count: 500_000)),
        ("escapes", "\"" + String(repeating: "\\u0000", count: 100_000) + "\""),
    ]

    @Test("a file of up to 1 MiB takes seconds at most, whatever is in it", arguments: hostile.indices)
    func bounded(index: Int) {
        let (name, text) = Self.hostile[index]
        #expect(text.utf8.count <= Manifest.largestFile, "\(name)")
        let before = residentMemory()
        var reading: ManifestReading?
        let time = processorTime { reading = read(text) }
        #expect(time < .seconds(20), "\(name): \(time)")
        #expect(residentMemory() - before < 512 << 20, "\(name)")
        #expect((reading?.errors.count ?? 0) <= 1001, "\(name)")
        for remark in reading?.errors ?? [] { #expect(remark.message.utf8.count < 4096, "\(name)") }
    }

    @Test("aliases that grow without measure are refused before anything is made of them")
    func bombs() {
        let reading = read(Self.bomb { "b: *a\($0)" })
        #expect(reading.faults == ["the aliases of this file multiply what it says beyond measure"])
        // Where the bound is passed.
        #expect(reading.errors.first?.line == 6)
        // Words that only look like aliases, in a page of HTML and in a script.
        let page = podText(container: "command: [\"rm *txt; a &b & c *b &amp; &lt; *x *y *z\"]")
        #expect(read(page).faults == [])
    }
}

/// Bytes of memory that this process has at the moment (the second field of /proc/self/statm, in pages).
private func residentMemory() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 200)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
        separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
}
