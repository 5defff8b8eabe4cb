// Lab 06: its truths, and what help says of the ways in which a pod is not one.

import Foundation
import Testing

@Suite struct Lab06Tests {
    @Test(
        "verify proves the six truths of lab 06, with drawn variables as well", .needsPlayground, .needsImages,
        arguments: [nil, "spring"])
    func truths(seed: String?) throws {
        let report = try Home().proven("06", seed: seed)
        // A pod with the same address, which is another pod.
        #expect(report.statuses["mutants-are-killed/new-pause"] == "pass")
    }

    /// solution.sh, with some lines replaced.
    private func solved(_ home: Home, _ replace: (String) -> [String]) throws -> ReportDocument {
        let lines = try String(
            contentsOfFile: Executable.checkout + "/Labs/06-pause/solution.sh", encoding: .utf8
        ).components(separatedBy: "\n").flatMap(replace)
        let script = try home.write(lines.joined(separator: "\n"), to: "06-pause.sh")
        return try home.podlab("lab", "check", "06-pause", "--file", script, "--format", "json").report()
    }

    @Test(
        "a submission without step lines passes at its end, the restart on the way included", .needsPlayground,
        .needsImages)
    func uncut() throws {
        let home = try Home()
        let report = try solved(home) { $0.hasPrefix("# step:") ? [] : [$0] }
        #expect(report.summary.fail == 0 && report.summary.error == 0, "\(report)")
    }

    @Test("help says which namespace a container has not joined", .needsPlayground, .needsImages)
    func help() throws {
        let home = try Home()
        let report = try solved(home) { line in
            [line == "container sleep infinity" ? line.replacing("container", with: "lonely") : line]
                + (line.hasPrefix("container()")
                    ? [
                        line.replacing("container", with: "lonely")
                            .replacing("-n -i -u unshare", with: "-n unshare -i -u")
                    ] : [])
        }
        let check = try report.check("join/second-shares")
        #expect(check.status == "fail" && check.help?.contains("IPC") == true, "\(check)")
        // What is not shared cannot be seen.
        #expect(try report.check("memory/segment").status == "fail")
    }

    @Test(
        "a second podlab knows the course's pause by what the first one has noted of it", .needsPlayground, .needsImages
    )
    func secondProcess() throws {
        let home = try Home()
        let shell = try home.start()
        try shell.type(
            "start 6\nunshare --net --ipc --uts pause & until pgrep -x pause; do sleep 0.1; done; echo there\n")
        try shell.expect("\nthere")
        func pause() throws -> ReportDocument.Check {
            try home.podlab("lab", "check", "06", "--format", "json").report().check("sandbox/pause")
        }
        #expect(try pause().status == "pass")
        // As a podlab that knew nothing of it would have written it.
        let record = home.path + "/run/podlab/sessions/" + (try #require(home.sessions.first)) + "/session.json"
        let text = try Data(contentsOf: URL(fileURLWithPath: record))
        var document = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        try #require(document.removeValue(forKey: "programs") != nil)
        try JSONSerialization.data(withJSONObject: document).write(to: URL(fileURLWithPath: record), options: .atomic)
        let unknown = try pause()
        #expect(unknown.status == "fail", "\(unknown)")
        #expect(unknown.evidence.contains { $0.value.contains("record does not say which file") }, "\(unknown)")
        try shell.type("quit\n")
        #expect(try shell.wait().code == 0)
    }

    @Test("a pause that is stopped waits for nobody, and podlab's own orphans say so", .needsPlayground, .needsImages)
    func orphans() throws {
        let home = try Home()
        let report = try solved(home) { [$0] + ($0.hasPrefix("until P=") ? ["kill -STOP $P"] : []) }
        let check = try report.check("zombies/reaped")
        #expect(check.status == "fail" && check.actual?.hasPrefix("3 below pause") == true, "\(check)")
        #expect(check.evidence.contains { $0.value.contains("podlab-orphan") }, "\(check)")
    }
}
