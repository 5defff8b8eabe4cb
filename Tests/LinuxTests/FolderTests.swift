// Listing folders and removing trees, whoever has filled them.

import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

@Suite struct FolderTests {
    @Test("a listing has every name, bytes that are no text too, and leaves the folder's position alone")
    func listing() throws {
        let scratch = try Scratch()
        try scratch.write("", to: "file")
        #expect(mkdir("\(scratch.path)/folder", 0o700) == 0)
        #expect(symlink("folder", "\(scratch.path)/link") == 0)
        let odd: [CChar] = Array("\(scratch.path)/".utf8CString.dropLast()) + [-1, -2, 0]
        #expect(mkdir(odd, 0o700) == 0)
        let folder = try Descriptor.open(scratch.path, flags: O_RDONLY | O_DIRECTORY)
        for _ in 0..<2 {
            let entries = try FolderListing.entries(in: folder)
            #expect(
                Set(entries.map(\.name)) == [
                    Array("file".utf8), Array("folder".utf8), Array("link".utf8), [0xff, 0xfe],
                ]
            )
            #expect(entries.first { $0.text == "folder" }?.isFolder == true)
            #expect(entries.first { $0.text == "link" }?.isFolder == false)
        }
        let error = #expect(throws: SystemError.self) { try FolderListing.entries(in: "\(scratch.path)/link") }
        #expect(error?.errno == .notDirectory)
    }

    @Test("a tree goes with all that is in it, and nothing that links lead to")
    func removal() throws {
        let scratch = try Scratch()
        #expect(mkdir("\(scratch.path)/kept", 0o700) == 0)
        try scratch.write("kept", to: "kept/file")
        #expect(mkdir("\(scratch.path)/tree", 0o700) == 0)
        for number in 0..<300 { try scratch.write("", to: "tree/\(number)") }
        for number in 0..<30 {
            #expect(mkdir("\(scratch.path)/tree/folder\(number)", 0o700) == 0)
            try scratch.write("", to: "tree/folder\(number)/file")
        }
        #expect(symlink("../kept", "\(scratch.path)/tree/link") == 0)
        #expect(symlink(scratch.path, "\(scratch.path)/tree/folder3/up") == 0)
        #expect(TreeRemoval.remove("\(scratch.path)/tree") == nil)
        #expect(try scratch.names() == ["kept"])
        #expect(try scratch.names("kept") == ["file"])
        // A link by itself, a file by itself, and nothing.
        #expect(symlink("kept", "\(scratch.path)/link") == 0)
        #expect(TreeRemoval.remove("\(scratch.path)/link") == nil)
        #expect(TreeRemoval.remove("\(scratch.path)/kept/file") == nil)
        #expect(TreeRemoval.remove("\(scratch.path)/nothing") == nil)
        #expect(try scratch.names() == ["kept"] && scratch.names("kept") == [])
    }

    @Test("a tree deeper than a path is long, and than descriptors suffice for, goes too")
    func depth() throws {
        let scratch = try Scratch()
        #expect(mkdir("\(scratch.path)/tree", 0o700) == 0)
        var current = try Descriptor.open("\(scratch.path)/tree", flags: O_RDONLY | O_DIRECTORY)
        for _ in 0..<3000 {
            guard mkdirat(current.raw, "down", 0o700) == 0 else { throw Errno.current }
            current = try Descriptor.open("down", below: current.raw, flags: O_RDONLY | O_DIRECTORY)
        }
        #expect(TreeRemoval.remove("\(scratch.path)/tree") == nil)
        #expect(try scratch.names() == [])
    }

    @Test("what is to be kept is kept, and the folder with it")
    func keeping() throws {
        let scratch = try Scratch()
        #expect(mkdir("\(scratch.path)/tree", 0o700) == 0)
        #expect(mkdir("\(scratch.path)/tree/volumes", 0o700) == 0)
        #expect(mkdir("\(scratch.path)/tree/other", 0o700) == 0)
        // Kept is the name at the top, not the same name below.
        #expect(mkdir("\(scratch.path)/tree/other/volumes", 0o700) == 0)
        try scratch.write("", to: "tree/volumes/file")
        #expect(TreeRemoval.remove("\(scratch.path)/tree", keeping: "volumes") == nil)
        #expect(try scratch.names("tree") == ["volumes"])
        #expect(try scratch.names("tree/volumes") == ["file"])
    }

    @Test(
        "folders that forbid it are opened up where they are ours to open, and else are the failure",
        .enabled(if: geteuid() != 0, "nothing is forbidden to root"))
    func locked() throws {
        let scratch = try Scratch()
        #expect(mkdir("\(scratch.path)/tree", 0o700) == 0)
        #expect(mkdir("\(scratch.path)/tree/shut", 0o700) == 0)
        try scratch.write("", to: "tree/shut/file")
        #expect(chmod("\(scratch.path)/tree/shut", 0) == 0)
        let failure = try #require(TreeRemoval.remove("\(scratch.path)/tree"))
        #expect(failure.description == "open shut: EACCES (permission denied)")
        #expect(TreeRemoval.remove("\(scratch.path)/tree", locks: .opened) == nil)
        #expect(try scratch.names() == [])
    }

    @Test("a file is replaced whole or not at all")
    func atomicFile() throws {
        let scratch = try Scratch()
        let path = FilePath("\(scratch.path)/file")
        try AtomicFile.write(Array("old".utf8), to: path)
        let error = #expect(throws: SystemError.self) {
            try AtomicFile.write(Array("new".utf8), to: path) { file, bytes in
                _ = try file.writeAll(bytes.prefix(1))
                throw Errno.noSpace
            }
        }
        #expect(error?.description == "write \(scratch.path)/.file.new: ENOSPC (no space left on device)")
        #expect(try scratch.names() == ["file"])
        #expect(textOfFile(path.string) == "old")
        try AtomicFile.write(Array("new".utf8), to: path, flushing: false)
        #expect(textOfFile(path.string) == "new")
        // A link in the place of the temporary file is not written through.
        #expect(symlink("file", "\(scratch.path)/.file.new") == 0)
        #expect(throws: SystemError.self) { try AtomicFile.write([], to: path) }
        #expect(textOfFile(path.string) == "new")
    }
}
