// What a program needs inside a root: the loader's search order, links that leave the root, and ldd's word.

import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import KernelState

@Suite struct ELFClosureTests {
    /// A root with a loader whose built-in folders are like Debian's, or others.
    static func makeRoot(
        folders: [String] = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib"]
    )
        throws -> TemporaryFolder
    {
        let root = try TemporaryFolder()
        root.folders(
            "bin", "lib", "lib/x86_64-linux-gnu", "lib64", "usr", "usr/lib", "usr/lib/x86_64-linux-gnu", "opt", "etc")
        let list: [UInt8] = [0] + folders.flatMap { Array("\($0)/\0".utf8) } + [0]
        try root.file("lib64/ld.so.2", ELFFixture(soname: "ld.so.2").bytes() + list)
        return root
    }

    static func closure(_ root: TemporaryFolder, _ program: FilePath = "/bin/prog") throws -> ELFClosure {
        let directory = try RootDirectory(path: FilePath(root.path))
        return ELFClosure.of(program, in: directory)
    }

    @Test("libraries are followed from library to library, each once")
    func transitive() throws {
        let root = try Self.makeRoot()
        try root.file("bin/prog", ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so", "libc.so"]).bytes())
        try root.file("lib/liba.so", ELFFixture(needed: ["libc.so", "liba.so", "ld.so.2"]).bytes())
        try root.file("usr/lib/libc.so", ELFFixture(needed: ["liba.so"]).bytes())
        let closure = try Self.closure(root)
        #expect(closure.isComplete)
        #expect(closure.objects.map(\.path) == ["/bin/prog", "/lib64/ld.so.2", "/lib/liba.so", "/usr/lib/libc.so"])
        #expect(
            closure.objects.map(\.source) == [.program, .loader, .defaultFolder("/lib"), .defaultFolder("/usr/lib")])
    }

    @Test("Debian's loader does not look in /lib64; another that has it built in does")
    func lib64() throws {
        for (folders, isComplete) in [
            (["/lib/x86_64-linux-gnu", "/lib", "/usr/lib"], false), (["/lib64", "/usr/lib64"], true),
        ] {
            let root = try Self.makeRoot(folders: folders)
            try root.file("bin/prog", ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so"]).bytes())
            try root.file("lib64/liba.so", ELFFixture().bytes())
            #expect(try Self.closure(root).isComplete == isComplete, "\(folders)")
        }
    }

    @Test("RUNPATH is for the object itself; RPATH also for what it loads, unless there is a RUNPATH")
    func searchOrder() throws {
        let root = try Self.makeRoot()
        root.folders("opt/run", "opt/r")
        try root.file(
            "bin/prog",
            ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so"], runpath: "${ORIGIN}/../opt/run").bytes())
        try root.file("opt/run/liba.so", ELFFixture(needed: ["libb.so"]).bytes())
        try root.file("opt/run/libb.so", ELFFixture().bytes())
        #expect(try Self.closure(root).missing.map(\.name) == ["libb.so"])
        try root.file(
            "bin/prog",
            ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so"], rpath: "$ORIGIN/../opt/run").bytes())
        let closure = try Self.closure(root)
        #expect(closure.isComplete)
        #expect(closure.objects.last?.path == "/bin/../opt/run/libb.so")
        #expect(closure.objects.last?.file.path == "/opt/run/libb.so")
        #expect(closure.objects.last?.source == .rpath(folder: "$ORIGIN/../opt/run"))
    }

    @Test("a library for another machine is passed over, one that is no ELF file is named as the obstacle")
    func unusable() throws {
        let root = try Self.makeRoot()
        try root.file("bin/prog", ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so", "libb.so"]).bytes())
        try root.file("lib/x86_64-linux-gnu/liba.so", ELFFixture(machine: 183).bytes())
        try root.file("lib/liba.so", ELFFixture().bytes())
        try root.file("lib/libb.so", Array("INPUT(libb.a)".utf8))
        mkfifo(root.path + "/lib/x86_64-linux-gnu/libb.so", 0o644)
        let closure = try Self.closure(root)
        #expect(closure.objects.last?.path == "/lib/liba.so")
        #expect(closure.missing.map(\.name) == ["libb.so"])
        #expect(closure.missing.first?.obstacle?.contains("fifo") == true)
    }

    @Test("a library that is reached only through a link out of the box does not count, and the link is named")
    func outwardLink() throws {
        let outside = try TemporaryFolder()
        try outside.file("liba.so", ELFFixture().bytes())
        let root = try Self.makeRoot()
        try root.file("bin/prog", ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so"]).bytes())
        root.link("lib/liba.so", to: outside.path + "/liba.so")
        let closure = try Self.closure(root)
        #expect(closure.missing.map(\.name) == ["liba.so"])
        #expect(closure.missing.first?.outwardLink?.path == "/lib/liba.so")
        #expect(closure.missing.first?.outwardLink?.target == FilePath(outside.path + "/liba.so"))
    }

    @Test("an absolute link that leads to a file of the box is a library like any other")
    func inwardLink() throws {
        let root = try Self.makeRoot()
        try root.file("bin/prog", ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so"]).bytes())
        try root.file("opt/real.so", ELFFixture().bytes())
        root.link("lib/liba.so", to: "/opt/real.so")
        let closure = try Self.closure(root)
        #expect(closure.isComplete)
        #expect(closure.objects.last?.file.path == "/opt/real.so")
    }

    @Test("a script is followed to its interpreter, and the cache of the root is used")
    func scriptsAndCache() throws {
        let root = try Self.makeRoot()
        try root.file("bin/script", Array("#! /bin/prog -x\n".utf8))
        try root.file("bin/prog", ELFFixture(interpreter: "/lib64/ld.so.2", needed: ["liba.so"]).bytes())
        try root.file("opt/liba.so", ELFFixture().bytes())
        try root.file("etc/ld.so.cache", ELFTests.cache)
        let closure = try Self.closure(root, "/bin/script")
        #expect(closure.isComplete)
        #expect(closure.objects.map(\.source) == [.program, .scriptInterpreter, .loader, .cache])
    }

    @Test("where the loader is missing, the libraries are looked for all the same, where such loaders look")
    func withoutLoader() throws {
        let root = try Self.makeRoot()
        let fixture = ELFFixture(interpreter: "/lib64/ld-linux-x86-64.so.2", needed: ["liba.so", "libb.so", "libc.so"])
        try root.file("bin/prog", fixture.bytes())
        try root.file("usr/lib/x86_64-linux-gnu/liba.so", ELFFixture(needed: ["ld-linux-x86-64.so.2"]).bytes())
        try root.file("lib64/libb.so", ELFFixture().bytes())
        #expect(try Self.closure(root).missing.map(\.name) == ["/lib64/ld-linux-x86-64.so.2", "libc.so"])
    }

    @Test("a program, a loader or an interpreter that is missing is named")
    func missingFirst() throws {
        let root = try Self.makeRoot()
        #expect(try Self.closure(root, "/bin/none").missing.map(\.name) == ["/bin/none"])
        try root.file("bin/script", Array("#!/bin/nothere\n".utf8))
        #expect(try Self.closure(root, "/bin/script").missing.map(\.name) == ["/bin/nothere"])
        try root.file("bin/prog", ELFFixture(interpreter: "/lib/none", needed: []).bytes())
        #expect(try Self.closure(root).missing.map(\.name) == ["/lib/none"])
        try root.file("bin/loop", Array("#!/bin/loop\n".utf8))
        #expect(try Self.closure(root, "/bin/loop").missing.count == 1)
    }

    @Test(
        "the closure of a real program is what ldd prints",
        .enabled(if: access("/usr/bin/ldd", X_OK) == 0),
        arguments: ["/bin/bash", "/bin/ls", "/bin/ps"])
    func real(program: String) throws {
        guard access(program, X_OK) == 0 else { return }
        let printed = try TestProcess("ldd", program).readToEnd()
        // Lines: "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)", "\t/lib64/ld-linux-x86-64.so.2 (0x…)".
        let expected = Set(
            printed.split(separator: "\n").compactMap { line -> String? in
                line.split(whereSeparator: { $0 == " " || $0 == "\t" }).last { $0.hasPrefix("/") }.map(String.init)
            })
        let root = try RootDirectory(path: "/")
        let closure = ELFClosure.of(FilePath(program), in: root)
        #expect(closure.isComplete)
        #expect(Set(closure.objects.dropFirst().map(\.path.string)) == expected)
    }

    @Test("a file that names more than podlab looks through takes neither much memory nor much time")
    func bombs() throws {
        let root = try Self.makeRoot()
        // Each name is one of thousands of links to one file; all names of it are one long string.
        let long = String(repeating: "x", count: 60_000)
        try root.file(
            "bin/prog", ELFFixture(interpreter: "/lib64/ld.so.2", needed: Array(repeating: long, count: 4000)).bytes())
        #expect(try Self.closure(root).missing.first?.obstacle?.contains("than podlab looks through") == true)
        // Missing libraries times folders.
        let folders = (0..<3000).map { "/opt/\($0)" }.joined(separator: ":")
        try root.file(
            "bin/prog",
            ELFFixture(interpreter: "/lib64/ld.so.2", needed: (0..<1000).map { "lib\($0).so" }, runpath: folders)
                .bytes())
        let start = ContinuousClock.now
        let closure = try Self.closure(root)
        #expect(ContinuousClock.now - start < Deadline.duration)
        #expect(closure.missing.last?.obstacle == "more libraries and folders than podlab looks through")
        #expect(closure.missing.count < 200)
    }
}
