// Looking at files that someone else fills: links, loops, depth, FIFOs, magic links.

import Glibc
import Linux
import SystemPackage
import Testing

@testable import KernelState

@Suite struct FileStateTests {
    @Test("absolute links and dots start at the root and stay in it")
    func staysInside() throws {
        let folder = try TemporaryFolder()
        folder.folders("a", "a/b", "etc")
        try folder.file("etc/passwd", Array("inside".utf8))
        folder.link("a/abs", to: "/etc/passwd")
        folder.link("a/up", to: "../../../../../../etc/passwd")
        folder.link("a/b/near", to: "../../etc/passwd")
        let root = try RootDirectory(path: FilePath(folder.path))
        for (path, isOutward) in [
            ("/a/abs", true), ("a/up", true), ("/a/b/near", false), ("/../../etc/./passwd", false),
            ("/a/b/../../etc/passwd", false),
        ] {
            let state = try #require(root.look(at: FilePath(path)).state, "\(path)")
            #expect(state.path == "/etc/passwd")
            #expect(state.passesOutwardLink == isOutward, "\(path)")
            #expect(try root.contents(of: FilePath(path), limit: 100) == Array("inside".utf8))
        }
        let link = try #require(root.look(at: "/a/abs", followLast: false).state)
        #expect(link.kind == .symbolicLink)
        #expect(link.target == "/etc/passwd")
    }

    @Test("a loop of links ends with ELOOP, and so does a chain of forty-one")
    func loops() throws {
        let folder = try TemporaryFolder()
        folder.link("a", to: "b")
        folder.link("b", to: "a")
        try folder.file("end", [])
        folder.link("l0", to: "end")
        for number in 1...45 { folder.link("l\(number)", to: "l\(number - 1)") }
        let root = try RootDirectory(path: FilePath(folder.path))
        guard case .missing(let errno, let links) = root.look(at: "/a") else { throw Errno.fileExists }
        #expect(errno == .tooManySymbolicLinkLevels)
        #expect(links.count == 40)
        #expect(root.look(at: "/l39").state != nil)
        #expect(root.look(at: "/l40").state == nil)
    }

    /// Without the limit on steps this would not end.
    @Test("links that multiply their work end in time", .timeLimit(.minutes(5)))
    func expensiveLinks() throws {
        let folder = try TemporaryFolder()
        folder.folder("d")
        let zigzag = (0..<800).map { _ in "d/.." }.joined(separator: "/")
        folder.link("l0", to: zigzag)
        for number in 1..<39 { folder.link("l\(number)", to: "l\(number - 1)/\(zigzag)".prefix(4000).description) }
        let root = try RootDirectory(path: FilePath(folder.path))
        _ = root.look(at: "/l38")
    }

    @Test("magic links are not followed; a process's own links on sysfs are")
    func magicLinks() throws {
        let root = try RootDirectory(path: "/")
        for path in ["/proc/self/root/etc", "/proc/self/exe", "/proc/self/cwd", "/proc/self/fd/0"] {
            guard case .missing(let errno, _) = root.look(at: FilePath(path)) else {
                Issue.record("\(path) was followed")
                continue
            }
            #expect(errno == .tooManySymbolicLinkLevels)
        }
        if access("/sys/class/net/lo/mtu", R_OK) == 0 { #expect(root.look(at: "/sys/class/net/lo/mtu").state != nil) }
    }

    @Test("a FIFO, a device, a socket and a directory are refused at once")
    func refused() throws {
        let folder = try TemporaryFolder()
        mkfifo(folder.path + "/fifo", 0o644)
        folder.folder("dir")
        folder.link("null", to: "/dev/null")
        let root = try RootDirectory(path: FilePath(folder.path))
        #expect(root.look(at: "/fifo").state?.kind == .fifo)
        #expect(throws: KernelStateError(operation: "read", object: folder.path + "/fifo", errno: .invalidArgument)) {
            _ = try root.contents(of: "/fifo", limit: 10)
        }
        #expect(throws: KernelStateError.self) { _ = try root.contents(of: "/dir", limit: 10) }
        #expect(throws: KernelStateError.self) { _ = try root.contents(of: "/null", limit: 10) }
        let machine = try RootDirectory(path: "/")
        #expect(machine.look(at: "/dev/null").state?.special == DeviceNumber(major: 1, minor: 3))
        #expect(throws: KernelStateError.self) { _ = try machine.contents(of: "/dev/zero", limit: 10) }
    }

    @Test("content is bounded")
    func bounded() throws {
        let folder = try TemporaryFolder()
        try folder.file("big", Array(repeating: 7, count: 100_000))
        let root = try RootDirectory(path: FilePath(folder.path))
        #expect(throws: KernelStateError.self) { _ = try root.contents(of: "/big", limit: 99_999) }
        #expect(try root.contents(of: "/big", limit: 5, allowPartial: true).count == 5)
        #expect(try root.contents(of: "/big", limit: 100_000).count == 100_000)
    }

    @Test("a tree ten thousand folders deep is walked as far as a path can name it, without running out of descriptors")
    func deep() throws {
        let folder = try TemporaryFolder()
        var current = open(folder.path, O_RDONLY | O_DIRECTORY)
        for _ in 0..<10_000 {
            mkdirat(current, "d", 0o755)
            let next = openat(current, "d", O_RDONLY | O_DIRECTORY)
            close(current)
            current = next
        }
        close(current)
        let root = try RootDirectory(path: FilePath(folder.path))
        let path = FilePath(String(repeating: "/d", count: 5_000))
        #expect(root.look(at: path).state?.kind == .directory)
        #expect(root.look(at: path.appending("none")).state == nil)
    }

    @Test("names in a folder are sorted, and a path through a file is no path")
    func names() throws {
        let folder = try TemporaryFolder()
        folder.folder("d")
        for name in ["b", "a", "c"] { try folder.file("d/" + name, []) }
        let root = try RootDirectory(path: FilePath(folder.path))
        #expect(try root.names(in: "/d") == ["a", "b", "c"])
        guard case .missing(let errno, _) = root.look(at: "/d/a/x") else { throw Errno.fileExists }
        #expect(errno == .notDirectory)
        #expect(throws: KernelStateError.self) { _ = try root.names(in: "/none") }
    }

    @Test("an error says what was tried, on what, and what the errno is called")
    func errorText() {
        let error = KernelStateError(operation: "open", object: "/x\u{1b}[2J", errno: .permissionDenied)
        #expect(error.description == "open /x\\u{1b}[2J: EACCES (permission denied)")
    }
}
