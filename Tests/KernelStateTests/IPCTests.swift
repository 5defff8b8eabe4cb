// System V IPC objects as the kernel lists them.

import Testing

@testable import KernelState

@Suite("System V IPC") struct IPCTests {
    private func parse(_ text: String, _ kind: IPCObject.Kind) -> [IPCObject] {
        IPCObject.parse(Array(text.utf8), kind)
    }

    @Test("segments, sets and queues are told with key, number and size")
    func kinds() {
        let shm = parse(
            """
                   key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime
            -1431655766          3   644                 65536   812     0      2     0     0     0     0          0

            """, .sharedMemory)
        #expect(
            shm == [IPCObject(kind: .sharedMemory, key: 0xaaaa_aaaa, id: 3, size: 65_536, attachments: 2)])
        let sem = parse("key semid perms nsems uid gid cuid cgid\n 0 32768 600 5 0 0 0 0", .semaphores)
        #expect(sem == [IPCObject(kind: .semaphores, key: 0, id: 32_768, size: 5, attachments: 0)])
        let msg = parse("key msqid perms cbytes qnum lspid lrpid uid\n 77 1 644 12 1 9 0 0", .messageQueue)
        #expect(msg == [IPCObject(kind: .messageQueue, key: 77, id: 1, size: 12, attachments: 0)])
    }

    @Test(
        "headings alone, short lines and what is no number are no objects",
        arguments: ["", "key", "h\n1 2 3", "h\na b c d e f g h"])
    func nothing(text: String) {
        for kind in IPCObject.Kind.allCases { #expect(parse(text, kind).isEmpty) }
    }

    @Test("one's own namespace can be read, and a process that is gone has none")
    func own() throws {
        guard let namespace = try IPCNamespace.of(.current) else {
            Issue.record("this process has no IPC namespace")
            return
        }
        #expect(namespace.id == ProcessState.read(.current)?.namespace(.ipc))
        for kind in IPCObject.Kind.allCases { _ = try IPCObject.readAll(kind, in: namespace) }
        if let other = try IPCNamespace.of(ProcessID(0x3fff_ffff)) { Issue.record("nobody is in \(other.id)") }
    }
}
