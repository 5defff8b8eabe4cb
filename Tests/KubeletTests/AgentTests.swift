// The agent over its socket: pods come, are seen, are entered, and go.

import CIsolation
import Foundation
import Glibc
import Pods
import Terminals
import TestSupport
import Testing

@testable import Kubelet

@Suite struct AgentTests {
    @Test("a pod is applied, listed and deleted")
    func life() throws {
        let stage = try AgentStage()
        defer { stage.stop() }
        let connection = try stage.connect()
        #expect(try connection.pods() == [])
        let spec = AgentStage.pod("p", "exec sleep 1000")
        let applied = try connection.apply(spec)
        #expect(applied.outcome == .created && applied.warnings == [])
        let started = try #require(try connection.awaitStart([applied.pod], seconds: Deadline.seconds))
        #expect(started.map(\.status.phase) == [.running])
        #expect(try connection.pods().map(\.uid) == [applied.pod.uid])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: stage.folder + "/pods") == [applied.pod.uid + ".json"])
        #expect(try connection.apply(spec).outcome == .unchanged)
        var labelled = spec
        labelled.metadata.labels = ["a": "b"]
        #expect(try connection.apply(labelled).outcome == .configured)
        let other = AgentStage.pod("p", "exec sleep 2000")
        #expect { try connection.apply(other) } throws: { ($0 as? Refusal)?.kind == .invalid }
        try connection.delete(applied.pod, grace: nil)
        #expect(try connection.awaitEnd([applied.pod], seconds: Deadline.seconds))
        #expect(try connection.pods() == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: stage.folder + "/pods") == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: stage.folder + "/logs") == [])
        #expect { try connection.delete(applied.pod, grace: nil) } throws: { ($0 as? Refusal)?.kind == .notFound }
    }

    @Test("whoever hangs up instead of answering is about to be gone, and the next one is asked")
    func hangingUp() throws {
        let stage = try AgentStage()
        defer { stage.stop() }
        var callers = 0
        let found = try AgentConnection.answering {
            callers += 1
            guard callers < 3 else { return try stage.connect() }
            var ends: [Int32] = [-1, -1]
            try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            close(ends[1])
            return AgentConnection(ends[0])
        }
        #expect(callers == 3 && found?.pods == [])
        #expect(try AgentConnection.answering { nil }?.pods == nil)
    }

    @Test("the socket is for its owner alone")
    func socketMode() throws {
        let stage = try AgentStage()
        defer { stage.stop() }
        var status = stat()
        #expect(stat(stage.folder + "/socket", &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("what a container cannot be given is a warning")
    func warnings() throws {
        let stage = try AgentStage()
        defer { stage.stop() }
        var spec = AgentStage.pod("p", "true")
        spec.containers[0].resources.limits.memory = 1 << 20
        #expect(try stage.connect().apply(spec).warnings == ["no limits"])
    }

    @Test("the exit codes and the output of containers")
    func outputs() throws {
        let stage = try AgentStage()
        defer { stage.stop() }
        let connection = try stage.connect()
        let pod = try connection.apply(AgentStage.pod("p", "echo out; echo err >&2; exit 3", "printf end; kill -9 $$"))
            .pod
        try waitUntil { try connection.pods()[0].status.phase == .failed }
        let status = try connection.pods()[0].status
        guard case .terminated(let first) = status.containers[0].state,
            case .terminated(let second) = status.containers[1].state
        else { return #expect(Bool(false), "\(status)") }
        #expect(first.exitCode == 3 && first.reason == "Error" && first.signal == nil)
        #expect(second.exitCode == 137 && second.signal == 9)
        func log(_ container: String, tail: Int? = nil) throws -> String {
            var request = LogRequest(uid: pod.uid, container: container)
            request.tail = tail
            var text: [UInt8] = []
            try connection.logs(request) { text += $0 }
            return String(decoding: text, as: UTF8.self)
        }
        #expect(Set(try log("c0").split(separator: "\n")) == ["out", "err"])
        #expect(try log("c1") == "end")
        #expect(try log("c0", tail: 0) == "")
        #expect { try log("c9") } throws: { ($0 as? Refusal)?.kind == .badRequest }
        var previous = LogRequest(uid: pod.uid, container: "c0")
        previous.previous = true
        #expect { try connection.logs(previous) { _ in } } throws: {
            "\($0)".contains("previous terminated container \"c0\" in pod \"p\" not found")
        }
    }

    @Test("a restart has a log of its own, and the one before is there as well")
    func previous() throws {
        let stage = try AgentStage(scale: 3600)
        defer { stage.stop() }
        let connection = try stage.connect()
        let flag = stage.folder + "/flag"
        let pod = try connection.apply(
            AgentStage.pod(
                "p", "if [ -e \(flag) ]; then echo second; exec sleep 1000; fi; touch \(flag); echo first; exit 1",
                policy: .onFailure)
        ).pod
        try waitUntil { try connection.pods()[0].status.containers[0].restartCount == 1 }
        var request = LogRequest(uid: pod.uid, container: "c0")
        request.previous = true
        var before: [UInt8] = []
        try connection.logs(request) { before += $0 }
        #expect(String(decoding: before, as: UTF8.self) == "first\n")
        // It runs on: whoever follows hears of it until the client goes.
        request.previous = false
        request.follow = true
        struct Enough: Error {}
        var now: [UInt8] = []
        #expect(throws: Enough.self) {
            try stage.connect().logs(request) { bytes in
                now += bytes
                if now.count >= 7 { throw Enough() }
            }
        }
        #expect(String(decoding: now, as: UTF8.self) == "second\n")
    }

    @Test("who follows a log hears all of it, to the end")
    func follow() throws {
        let stage = try AgentStage()
        defer { stage.stop() }
        let connection = try stage.connect()
        let pod = try connection.apply(
            AgentStage.pod("p", "i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done")
        ).pod
        _ = try connection.awaitStart([pod], seconds: Deadline.seconds)
        var request = LogRequest(uid: pod.uid, container: "c0")
        request.follow = true
        var lines = 0
        try connection.logs(request) { lines += $0.count { $0 == UInt8(ascii: "\n") } }
        #expect(lines == 30000)
    }

    @Test("exec has its streams, its exit code and its refusals")
    func exec() throws {
        let stage = try AgentStage()
        defer { stage.stop() }
        let connection = try stage.connect()
        let pod = try connection.apply(AgentStage.pod("p", "exec sleep 1000", "true")).pod
        _ = try connection.awaitStart([pod], seconds: Deadline.seconds)
        var input: [Int32] = [-1, -1]
        try #require(iso_pipe(&input) >= 0)
        write(input[1], "hello", 5)
        close(input[1])
        let relay = try StreamRelay(source: input[0])
        defer { close(input[0]) }
        let request = ExecRequest(uid: pod.uid, container: "c0", command: ["sh", "-c", "cat; echo err >&2; exit 7"])
        try connection.execute(request, streams: relay.programStreams)
        relay.closeProgramStreams()
        var seen: [Int32: String] = [:]
        try relay.run(until: connection.descriptor) { bytes, stream in
            seen[stream, default: ""] += String(decoding: bytes, as: UTF8.self)
            return true
        }
        #expect(seen == [1: "hello", 2: "err\n"])
        #expect(try connection.exitCode(seconds: Deadline.seconds) == 7)
        // The connection is free again.
        let missing = ExecRequest(uid: pod.uid, container: "c0", command: ["/nosuch"])
        let idle = try StreamRelay(source: nil)
        #expect { try connection.execute(missing, streams: idle.programStreams) } throws: {
            ($0 as? Refusal)?.kind == .noSuchCommand
        }
        try waitUntil { try !connection.pods()[0].status.containers[1].isReady }
        let ended = ExecRequest(uid: pod.uid, container: "c1", command: ["true"])
        #expect { try connection.execute(ended, streams: idle.programStreams) } throws: {
            "\($0)".contains("container not found (\"c1\")")
        }
    }

    @Test("a command whose client has gone is ended")
    func abandoned() throws {
        let stage = try AgentStage()
        defer { stage.stop() }
        let connection = try stage.connect()
        let pod = try connection.apply(AgentStage.pod("p", "exec sleep 1000")).pod
        _ = try connection.awaitStart([pod], seconds: Deadline.seconds)
        var ends: [Int32] = [-1, -1]
        try #require(iso_pipe(&ends) >= 0)
        defer { close(ends[0]) }
        do {
            let other = try stage.connect()
            try other.execute(
                ExecRequest(uid: pod.uid, container: "c0", command: ["sleep", "1000"]), streams: [0, ends[1], 2])
            close(ends[1])
        }
        // The sleep has the only write end: its end is the pipe's.
        #expect(iso_poll(ends[0], Int32(POLLIN), Int64(Deadline.milliseconds)) & Int32(POLLHUP) != 0)
    }

    @Test("a killed pause costs every container of the pod a restart")
    func pauseKilled() throws {
        let stage = try AgentStage(scale: 3600)
        defer { stage.stop() }
        let connection = try stage.connect()
        let pod = try connection.apply(AgentStage.pod("p", "exec sleep 1000", "exec sleep 1000", policy: .always)).pod
        let before = try #require(try connection.awaitStart([pod], seconds: Deadline.seconds)?.first)
        kill(try #require(before.status.sandbox?.pid), SIGKILL)
        try waitUntil {
            try connection.pods()[0].status.containers.allSatisfy { $0.restartCount == 1 && $0.isReady }
        }
        #expect(try connection.pods()[0].status.sandbox?.attempt == 1)
    }

    @Test("the next agent takes up the pods of one that is gone")
    func recovery() throws {
        let first = try AgentStage()
        let spec = AgentStage.pod("p", "exec sleep 1000", policy: .always)
        let pod = try first.connect().apply(spec).pod
        _ = try first.connect().awaitStart([pod], seconds: Deadline.seconds)
        first.stop(keeping: true)
        try Data("garbage".utf8).write(to: URL(fileURLWithPath: first.folder + "/pods/x.json"))
        let next = try AgentStage(folder: first.folder)
        defer { next.stop() }
        let connection = try next.connect()
        try waitUntil { try connection.pods().first?.status.containers[0].isReady == true }
        let found = try connection.pods()
        #expect(found.map(\.uid) == [pod.uid] && found[0].status.containers[0].restartCount == 1)
    }

    @Test("a client that does not speak the protocol is dropped, and the others are served")
    func hostile() throws {
        let stage = try AgentStage()
        defer { stage.stop() }
        let good = try stage.connect()
        #expect(try good.pods() == [])
        let bad = try #require(try LocalSocket.connect(to: stage.folder + "/socket"))
        defer { close(bad) }
        let bytes = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        #expect(write(bad, bytes, bytes.count) == bytes.count)
        var byte: UInt8 = 0
        #expect(read(bad, &byte, 1) <= 0)
        #expect(try good.pods() == [])
    }
}
