// Roots that somebody fills who wants the reader to wait, to read for ever, or to look elsewhere.

import Glibc
import Linux
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import KernelState

/// What this thread has read so far, in bytes. See proc_pid_io(5), `rchar`.
private func bytesReadByThisThread() throws -> Int {
    let file = try FileDescriptor.open("/proc/thread-self/io", .readOnly)
    let text = try file.closeAfter {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
    let number = text.split(separator: "\n").first { $0.hasPrefix("rchar:") }?.split(separator: " ").last
    return try #require(number.flatMap { Int($0) }, "\(text)")
}

@Suite struct HostileRootTests {
    private static let gibibyte: off_t = 1 << 30
    private static let program = ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so"]).bytes()

    /// A root with a program, its loader and its library; one of the files is then replaced.
    private func root() throws -> TemporaryFolder {
        let root = try ELFClosureTests.makeRoot()
        try root.file("bin/prog", Self.program)
        try root.file("lib/liba.so", ELFFixture(soname: "liba.so").bytes())
        #expect(try ELFClosureTests.closure(root).isComplete)
        return root
    }

    /// Puts a socket there; closing it leaves the name.
    private func socket(at path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        close(socket)
    }

    @Test(
        "whatever stands in the place of a program, its loader, its library or the cache: the search neither waits nor passes",
        arguments: ["bin/prog", "lib64/ld.so.2", "lib/liba.so", "etc/ld.so.cache"])
    func replaced(name: String) throws {
        for kind in ["fifo", "socket", "loop", "magic", "folder", "device", "dangling", "sparse"] {
            let root = try root()
            let path = root.path + "/" + name
            unlink(path)
            switch kind {
            case "fifo": mkfifo(path, 0o777)
            case "socket": socket(at: path)
            case "loop": symlink(FilePath(path).lastComponent?.string ?? "", path)
            case "magic": symlink("/proc/self/exe", path)
            case "folder": mkdir(path, 0o755)
            case "device": symlink("/dev/zero", path)
            case "dangling": symlink("../../../../nowhere", path)
            default:
                try root.file(name, [])
                truncate(path, Self.gibibyte)
            }
            let start = ContinuousClock.now
            let before = try bytesReadByThisThread()
            let closure = try ELFClosureTests.closure(root)
            #expect(try bytesReadByThisThread() - before < 1 << 20, "\(kind) at \(name)")
            #expect(ContinuousClock.now - start < Deadline.duration, "\(kind) at \(name)")
            // A root without a cache is complete, and so is one whose cache is none.
            #expect(closure.isComplete == (name == "etc/ld.so.cache"), "\(kind) at \(name): \(closure.missing)")
        }
    }

    @Test(
        "a file of a gibibyte with the head of a program, a loader or a script is not read whole",
        arguments: ["bin/prog", "lib64/ld.so.2", "lib/liba.so"])
    func sparse(name: String) throws {
        for isScript in [false, true] {
            let root = try root()
            if isScript { try root.file(name, Array("#!/bin/other\n".utf8)) }
            truncate(root.path + "/" + name, Self.gibibyte)
            let before = try bytesReadByThisThread()
            _ = try ELFClosureTests.closure(root)
            #expect(try bytesReadByThisThread() - before < 64 << 20, "\(name), \(isScript ? "script" : "ELF")")
        }
        let root = try root()
        truncate(root.path + "/" + name, Self.gibibyte)
        let directory = try RootDirectory(path: FilePath(root.path))
        let before = try bytesReadByThisThread()
        #expect(throws: KernelStateError.self) { _ = try directory.contents(of: FilePath("/" + name), limit: 1 << 20) }
        #expect(try directory.contents(of: FilePath("/" + name), limit: 4096, allowPartial: true).count == 4096)
        #expect(try bytesReadByThisThread() - before < 1 << 20)
    }

    @Test("magic links that a box makes of a proc of its own lead nowhere")
    func magic() throws {
        let root = try RootDirectory(path: "/")
        for path in ["/proc/1/root/etc/passwd", "/proc/self/root/etc/passwd", "/proc/thread-self/cwd/x"] {
            #expect(root.look(at: FilePath(path)).state == nil, "\(path)")
            #expect(throws: KernelStateError.self) { _ = try root.contents(of: FilePath(path), limit: 10) }
        }
        // Nor by way of links that the box made.
        let folder = try TemporaryFolder()
        folder.link("proc", to: "/proc")
        folder.link("magic", to: "/proc/self/root")
        folder.link("again", to: "magic/../magic/etc")
        let box = try RootDirectory(path: FilePath(folder.path))
        for path in ["/magic", "/again", "/proc/self/root"] { #expect(box.look(at: FilePath(path)).state == nil) }
    }

    @Test("names of newlines, escapes and bytes that are no text are kept apart and come out safe")
    func names() throws {
        let root = try root()
        let names: [[UInt8]] = [
            Array("a\nb".utf8), Array("\u{1b}[31mred".utf8), Array("\u{1b}]0;title\u{7}".utf8), [0xff, 0xfe, 0x41],
        ]
        for name in names {
            let path = Array((root.path + "/opt/").utf8) + name
            let file = open(path.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o644)
            #expect(file >= 0)
            close(file)
        }
        let directory = try RootDirectory(path: FilePath(root.path))
        #expect(try directory.names(in: "/opt").count == names.count)
        for name in names { #expect(directory.look(at: FilePath(bytes: Array("/opt/".utf8) + name)).state != nil) }
        let error = KernelStateError(
            operation: "read", object: String(decoding: names[1], as: UTF8.self), errno: .invalidArgument)
        #expect(!error.description.utf8.contains { $0 < 0x20 || $0 == 0x7f })
        // A library whose name is an escape sequence is missing by that name.
        try root.file(
            "bin/prog", ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["\u{1b}[2J\n", "liba.so"]).bytes())
        #expect(try ELFClosureTests.closure(root).missing.map(\.name) == ["\u{1b}[2J\n"])
    }

    @Test("files that change while they are read stop nothing")
    func changing() throws {
        let root = try root()
        let changer = Changer(root: root)
        changer.start()
        defer { changer.stop() }
        let deadline = ContinuousClock.now + .milliseconds(1500)
        var results: Set<Bool> = []
        var looks = 0
        let directory = try RootDirectory(path: FilePath(root.path))
        while ContinuousClock.now < deadline || looks < 50 {
            results.insert(ELFClosure.of("/bin/prog", in: directory).isComplete)
            _ = try? directory.contents(of: "/bin/prog", limit: 1 << 20)
            _ = directory.look(at: "/lib/liba.so")
            looks += 1
        }
        // Both were seen: the files did change, and were whole at times.
        #expect(results == [true, false], "after \(looks) looks")
    }
}

/// Replaces, cuts and lengthens the files of a root on a thread of its own until it is stopped.
private final class Changer: @unchecked Sendable {
    private let root: TemporaryFolder
    private let isOver = Atomic(false)
    private var thread = pthread_t()

    init(root: TemporaryFolder) { self.root = root }

    func start() {
        let own = Unmanaged.passUnretained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { own in
                guard let own else { return nil }
                Unmanaged<Changer>.fromOpaque(own).takeUnretainedValue().change()
                return nil
            }, own)
    }

    func stop() {
        isOver.store(true, ordering: .relaxed)
        pthread_join(thread, nil)
    }

    private func change() {
        let program = ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so"]).bytes()
        let path = root.path + "/bin/prog"
        var generator = SeededGenerator(seed: 5)
        while !isOver.load(ordering: .relaxed) {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: truncate(path, off_t.random(in: 0...off_t(program.count), using: &generator))
            case 1: truncate(path, 1 << 30)
            case 2:
                unlink(path)
                mkfifo(path, 0o777)
                poll(nil, 0, 1)
                unlink(path)
            case 3: try? root.file("bin/prog", program.damaged(by: &generator))
            case 4:
                unlink(path)
                symlink("/lib/liba.so", path)
                unlink(path)
            default: break
            }
            try? root.file("bin/prog", program)
            // Whole for a moment, so that this is seen too.
            poll(nil, 0, 2)
        }
    }
}

@Suite struct KernelsOwnFileTests {
    @Test("what the kernel tells only some is not read for others, who may have mounted it where a file should be")
    func kernelsOwn() throws {
        // Readable for root; in the root of a process it may be anywhere.
        guard let theirs = try RootDirectory(of: .current) else { return }
        var refusal: Errno?
        do {
            _ = try theirs.contents(of: "/proc/1/environ", limit: 4096, allowPartial: true)
        } catch {
            refusal = error.errno
        }
        #expect(refusal == .permissionDenied)
        // What everybody may read goes on being read, and so does what is ours.
        let version = try theirs.contents(of: "/proc/version", limit: 4096)
        let own = try RootDirectory(path: "/proc/self").contents(of: "/environ", limit: 1 << 20)
        #expect(!version.isEmpty && !own.isEmpty)
    }
}
