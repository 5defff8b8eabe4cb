// A proc file system says whose processes it lists.

import Glibc
import SystemPackage
import Testing

@testable import KernelState

@Suite struct ProcViewTests {
    @Test("this machine's /proc belongs to the pid namespace of its number 1 and lists this process")
    func own() throws {
        let root = try RootDirectory(path: "/")
        let view = try #require(try root.procView(at: "/proc"))
        #expect(view.numbers.contains(.current))
        #expect(view.numbers == view.numbers.sorted())
        #expect(view.device == (try MountTable.read()?.mount(at: "/proc")?.device))
        // Not everybody may look at the namespaces of number 1.
        #expect(view.pidNamespace == ProcessState.read(1, fields: .namespaces)?.namespace(.pid))
    }

    @Test("a folder that is no proc file system is none, whatever it holds")
    func folder() throws {
        let folder = try TemporaryFolder()
        folder.folders("sys", "sys/kernel", "version", "1", "1/ns")
        let root = try RootDirectory(path: FilePath(folder.path))
        #expect(try root.procView(at: "/") == nil)
        #expect(try root.procView(at: "/absent") == nil)
        #expect(try root.procView(at: "/version") == nil)
    }
}
