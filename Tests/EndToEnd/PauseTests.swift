// pause as the first process of a pid namespace, beside a program that does not reap.

import Foundation
import Glibc
import KernelState
import Testing

/// A program that is PID 1 of a pid namespace of its own, in a user namespace of its own.
private final class FirstProcess {
    let running: Running
    let pid: ProcessID

    init(_ command: [String]) throws {
        let home = NSTemporaryDirectory()
        running = try Running(
            ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"] + command,
            environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": home])
        let parent = ProcessID(running.pid)
        var found: ProcessID?
        let name = (command[0] as NSString).lastPathComponent
        let isThere = try eventually {
            found = try ProcessTable.read(fields: []).children(of: parent).first { $0.comm == name }?.pid
            return found != nil
        }
        pid = try #require(isThere ? found : nil, "\(command) does not run: \(running.complaints)")
    }

    /// Runs a shell script in its namespaces, and waits for it.
    func inside(_ script: String) throws -> Finished {
        try run(
            [
                "nsenter", "--target", "\(pid)", "--user", "--preserve-credentials", "--pid", "--mount", "sh", "-c",
                script,
            ],
            environment: ["PATH": "/usr/bin:/bin"])
    }

    /// Starts that many processes whose parents end, and kills them: each is left for PID 1 to reap.
    func leaveOrphans(_ count: Int) throws {
        let left = try inside("i=0; while [ $i -lt \(count) ]; do (sleep 1000 & true); i=$((i+1)); done; kill -9 -1")
        #expect(left.code == 0, "\(left)")
    }

    func zombies() throws -> Int {
        try ProcessTable.read(fields: []).children(of: pid).count(where: \.isZombie)
    }

    func signal(_ number: Int32) { kill(pid.rawValue, number) }

    /// A number from its status, such as VmRSS in KiB.
    func status(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return try #require(line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
    }
}

@Suite struct PauseTests {
    /// Beside podlab, where the build puts it.
    private static let path: String? = {
        guard let podlab = Executable.path else { return nil }
        let path = (podlab as NSString).deletingLastPathComponent + "/pause"
        return access(path, X_OK) == 0 ? path : nil
    }()

    private static let trouble: String? = {
        guard let path else { return "there is no pause: run `make build`" }
        guard let tried = try? run(["unshare", "-Urpf", "true"], environment: ["PATH": "/usr/bin:/bin"]) else {
            return "there is no unshare"
        }
        return tried.code == 0 ? nil : "user namespaces are not allowed here: \(tried.error)"
    }()

    private func pause() throws -> FirstProcess { try FirstProcess([try #require(Self.path)]) }

    @Test(
        "it reaps a thousand orphans, where a program that does not wait leaves them all",
        .enabled(if: trouble == nil, "\(trouble ?? "")"))
    func reaps() throws {
        let pause = try pause()
        try pause.leaveOrphans(1000)
        #expect(try eventually { try pause.zombies() == 0 })
        let control = try FirstProcess(["sleep", "1000"])
        try control.leaveOrphans(1000)
        #expect(try eventually { try control.zombies() == 1000 })
    }

    @Test(
        "it ends well on INT and on TERM, and on nothing else that can be kept away",
        .enabled(if: trouble == nil, "\(trouble ?? "")"), arguments: [SIGINT, SIGTERM])
    func signals(last: Int32) throws {
        let pause = try pause()
        for number in 1...64 where ![SIGINT, SIGTERM, SIGKILL, SIGSTOP].contains(Int32(number)) {
            pause.signal(Int32(number))
        }
        // What it does after the signals shows that it lives: nobody else would reap.
        try pause.leaveOrphans(1)
        #expect(try eventually { try pause.zombies() == 0 })
        pause.signal(last)
        #expect(try pause.running.wait().code == 0)
    }

    @Test(
        "a storm of SIGCHLD neither ends it nor makes it miss a child",
        .enabled(if: trouble == nil, "\(trouble ?? "")"))
    func storm() throws {
        let pause = try pause()
        for _ in 0..<20 {
            for _ in 0..<5000 { pause.signal(SIGCHLD) }
            try pause.leaveOrphans(10)
        }
        #expect(try eventually { try pause.zombies() == 0 })
        pause.signal(SIGTERM)
        #expect(try pause.running.wait().code == 0)
    }

    @Test("idle, it does not even wake up; and it is small", .enabled(if: trouble == nil, "\(trouble ?? "")"))
    func small() throws {
        let pause = try pause()
        let wait = ["voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"]
        #expect(try eventually { try pause.status("voluntary_ctxt_switches") > 0 })
        let before = try wait.map { try pause.status($0) }
        // Time itself is what is measured.
        poll(nil, 0, 500)
        #expect(try wait.map { try pause.status($0) } == before)
        #expect(try pause.status("VmRSS") <= 16)
        let size = try FileManager.default.attributesOfItem(atPath: try #require(Self.path))[.size] as? Int
        #expect(try #require(size) <= 4096)
    }

    @Test("-v prints podlab's version, and outside of a pod it warns", .needsPodlab, .enabled(if: path != nil))
    func words() throws {
        let path = try #require(Self.path)
        let version = try Home().podlab("--version").output
        #expect(try run([path, "-v"], environment: [:]).output == "pause \(version)")
        let alone = try Running([path], environment: [:])
        try alone.expectComplaint("not PID 1")
        alone.send(SIGTERM)
        #expect(try alone.wait().code == 0)
    }
}
