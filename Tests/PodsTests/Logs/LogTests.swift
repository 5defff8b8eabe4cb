// The CRI log format: lines, parts, files and what is read of them.

import Foundation
import Glibc
import Testing

@testable import Pods

@Suite struct LogLineTests {
    private let time = LogTime(seconds: 1_475_712_429, nanoseconds: 794_669_702)

    @Test("a line is its time, its stream, its tag and its text")
    func format() {
        let line = LogLine(time: time, stream: .output, isPartial: false, text: Array("hello world".utf8))
        #expect(String(decoding: line.bytes, as: UTF8.self) == "2016-10-06T00:07:09.794669702Z stdout F hello world\n")
        #expect(LogLine(line.bytes.dropLast()) == line)
        #expect(LogLine.prefixLength == line.bytes.count - "hello world\n".count)
    }

    @Test(
        "times of other years are written and read alike",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000000000Z"), (951_782_400, "2000-02-29T00:00:00.000000000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000000000Z"), (1_735_689_599, "2024-12-31T23:59:59.000000000Z"),
        ])
    func times(seconds: Int64, text: String) {
        #expect(LogTime(seconds: seconds).description == text)
        #expect(LogTime(Array(text.utf8)[...]) == LogTime(seconds: seconds))
    }

    @Test(
        "what is no line of a log is none",
        arguments: [
            "", "hello", "2016-10-06T00:07:09.794669702Z stdout F", "2016-10-06T00:07:09.794669702Z stdin F x",
            "2016-10-06T00:07:09.794669702Z stdout X x", "2016-13-06T00:07:09.794669702Z stdout F x",
            "2016-10-06 00:07:09.794669702Z stdout F x", "x016-10-06T00:07:09.794669702Z stdout F x",
        ])
    func malformed(text: String) { #expect(LogLine(Array(text.utf8)[...]) == nil) }

    @Test(
        "lines that are longer than 16 KiB come in parts, at any cut of what is written",
        arguments: [1, 7, 4096, 100_000])
    func parts(piece: Int) {
        let texts = ["short", "", String(repeating: "x", count: 16_384), String(repeating: "y", count: 40_000), "end"]
        let bytes = Array(texts.joined(separator: "\n").utf8)
        var splitter = LineSplitter(.error)
        var lines: [LogLine] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            lines += splitter.add(rest.prefix(piece), at: time)
            rest = rest.dropFirst(piece)
        }
        if let last = splitter.finish(at: time) { lines.append(last) }
        #expect(lines.map(\.text.count) == [5, 0, 16_384, 16_384, 16_384, 7232, 3])
        #expect(lines.map(\.isPartial) == [false, false, false, true, true, false, true])
        // What was written comes back byte for byte.
        #expect(lines.flatMap(\.printed) == bytes)
    }
}

@Suite struct LogFileTests {
    /// A log in a folder of its own.
    private final class Scene {
        let path: String
        let folder: LogFolder

        init() throws {
            path = "/tmp/podlab-test-logs-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            let pod = Pod(uid: "u", creationTime: 0, spec: Stage.spec("c"), status: PodStatus())
            folder = LogFolder(logs: path, pod: pod, container: "c")
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func read(restart: UInt32 = 0, tail: Int? = nil) -> String {
            let reader = LogReader(folder, restart: restart, tail: tail)
            var bytes: [UInt8] = []
            while true {
                let more = reader.next()
                if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
                bytes += more
            }
        }
    }

    private func add(_ text: String, to writer: LogWriter, from stream: LogStream = .output) {
        writer.add(Array(text.utf8)[...], from: stream)
    }

    @Test("what a container writes is found where Kubernetes has it, and read again")
    func whole() throws {
        let scene = try Scene()
        let writer = try LogWriter(scene.folder, restart: 0)
        add("one\ntw", to: writer)
        add("problem\n", to: writer, from: .error)
        add("o\nrest", to: writer)
        writer.finish()
        #expect(scene.folder.path == scene.path + "/default_p_u/c")
        let file = try String(contentsOfFile: scene.folder.file(restart: 0), encoding: .utf8)
        #expect(
            file.split(separator: "\n").map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
                == ["stdout F one", "stderr F problem", "stdout F two", "stdout P rest"])
        #expect(scene.read() == "one\nproblem\ntwo\nrest")
    }

    @Test("the last lines, counted over both files; a line in parts is one")
    func tail() throws {
        let scene = try Scene()
        let writer = try LogWriter(scene.folder, restart: 0, limit: 400)
        for number in 1...14 { add("line \(number)\n", to: writer) }
        #expect(writer.rotations == 1)
        #expect(scene.read(tail: 3) == "line 12\nline 13\nline 14\n")
        #expect(scene.read(tail: 12) == (3...14).map { "line \($0)\n" }.joined())
        #expect(scene.read(tail: 0) == "")
        #expect(scene.read(tail: 1000) == scene.read())
        let long = try LogWriter(scene.folder, restart: 1)
        add("first\n" + String(repeating: "x", count: 40_000) + "\n", to: long)
        #expect(scene.read(restart: 1, tail: 1) == String(repeating: "x", count: 40_000) + "\n")
    }

    @Test("a log is bounded, whatever is written, and its end is kept")
    func bounded() throws {
        let scene = try Scene()
        let writer = try LogWriter(scene.folder, restart: 0, limit: 10_000)
        for number in 0..<5000 { add("line \(number)\n", to: writer) }
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.folder.path)
        #expect(names.sorted() == ["0.log", "0.log.1"])
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: scene.folder.path + "/" + name)
            #expect((attributes[.size] as? Int ?? .max) <= 10_000)
        }
        let read = scene.read()
        #expect(read.hasSuffix("line 4998\nline 4999\n"))
        #expect(read.split(separator: "\n").count > 200)
    }

    @Test("who follows a log loses nothing when another file is begun")
    func following() throws {
        let scene = try Scene()
        let writer = try LogWriter(scene.folder, restart: 0, limit: 1000)
        let reader = LogReader(scene.folder, restart: 0)
        var expected = ""
        var seen: [UInt8] = []
        for number in 0..<200 {
            add("line \(number)\n", to: writer)
            expected += "line \(number)\n"
            if number % 5 == 0 { seen += reader.next() }
        }
        seen += reader.next()
        #expect(writer.rotations > 3)
        #expect(String(decoding: seen, as: UTF8.self) == expected)
    }

    @Test("lines that are none are passed over, and what is no file is not read")
    func hostile() throws {
        let scene = try Scene()
        let writer = try LogWriter(scene.folder, restart: 0)
        add("good\n", to: writer)
        let file = open(scene.folder.file(restart: 0), O_WRONLY | O_APPEND)
        defer { close(file) }
        let garbage = "nonsense\n" + String(repeating: "z", count: 100_000)
        _ = garbage.utf8.withContiguousStorageIfAvailable { write(file, $0.baseAddress, $0.count) }
        #expect(scene.read() == "good\n")
        #expect(symlink("/etc/passwd", scene.folder.file(restart: 1)) == 0)
        #expect(scene.read(restart: 1) == "")
        #expect(mkfifo(scene.folder.file(restart: 2), 0o600) == 0)
        #expect(scene.read(restart: 2) == "")
        #expect(scene.read(restart: 3) == "")
    }

    @Test("the logs of a run and of all before it are removed")
    func removal() throws {
        let scene = try Scene()
        for restart in 0..<4 { _ = try LogWriter(scene.folder, restart: UInt32(restart)) }
        scene.folder.remove(upTo: 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scene.folder.path) == ["3.log"])
    }
}
