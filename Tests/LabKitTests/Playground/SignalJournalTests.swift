// The journal of signals: bounded on disk, and no flood hides a true record.

import Foundation
import Glibc
import SystemPackage
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct SignalJournalTests {
    private func record(
        _ time: UInt64, signal: Int32 = 15, target: String? = "kubelet", root: UInt64 = 7, path: String = "/home/box"
    ) -> SignalRecord {
        SignalRecord(
            time: time, target: target, missed: nil, targetNumber: 100, signal: signal,
            sender: Int32(truncatingIfNeeded: time),
            senderComm: "bash", senderRootPath: path, senderRootDevice: [0, 40], senderRootInode: root)
    }

    private func size(_ path: FilePath) -> Int {
        var facts = stat()
        return stat(path.string, &facts) == 0 ? Int(facts.st_size) : 0
    }

    @Test("a flood of another signal hides neither what came before nor what comes after it, and the file stays small")
    func flood() throws {
        try withTemporaryFolder { folder in
            let journal = SignalJournal(at: folder.appending("signals.jsonl"), limit: 32 << 10)
            journal.add(record(1))
            for time in 2..<3000 { journal.add(record(UInt64(time), signal: 18, root: 1)) }
            #expect(SignalRecord.read(journal: journal.path, since: 0).contains { $0.time == 1 })
            journal.add(record(3000, signal: 9))
            for time in 3001..<6000 { journal.add(record(UInt64(time), signal: 18, root: 1)) }
            #expect(size(journal.path) <= 33 << 10)
            let read = SignalRecord.read(journal: journal.path, since: 0)
            #expect(read.contains { $0.time == 1 } && read.contains { $0.time == 3000 && $0.signal == 9 })
            #expect(read.last?.time == 5999 && read.map(\.time) == read.map(\.time).sorted())
            // From a later moment on, the same signal again.
            journal.add(record(6000))
            for time in 6001..<7000 { journal.add(record(UInt64(time), signal: 18, root: 1)) }
            #expect(SignalRecord.read(journal: journal.path, since: 5500).contains { $0.signal == 15 })
        }
    }

    @Test("a flood of kinds, of other targets and of long paths is bounded, and the last record is there")
    func kinds() throws {
        try withTemporaryFolder { folder in
            let journal = SignalJournal(at: folder.appending("signals.jsonl"), limit: 32 << 10)
            let long = "/" + String(repeating: "x", count: 4000)
            for time in 0..<2000 {
                journal.add(record(UInt64(time), signal: Int32(time % 64 + 1), root: UInt64(time), path: long))
            }
            #expect(size(journal.path) <= 33 << 10)
            #expect(SignalRecord.read(journal: journal.path, since: 0).last?.time == 1999)
        }
    }

    @Test("one target's flood takes nothing from another's")
    func targets() {
        let records = [record(1, target: "kubelet")] + (2..<5000).map { record($0, target: "sshd", root: $0) }
        let kept = SignalJournal.newest(of: records)
        #expect(kept.first?.target == "kubelet" && kept.count == 1 + SignalJournal.kindsLimit)
    }

    @Test("whoever is stopped with the lock in its hands holds nobody up for long")
    func lock() throws {
        try withTemporaryFolder { folder in
            let journal = SignalJournal(at: folder.appending("signals.jsonl"))
            let held = open(journal.path.string + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(held) }
            #expect(flock(held, LOCK_EX | LOCK_NB) == 0)
            journal.add(record(1))
            #expect(SignalRecord.read(journal: journal.path, since: 0).count == 1)
        }
    }
}
