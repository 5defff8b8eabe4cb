// Checks of a box that somebody built to mislead them. The node is this very process, so its root is the machine's.

import Foundation
import Glibc
import KernelState
import SystemPackage
import TestSupport
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct HostileBoxTests {
    /// What a learner may put where a box should be. The text is the second part of `ln -s`, or what to make.
    private static let places = [
        "nothing", "fifo", "file", "socket", "/dev/null", "/dev/tty", "loop", "/proc/self/root", "/proc/self/cwd",
        "/proc/self/fd/0", "..", "empty",
    ]

    private func make(_ what: String, at path: FilePath) throws {
        switch what {
        case "nothing": break
        case "fifo": #expect(mkfifo(path.string, 0o777) == 0)
        case "file": try write("", to: path)
        case "socket": makeSocket(path)
        case "empty": #expect(mkdir(path.string, 0o755) == 0)
        case "loop": #expect(symlink(path.string, path.string) == 0)
        case "gibibyte":
            try write("", to: path)
            #expect(truncate(path.string, 1 << 30) == 0)
        default: #expect(symlink(what, path.string) == 0)
        }
    }

    private func makeSocket(_ path: FilePath) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: Array(path.string.utf8).prefix($0.count - 1))
        }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        close(socket)
    }

    /// A verdict of the learner's making is a fail, whatever they made: podlab could find out.
    private func expectFail(
        _ probe: any Probe, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let start = ContinuousClock.now
        let outcome = Judge(node: try NodeView(initProcess: .current)).evaluate(probe)
        #expect(outcome.status == .fail, "\(what): \(outcome)", sourceLocation: sourceLocation)
        #expect(ContinuousClock.now - start < Deadline.duration, "\(what)", sourceLocation: sourceLocation)
    }

    @Test("a box that is no folder, or no folder of its own, fails every check at once", arguments: places)
    func boxes(what: String) throws {
        try withTemporaryFolder { folder in
            let box = folder.appending("box")
            try make(what, at: box)
            let probes: [any Probe] = [
                FileProbe(paths: ["/bin/podlab-none"], root: box.string),
                FileProbe(paths: ["/podlab-none"], root: box.string, type: .regular, contains: "x"),
                FileProbe(paths: ["/podlab-none"], root: box.string, sameContentAs: "/etc/hostname"),
                ElfClosureProbe(root: box.string, programs: ["/bin/podlab-none"]),
            ]
            for probe in probes { try expectFail(probe, "\(what): \(probe)") }
        }
    }

    @Test(
        "what stands where a file should be is not waited for, and neither an error nor a pass",
        arguments: [
            "fifo", "socket", "/dev/null", "/dev/tty", "/dev/zero", "loop", "/proc/self/root", "empty", "gibibyte",
        ])
    func files(what: String) throws {
        try withTemporaryFolder { folder in
            let name = "/etc/x"
            try write("text", to: folder.appending("other"))
            try write("", to: folder.appending("box/etc/y"))
            try make(what, at: folder.appending("box/etc/x"))
            let root = folder.appending("box").string
            let other = folder.appending("other").string
            try expectFail(FileProbe(paths: [name], root: root, contains: "podlab"), what)
            try expectFail(FileProbe(paths: [name], root: root, sameContentAs: other), what)
            try expectFail(FileProbe(paths: [name], root: root, type: .regular, executable: true), what)
            try expectFail(ElfClosureProbe(root: root, programs: [name]), what)
            // The same the other way round: what it is compared with is the learner's too.
            try expectFail(
                FileProbe(paths: ["/other"], root: folder.string, sameContentAs: root + name), what)
        }
    }

    @Test("two files of a gibibyte are not read to compare them")
    func large() throws {
        try withTemporaryFolder { folder in
            for name in ["a", "b"] { try make("gibibyte", at: folder.appending(name)) }
            let probe = FileProbe(paths: ["/a"], root: folder.string, sameContentAs: folder.appending("b").string)
            let outcome = Judge(node: try NodeView(initProcess: .current)).evaluate(probe)
            // Whether they are alike is not known, and not the learner's fault.
            #expect(outcome.status == .error && outcome.reason?.contains("EFBIG") == true, "\(outcome)")
        }
    }

    @Test("a folder as deep as a path can say, and deeper, is looked at in time")
    func deep() throws {
        try withTemporaryFolder { folder in
            var current = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            for _ in 0..<10_000 {
                mkdirat(current, "d", 0o755)
                let next = openat(current, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                close(current)
                current = next
            }
            close(current)
            let path = String(repeating: "/d", count: 9_000)
            try expectFail(FileProbe(paths: [path + "/x"], root: folder.string), "deep")
            try expectFail(ElfClosureProbe(root: folder.string + path, programs: ["/x"]), "deep")
            // What a shell could not remove by its path, rm(1) can.
            let remover = try Process.run(URL(fileURLWithPath: "/bin/rm"), arguments: ["-rf", folder.string + "/d"])
            remover.waitUntilExit()
            #expect(remover.terminationStatus == 0)
        }
    }

    @Test("names with newlines and escape sequences come out of every report as text")
    func names() throws {
        try withTemporaryFolder { folder in
            let name = "\u{1b}]0;title\u{7}\u{1b}[31m\nred"
            let box = folder.appending(name)
            try FileManager.default.createDirectory(atPath: box.string, withIntermediateDirectories: false)
            try make("loop", at: box.appending("loop"))
            #expect(symlink("/nowhere/\(name)", box.appending("out").string) == 0)
            let judge = Judge(node: try NodeView(initProcess: .current))
            let probes: [any Probe] = [
                FileProbe(paths: ["/out/x"], root: box.string),
                FileProbe(paths: ["/\(name)"], root: folder.string, type: .regular),
                ElfClosureProbe(root: box.string, programs: ["/out", "/loop", "/\(name)"]),
            ]
            let checks = probes.map { ReportFixture.check("c", judge.evaluate($0)) }
            for check in checks { #expect(check.status == .fail, "\(check)") }
            let result = LabResult(
                id: "01", title: "t", steps: [StepResult(id: "enter", checks: checks)], seconds: 0)
            let report = Report(
                podlab: "0", host: ReportFixture.report.host, subject: SubjectReport(kind: .session),
                labs: [result])
            let text = TextReport().render(report)
            #expect(text.contains("title") && !text.utf8.contains { $0 < 0x20 && $0 != 0x0a }, "\(text)")
            #expect(!text.contains("\nred"), "a name begins no line of its own:\n\(text)")
        }
    }
}
