// Lab 15 done by the Isolation library: what `demo` shows and runs.

import Glibc
import Isolation
import LabKit

/// The agent is podlab's own, so the plans start its client; what they kill is processes of the node.
package enum Lab15Restart: LabSolution {
    package static let lab = "15-restart"

    package static func perform(_ step: String, on stage: Stage) throws {
        switch step {
        case "loop": try loop(stage)
        case "always":
            try pod(stage, "apply", "-f", "web.yaml")
            try awaitAnother(than: end("httpd", SIGKILL, stage), "httpd", stage)
        case "sandbox":
            let server = try number(of: "httpd", stage)
            try end("pause", SIGKILL, stage)
            try awaitAnother(than: server, "httpd", stage)
        case "policy": try policy(stage)
        case "backoff":
            try pod(stage, "delete", "job", "once")
            try pod(stage, "apply", "-f", "shaky.yaml")
            for _ in 1...5 { try awaitAnother(than: end("nc", SIGKILL, stage), "nc", stage) }
        case "controllers": try controllers(stage)
        default: throw StageError.unknownStep(step)
        }
    }

    // MARK: Steps

    private static func loop(_ stage: Stage) throws {
        let child = try stage.start(
            Plan([
                .execute("/bin/bash", arguments: ["bash", "-c", "while :; do httpd -f -p 8080; done 2>/dev/null"])
            ]), "a loop that starts a program again")
        try stage.until("pgrep -x httpd")
        try awaitAnother(than: end("httpd", SIGKILL, stage), "httpd", stage)
        stage.letSee()
        child.close()
        _ = try? stage.output(of: ["pkill", "-KILL", "-x", "httpd"])
    }

    private static func policy(_ stage: Stage) throws {
        try pod(stage, "delete", stage.value("POD"))
        try pod(stage, "apply", "-f", "job.yaml")
        // The shell has its trap when it has its child.
        try stage.until("pgrep -P $(pgrep -x sh)")
        try end("sh", SIGTERM, stage)
        try awaitAnother(than: end("tail", SIGKILL, stage), "tail", stage)
        try stage.run(
            Plan([
                .execute(
                    "/bin/bash",
                    arguments: [
                        "bash", "-c",
                        "sed 's/: job/: once/; s/OnFailure/Never/' job.yaml | podlab pod apply -f -",
                    ])
            ]), "the same pod, to be started once only")
        // The other pod's tail is the older one.
        try end("tail", SIGKILL, stage)
        // A look that was late for its end finds it gone, and the next one that it has stayed away.
        for _ in 1...2 {
            _ = try stage.output(of: ["sleep", "0.3"])
            stage.letSee()
        }
    }

    private static func controllers(_ stage: Stage) throws {
        try pod(stage, "delete", "shaky")
        try stage.run(
            Plan([.writeFile(.path("wanted"), contents: "3\n"), .execute("true", arguments: ["true"])]),
            "how many there shall be")
        let child = try stage.start(
            Plan([.execute("/root/replicas", arguments: ["./replicas", "web.yaml"])]), "a loop that keeps so many pods")
        try stage.until("[ $(pgrep -cx httpd) = 3 ]")
        stage.letSee()
        let name = try stage.output(of: ["bash", "-c", "podlab pod get -o name | grep -om 1 \"$POD-.*\""])
            .prefix { $0 != "\n" }
        try pod(stage, "delete", String(name))
        try stage.until("[ $(podlab pod get -o name | grep -v \(name) | grep -c $POD-) = 3 ]")
        try stage.until("[ $(pgrep -cx httpd) = 3 ]")
        stage.letSee()
        child.close()
    }

    // MARK: What they are made of

    private static func pod(_ stage: Stage, _ arguments: String...) throws {
        try stage.run(
            Plan([.execute("/usr/local/bin/podlab", arguments: ["podlab", "pod"] + arguments)]), "ask the node's agent")
    }

    /// The number of the process of this name that was started last.
    private static func number(of name: String, _ stage: Stage) throws -> Int32 {
        let numbers = try stage.output(of: ["pgrep", "-x", name]).split(separator: "\n").compactMap { Int32($0) }
        guard let number = numbers.last else { throw StageError.command("pgrep -x \(name)", status: "found nobody") }
        return number
    }

    /// Ends the process of this name, and lets it be seen before and after.
    @discardableResult
    private static func end(_ name: String, _ signal: Int32, _ stage: Stage) throws -> Int32 {
        let number = try number(of: name, stage)
        stage.letSee()
        try stage.run(
            Plan([.execute("kill", arguments: ["kill", "-\(signal)", "\(number)"])]), "the end of a \(name)")
        stage.letSee()
        return number
    }

    private static func awaitAnother(than old: Int32, _ name: String, _ stage: Stage) throws {
        try stage.until("pgrep -x \(name) | grep -vx \(old)")
    }
}

extension Stage {
    /// Waits until a command of the shell succeeds.
    fileprivate func until(_ condition: String) throws {
        _ = try output(of: ["bash", "-c", "until \(condition); do sleep 0.04; done"])
    }
}
