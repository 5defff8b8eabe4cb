// Selectors of labels, and manifests that are several files.

import Foundation
import Pods
import StrictYAML
import TestSupport
import Testing

@testable import Manifests

@Suite("Selectors of labels")
struct LabelSelectorTests {
    private let labels = ["app": "web", "tier": "front", "example.com/track": "stable", "empty": ""]

    @Test(
        "pods that fit",
        arguments: [
            "app=web", "app==web", " app = web , tier = front", "app!=db", "none!=x", "app", "!none",
            "app in (db, web)",
            "app notin (db)", "none notin (db)", "example.com/track=stable", "empty=", "app in (web),!none,tier", "",
            "empty in ()", ",app,",
        ])
    func fits(text: String) throws {
        #expect(try LabelSelector(text).fits(labels))
    }

    @Test(
        "pods that do not fit",
        arguments: [
            "app=db", "app!=web", "none", "!app", "none=x", "none=", "app in (db)", "app notin (db,web)",
            "app=web,tier=back",
            "none in (a)",
        ])
    func misses(text: String) throws {
        #expect(try !LabelSelector(text).fits(labels))
    }

    @Test(
        "what is no selector",
        arguments: ["=", "=x", "a b", "app in db", "app in (a", "app is (a)", "a=b=c d", "!", "a/b/c", "app=-x"])
    func malformed(text: String) {
        #expect(throws: LabelSelector.Malformed.self) { try LabelSelector(text) }
    }

    // MARK: Several files

    private func write(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = try makeScratchFolder(mode: 0o755)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files {
            let place = URL(fileURLWithPath: folder + "/" + name)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: place)
        }
        try body(folder)
    }

    private let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {a: b}\n"
    private let pod = podText(spec: "volumes: [{name: v, configMap: {name: cm}}]")

    @Test("several files are one manifest, in whatever order they are named, and places name their file")
    func several() throws {
        try write(["b.yaml": pod, "a.yml": map, "c.txt": "no manifest", "deeper/d.json": "{", "none/e.txt": ""]) {
            folder in
            for paths in [
                [folder + "/a.yml", folder + "/b.yaml"], [folder + "/b.yaml", folder + "/a.yml"], [folder],
                [folder + "/"],
                [folder + "/b.yaml," + folder + "/a.yml"],
            ] {
                let reading = Manifest.load(paths: paths)
                #expect(reading.faults == [] && reading.pods.map(\.name) == ["one"], "\(paths)")
            }
            #expect(Manifest.load(paths: [folder], recursive: true).errors.map(\.file) == [folder + "/deeper/d.json"])
            let twice = Manifest.load(paths: [folder + "/a.yml", folder + "/b.yaml", folder + "/b.yaml"])
            #expect(twice.errors.map(\.file) == [folder + "/b.yaml"] && twice.faults[0].contains("Duplicate value"))
            #expect(Manifest.load(paths: [folder + "/none"]).faults.first?.contains("a folder without a file") == true)
            #expect(
                Manifest.load(paths: [folder + "/a.yml"]).faults == ["there is no Pod in this file: nothing would run"])
            #expect(
                Manifest.load(paths: [folder + "/b.yaml", folder + "/nosuch"]).errors.map(\.file) == [
                    folder + "/nosuch"
                ])
        }
        #expect(
            Manifest.load(paths: ["https://example.com/x.yaml"]).faults.first?.contains("fetches no manifests") == true)
    }
}
