// mountinfo: every optional field, escapes, empty fields, stacks, and any bytes.

import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import KernelState

@Suite struct MountTableTests {
    static func table(_ text: String) -> MountTable { MountTable(parsing: Array(text.utf8)) }

    static let typical = """
        22 27 0:21 / /proc rw,nosuid shared:5 - proc proc rw
        27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
        28 27 0:25 /a\\040b /mnt/x\\011y\\134z ro,nosuid master:3 propagate_from:2 future:9 unbindable - tmpfs tmp\\040fs ro,size=4k
        30 27 0:26 / /empty rw - fuse.sshfs  rw,a=b
        31 30 0:27 net:[4026531840] /empty/ns rw - nsfs nsfs rw extra trailing fields

        """

    @Test("all fields are read, with escapes decoded and unknown ones kept or passed over")
    func fields() throws {
        let table = Self.table(Self.typical)
        #expect(table.mounts.count == 5)
        #expect(table.unreadableLines == 0)
        let odd = try #require(table[id: 28])
        #expect(odd.root == "/a b")
        #expect(odd.mountPoint == FilePath("/mnt/x\ty\\z"))
        #expect(odd.options == ["ro", "nosuid"])
        #expect(odd.isReadOnly)
        #expect(odd.propagation.master == 3)
        #expect(odd.propagation.propagateFrom == 2)
        #expect(odd.propagation.description == "unbindable")
        #expect(odd.otherFields == ["future:9"])
        #expect(odd.source == "tmp fs")
        #expect(odd.superOption("size") == "4k")
        let empty = try #require(table[id: 30])
        #expect(empty.source.isEmpty)
        #expect(empty.fileSystem == "fuse.sshfs")
        #expect(empty.superOptions == ["rw", "a=b"])
        #expect(try #require(table[id: 31]).root == "net:[4026531840]")
        #expect(table[id: 22]?.propagation.description == "shared")
    }

    @Test("a comma that a backslash protects does not end an option")
    func protectedComma() throws {
        let line = "1 0 0:1 / /m rw - overlay overlay rw,lowerdir=/a\\134,b:/c,upperdir=/d\n"
        let mount = try #require(Self.table(line).mounts.first)
        #expect(mount.superOptions == ["rw", "lowerdir=/a\\,b:/c", "upperdir=/d"])
    }

    @Test(
        "a line without the mark, without numbers or cut short is counted and passed over",
        arguments: [
            "1 0 0:1 / /m rw ext4 /dev/x rw", "1 0 0:1 / /m rw -", "1 0 0:1 / /m rw - ext4", "x 0 0:1 / /m rw - a b c",
            "1 0 0 / /m rw - a b c", "-1 0 0:1 / /m rw - a b c", "99999999999999999999 0 0:1 / /m rw - a b c",
        ])
    func unreadable(line: String) {
        let table = Self.table(line + "\n22 27 0:21 / /proc rw - proc proc rw\n")
        #expect(table.mounts.map(\.id) == [22])
        #expect(table.unreadableLines == 1)
    }

    @Test("the mount that a path is on is the topmost one that is not hidden")
    func stacks() {
        let table = Self.table(
            """
            1 0 8:1 / / rw - ext4 a rw
            2 1 0:2 / /mnt rw - tmpfs lower rw
            3 2 0:3 / /mnt/deep rw - tmpfs hidden rw
            4 2 0:4 / /mnt rw - tmpfs upper rw
            5 4 0:5 / /mnt/seen rw - tmpfs seen rw
            6 1 0:6 / /mntx rw - tmpfs other rw

            """)
        #expect(table.mount(containing: "/mnt/deep/file")?.source == "upper")
        #expect(table.mount(at: "/mnt/deep") == nil)
        #expect(table.mount(at: "/mnt")?.source == "upper")
        #expect(table.mount(containing: "/mnt/seen/a")?.source == "seen")
        #expect(table.mount(containing: "/mntx/a")?.source == "other")
        #expect(table.mount(containing: "/mnty")?.source == "a")
        #expect(table.stack(at: "/mnt").map(\.source) == ["lower", "upper"])
        #expect(table.children(of: 1).map(\.id) == [2, 6])
        #expect(table.mounts(under: "/mnt").map(\.id) == [2, 3, 4, 5])
    }

    @Test("a table whose root is not a mount, and one with cycles, still give answers")
    func strangeTrees() {
        let rootless = Self.table("5 4 0:5 / /proc rw - proc proc rw\n")
        #expect(rootless.mount(containing: "/etc") == nil)
        #expect(rootless.mount(containing: "/proc/1")?.id == 5)
        let cycle = Self.table("1 2 0:1 / / rw - a a rw\n2 1 0:2 / / rw - b b rw\n3 3 0:3 / /x rw - c c rw\n")
        #expect(cycle.mount(containing: "/x/y")?.id == 3)
    }

    @Test("this process's own mountinfo is read without an unreadable line, and its root is a mount")
    func own() throws {
        let table = try #require(try MountTable.read())
        #expect(table.unreadableLines == 0)
        var facts = stat()
        #expect(stat("/proc", &facts) == 0)
        #expect(table.mount(at: "/proc")?.device == DeviceNumber(facts.st_dev))
        #expect(table.mount(at: "/proc")?.fileSystem == "proc")
    }

    @Test("a process that does not exist has no mounts, and that is no error")
    func absent() throws {
        #expect(try MountTable.read(ProcessID(0x3fff_fff0)) == nil)
    }

    @Test("no bytes whatever stop the parser or the walk")
    func fuzz() {
        var generator = SeededGenerator(seed: 2)
        let seed = Array(Self.typical.utf8)
        for _ in 0..<5_000 {
            let table = MountTable(parsing: seed.damaged(by: &generator))
            _ = table.mount(containing: "/mnt/x")
            _ = table.mount(at: "/empty/ns")
        }
    }

    /// A walk that looked at every mount for every mount would not end before the suite's own limit.
    @Test("fifty thousand mounts are read and walked", .timeLimit(.minutes(5)))
    func many() {
        var text = "1 0 8:1 / / rw - ext4 a rw\n"
        for id in 2..<50_000 { text += "\(id) 1 0:\(id) / /m/\(id) rw shared:\(id) - tmpfs t rw,size=4k\n" }
        #expect(Self.table(text).mount(containing: "/m/40000/x")?.id == 40_000)
    }

    @Test("ten thousand mounts on one point are a stack like any other, and each may be asked for")
    func tallStack() throws {
        let lines = (0..<10_000).map { "\(100 + $0) \(99 + $0) 0:40 /d /s rw - tmpfs tmpfs rw" }
        let table = Self.table("99 1 0:30 / / rw - ext4 /dev/a rw\n" + lines.joined(separator: "\n") + "\n")
        let start = ContinuousClock.now
        for _ in 0..<10_000 { #expect(table.mount(containing: "/s/file")?.id == 10_099) }
        #expect(ContinuousClock.now - start < Deadline.duration)
        #expect(table.mount(at: "/s")?.id == 10_099 && table.mount(containing: "/t")?.id == 99)
    }
}
