// Names as a process sees them, read from outside: bounded, never blocked, never out of its root.

import Foundation
import Glibc
import KernelState
import TestSupport
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct ProcessPlaceTests {
    /// A process of ours that sleeps in `folder`, until the body is done.
    private func withProcess(in folder: String, _ body: (ProcessPlace) throws -> Void) throws {
        let words: [UnsafeMutablePointer<CChar>?] =
            ["env", "--chdir=\(folder)", "/bin/sleep", "1000"].map { (text: String) in strdup(text) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] =
            ["BOX=\(folder)", "HOME=\(folder)/home", "PATH=\(folder)/bin:/nowhere"].map { (text: String) in strdup(text)
            } + [nil]
        defer { for text in words + variables { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream: Int32 in 0...2 { posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0) }
        var pid: pid_t = -1
        try #require(posix_spawn(&pid, "/usr/bin/env", &actions, nil, words, variables) == 0)
        defer {
            var status: Int32 = 0
            kill(pid, SIGKILL)
            waitpid(pid, &status, 0)
        }
        let deadline = ContinuousClock.now + Deadline.duration
        // The new program's environment is there a moment after its name.
        while ProcessState.read(ProcessID(pid), fields: [])?.comm != "sleep"
            || ProcessPlace(of: ProcessID(pid))?.environment["BOX"] == nil
        {
            try #require(ContinuousClock.now < deadline)
            poll(nil, 0, 1)
        }
        try body(try #require(ProcessPlace(of: ProcessID(pid))))
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/podlab-test-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func make(_ folder: String, programs: [String] = [], files: [String] = [], folders: [String] = []) throws {
        for name in folders {
            try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
        }
        for name in programs + files {
            let mode = programs.contains(name) ? 0o755 : 0o644
            let descriptor = open(folder + "/" + name, O_CREAT | O_WRONLY | O_CLOEXEC, mode_t(mode))
            #expect(descriptor >= 0)
            close(descriptor)
        }
    }

    @Test("programs, paths, variables and ~ are completed as the process has them")
    func words() throws {
        try withFolder { folder in
            try make(folder, folders: ["bin", "home/papers", "data"])
            try make(
                folder, programs: ["bin/zeta-tool", "bin/zeta two"],
                files: ["bin/zeta-text", "data/.hidden", "data/seen"])
            try withProcess(in: folder) { place in
                let words = ShellWords(place: place, variables: ["NETNS": "blue"])
                func complete(_ line: String) -> [String] {
                    let start = line.lastIndex(of: " ").map { line.index(after: $0) } ?? line.startIndex
                    let offset = line.utf8.distance(from: line.utf8.startIndex, to: start)
                    return words.words(line: line, start: offset, word: String(line[start...]))
                }
                #expect(complete("zet") == ["zeta-tool", "zeta\\ two"])
                #expect(complete("ls | zeta-") == ["zeta-tool"])
                #expect(complete("cat zet") == [])
                #expect(complete("cat d") == ["data/"])
                #expect(complete("cat data/") == ["data/seen"] && complete("cat data/.") == ["data/.hidden"])
                #expect(complete("ls $BOX/d") == ["$BOX/data/"] && complete("ls ${BOX}/d") == ["${BOX}/data/"])
                #expect(complete("ls ~/p") == ["~/papers/"] && complete("ls $NOTHING/") == [])
                #expect(complete("ls $NE") == ["$NETNS"] && complete("ls $B") == ["$BOX"])
                #expect(complete("bin/z") == ["bin/zeta\\ two", "bin/zeta-tool"])
                #expect(complete("cat bin/zeta-te") == ["bin/zeta-text"])
                #expect(complete("cat my\\ d") == [])
            }
        }
    }

    @Test("what blocks, loops or is a device is only named")
    func hostile() throws {
        try withFolder { folder in
            #expect(mkfifo(folder + "/fifo", 0o600) == 0)
            symlink("loop", folder + "/loop")
            symlink("/proc/self/root", folder + "/magic")
            symlink("/dev/null", folder + "/device")
            try withProcess(in: folder) { place in
                #expect(place.entries(of: "", prefix: "").map(\.name) == ["device", "fifo", "loop", "magic"])
                #expect(place.entries(of: "", prefix: "").allSatisfy { !$0.isDirectory && !$0.isProgram })
                for path in ["fifo/", "loop/", "magic/", "device/", "none/"] {
                    #expect(place.entries(of: path, prefix: "").isEmpty, "\(path)")
                }
            }
        }
    }

    @Test("a listing ends at its bounds")
    func bounded() throws {
        try withFolder { folder in
            for number in 0..<6000 { close(open(folder + "/\(number)", O_CREAT | O_WRONLY, 0o600)) }
            try withProcess(in: folder) { place in
                let all = place.entries(of: folder, prefix: "", patience: .seconds(60))
                #expect(all.count > 4900 && all.count <= ProcessPlace.mostNames)
                #expect(place.entries(of: folder, prefix: "", patience: .zero).isEmpty)
            }
        }
    }

    @Test("a process that is gone has no place")
    func gone() { #expect(ProcessPlace(of: 4_194_303) == nil) }
}
