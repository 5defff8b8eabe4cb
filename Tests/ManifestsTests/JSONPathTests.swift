// Queries as `kubectl get -o jsonpath=` answers them.

import Pods
import Testing

@testable import Manifests

@Suite("Queries")
struct JSONPathTests {
    private let object: ObjectValue = [
        "items": .list([
            [
                "metadata": ["name": "one", "labels": ["a.b/c": "x"]],
                "status": ["phase": "Running", "podIP": "10.244.0.2"],
            ],
            ["metadata": ["name": "two"], "status": ["phase": "Pending"], "n": .integer(5), "f": true],
        ])
    ]

    @Test(
        "paths, lists, ranges and text",
        arguments: [
            ("{.items[0].status.phase}", "Running"), ("{.items[0].status.podIP}", "10.244.0.2"),
            ("{.items[*].metadata.name}", "one two"), ("{$.items[-1].metadata.name}", "two"), ("{.items[1].n}", "5"),
            ("{.items[1].f}", "true"), ("{.items[1].status.podIP}", ""), ("{.none.none}", ""), ("text", "text"),
            ("", ""),
            ("{.items[0].metadata.labels.a\\.b/c}", "x"), ("{.items[0].metadata.labels['a.b/c']}", "x"),
            ("{.items[0]['metadata']['name']}", "one"), ("{ .items[0].metadata.name }", "one"),
            ("{.items[1].status}", #"{"phase":"Pending"}"#), ("{.items[0:1].metadata.name}", "one"),
            ("{.items[1:].metadata.name}", "two"), ("{.items[0].status.*}", "Running 10.244.0.2"),
            (
                #"{range .items[*]}{.metadata.name}{"\t"}{@.status.phase}{'\n'}{end}done"#,
                "one\tRunning\ntwo\tPending\ndone"
            ),
            ("{.items[0].metadata.name}: {.items[0].status.phase}", "one: Running"),
        ])
    func answers(template: String, answer: String) throws {
        #expect(try JSONPath(template).text(of: object) == answer)
    }

    @Test(
        "what is no query is refused",
        arguments: [
            "{", "{.a", "{a}", "{.items[}", "{.items[x]}", "{.items[1:2:3]}", "{range .items[*]}", "{end}", "{\"a}",
            "{..a}",
            "{.a..b}", "{.a.}", "{.items['a}", "{.a[?(@.b)]}",
        ])
    func refused(template: String) {
        #expect(throws: JSONPathError.self) { try JSONPath(template) }
    }

    @Test("an index beyond the end is an error, as kubectl's is")
    func outOfBounds() throws {
        let error = #expect(throws: JSONPathError.self) { try JSONPath("{.items[2]}").text(of: object) }
        #expect(error?.description == "array index out of bounds: index 2, length 2")
    }

    @Test("outputs by their words; answers are safe to print")
    func outputs() throws {
        #expect(try PodOutput("wide") == .wide)
        #expect(try PodOutput("jsonpath={.a}") == .path(try JSONPath("{.a}")))
        let error = #expect(throws: JSONPathError.self) { try PodOutput("xml") }
        #expect(error?.description.contains("allowed formats are: json, jsonpath=TEMPLATE, name, wide, yaml") == true)
        let spec = PodSpec(metadata: PodMetadata(name: "one"), containers: [])
        var status = PodStatus()
        status.podIP = "\u{1b}[2J"
        let pod = Pod(uid: "u", creationTime: 0, spec: spec, status: status)
        let output = try PodOutput("jsonpath={.status.podIP}")
        #expect(try PodTable.print([pod], as: output, list: false, now: 0) == "\\u{1b}[2J")
    }
}
