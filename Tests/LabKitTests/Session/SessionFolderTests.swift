// Session folders: whose they are, and which are taken away.

import Foundation
import Glibc
import KernelState
import SystemPackage
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct SessionFolderTests {
    @Test("a folder names its owner, and stays while the owner lives")
    func own() throws {
        try withTemporaryFolder { sessions in
            let one = try SessionFolder.create(in: sessions), two = try SessionFolder.create(in: sessions)
            #expect(one.path != two.path && one.isLive && one.isOwn && two.isOwn)
            #expect(one.read()?.owner.pid == getpid() && one.read()?.owner.isAlive == true)
            var status = stat()
            #expect(stat(one.path.string, &status) == 0 && status.st_mode & 0o777 == 0o700)
            #expect(SessionFolder.removeDead(in: sessions).isEmpty && SessionFolder.all(in: sessions).count == 2)
            one.remove()
            #expect(SessionFolder.all(in: sessions).map(\.path) == [two.path])
        }
    }

    @Test("a folder whose owner is gone is removed; what has another name is not")
    func dead() throws {
        try withTemporaryFolder { sessions in
            // The number of this process with another start: a later process that got the number.
            let names = ["\(getpid())-1-0", "99999999-5-0", "notes", "1-2", "a-b-c"]
            for name in names {
                try FileManager.default.createDirectory(
                    atPath: sessions.appending(name).string, withIntermediateDirectories: true)
            }
            let removed = SessionFolder.removeDead(in: sessions).map { $0.path.lastComponent?.string ?? "" }
            #expect(removed.sorted() == names[..<2].sorted())
            #expect(SessionFolder.all(in: sessions).count == 3)
        }
    }

    @Test("what is removed is named with its lab, step and owner")
    func named() throws {
        try withTemporaryFolder { sessions in
            let own = try SessionFolder.create(in: sessions)
            var record = try #require(own.read())
            record.lab = "01-chroot"
            record.step = "enter"
            try own.write(record)
            let dead = SessionFolder(path: sessions.appending("99999999-5-0"))
            try FileManager.default.moveItem(atPath: own.path.string, toPath: dead.path.string)
            let removed = SessionFolder.removeDead(in: sessions).map(\.description)
            #expect(removed == ["\(dead.path) (01-chroot, step enter): its podlab, process 99999999, is gone"])
        }
    }

    @Test("a session whose playground's number belongs to another process now is none")
    func reusedNumber() throws {
        try withTemporaryFolder { sessions in
            let folder = try SessionFolder.create(in: sessions)
            var record = try #require(folder.read())
            record.lab = "01-chroot"
            record.playground = record.owner
            try folder.write(record)
            #expect(record.playground?.isAlive == true)
            #expect(try RunningSession.all(in: sessions).map(\.lab) == ["01-chroot"])
            record.playground?.startTime += 1
            try folder.write(record)
            #expect(record.playground?.isAlive == false)
            #expect(throws: RunningSessionError.self) { try RunningSession.all(in: sessions) }
            let process = try #require(record.playground)
            #expect(throws: PlaygroundError.self) { try HeldProcess(process.identity) }
        }
    }

    @Test("a playground is attached to only if the recorded process is PID 1 of one")
    func noPlayground() throws {
        let own = try #require(ProcessState.read(.current, fields: []))
        let error = #expect(throws: PlaygroundError.self) { try Playground.attach(to: own.identity) }
        #expect(error?.description.contains("is not PID 1 of a playground") == true)
    }

    @Test("a record that is broken or of another version is no record", arguments: ["", "{", "{\"schema\":\"x\"}"])
    func brokenRecord(text: String) throws {
        try withTemporaryFolder { sessions in
            let folder = try SessionFolder.create(in: sessions)
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.recordPath.string))
            #expect(folder.read() == nil)
        }
    }

    @Test("a journal is read from a moment on, and lines that are no records are passed over")
    func journal() throws {
        try withTemporaryFolder { folder in
            func line(_ time: Int) -> String {
                "{\"time\":\(time),\"target\":\"kubelet\",\"targetNumber\":4,\"signal\":15,\"sender\":9,"
                    + "\"senderComm\":\"bash\",\"senderRootPath\":\"/\",\"senderRootDevice\":[0,4],\"senderRootInode\":2}\n"
            }
            let path = folder.appending("signals.jsonl")
            #expect(SignalRecord.read(journal: path, since: 0).isEmpty)
            try write(line(5) + "garbage\n\n" + line(9) + "{\"time\":10", to: path)
            #expect(SignalRecord.read(journal: path, since: 0).map(\.time) == [5, 9])
            #expect(SignalRecord.read(journal: path, since: 6).map(\.signalName) == ["TERM"])
        }
    }
}
