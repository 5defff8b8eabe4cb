// Descriptors: how long they are open, and where opening in a root leads.

import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

private func isOpen(_ raw: Int32) -> Bool {
    var facts = stat()
    return fstat(raw, &facts) == 0
}

/// A folder for one test.
final class Scratch {
    let path: String
    init() throws { path = try makeScratchFolder() }
    deinit { TreeRemoval.remove(path, locks: .opened) }

    func write(_ text: String, to name: String) throws {
        let file = try Descriptor.open("\(path)/\(name)", flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try file.write(Array(text.utf8), object: name)
    }

    func names(_ name: String = ".") throws -> [String] {
        try FolderListing.entries(in: "\(path)/\(name)").map(\.text).sorted()
    }
}

// Numbers of descriptors are used again at once by whatever else runs in this process.
@Suite(.serialized) struct DescriptorTests {
    /// Told by its inode, because the number alone may be somebody else's by now.
    private func inode(_ raw: Int32) -> UInt64? {
        var facts = stat()
        return fstat(raw, &facts) == 0 ? UInt64(facts.st_ino) : nil
    }

    @Test("a descriptor is open to the end of its scope, not only to its last use, and closed after it")
    func scope() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        var number: Int32 = -1
        var own: UInt64?
        do {
            let file = try Descriptor.open("\(scratch.path)/file", flags: O_RDONLY)
            number = file.raw
            own = inode(number)
            #expect(own != nil)
            // Nothing uses it from here on.
            #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
        }
        #expect(inode(number) != own)
    }

    @Test("a released descriptor stays open, one that others share until the last of them is gone")
    func released() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        let number = try Descriptor.open("\(scratch.path)/file", flags: O_RDONLY).released()
        #expect(isOpen(number))
        let own = inode(number)
        var one: SharedDescriptor? = SharedDescriptor(Descriptor(taking: number))
        var other = one
        one = nil
        #expect(inode(number) == own)
        #expect(other?.raw == number)
        other = nil
        #expect(inode(number) != own)
    }

    @Test("what cannot be opened says what, and is no descriptor")
    func missing() throws {
        let error = #expect(throws: SystemError.self) {
            _ = try Descriptor.open("/nowhere/at/all", flags: O_RDONLY).raw
        }
        #expect(error?.description == "open /nowhere/at/all: ENOENT (no such file or directory)")
        let named = #expect(throws: SystemError.self) {
            _ = try Descriptor.open("x", below: AT_FDCWD, flags: O_RDONLY, object: "the answer").raw
        }
        #expect(named?.object == "the answer")
    }

    @Test("in a root, links and dots lead nowhere else, and magic links nowhere")
    func inRoot() throws {
        let scratch = try Scratch()
        try scratch.write("inside", to: "target")
        #expect(mkdir("\(scratch.path)/root", 0o700) == 0)
        try scratch.write("in the root", to: "root/target")
        #expect(symlink("/target", "\(scratch.path)/root/absolute") == 0)
        #expect(symlink("../../target", "\(scratch.path)/root/climbing") == 0)
        let root = try Descriptor.open("\(scratch.path)/root", flags: openPath | O_DIRECTORY)
        for path in ["target", "/target", "absolute", "climbing", "../target"] {
            let text = try Descriptor.open(path, inRoot: root.raw, flags: O_RDONLY).text(limit: 100, object: path)
            #expect(text == "in the root", "\(path)")
        }
        let refused = #expect(throws: SystemError.self) {
            _ = try Descriptor.open("absolute", inRoot: root.raw, flags: O_RDONLY, rules: .noLinks).raw
        }
        #expect(refused?.errno == .tooManySymbolicLinkLevels)
        let proc = try Descriptor.open("/proc", flags: openPath | O_DIRECTORY)
        let magic = #expect(throws: SystemError.self) {
            _ = try Descriptor.open("self/root/etc", inRoot: proc.raw, flags: openPath).raw
        }
        #expect(magic?.errno == .tooManySymbolicLinkLevels)
    }

    @Test("reading is bounded, gives all there is, and the end when only that is wanted")
    func reading() throws {
        let scratch = try Scratch()
        let text = String(repeating: "0123456789", count: 10_000)
        try scratch.write(text, to: "file")
        let path = "\(scratch.path)/file"
        func file() throws -> Descriptor { try .open(path, flags: O_RDONLY) }
        let whole = try file().text(limit: 1 << 20, object: path)
        let part = try file().text(limit: 5003, object: path)
        let ends = (try file().ending(limit: 13, object: path), try file().ending(limit: 1 << 20, object: path))
        let tail = try file().read(at: 99_995, count: 100)
        #expect(whole == text && part == text.prefix(5003))
        #expect(ends.0 == "7890123456789" && ends.1 == text)
        #expect(tail == Array("56789".utf8))
        let folder = try Descriptor.open(scratch.path, flags: O_RDONLY)
        let error = #expect(throws: SystemError.self) { try folder.read(limit: 10, object: "it") }
        #expect(error?.description == "read it: EISDIR (is a directory)")
        #expect(textOfFile("/proc/self/comm")?.hasSuffix("\n") == true)
        #expect(textOfFile(scratch.path) == nil)
    }
}
