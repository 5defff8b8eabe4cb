// The session folder of a node: a playground for pods, and no learner's.

import Foundation
import SystemPackage
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct NodeRecordTests {
    @Test("a node is no session to check or to enter, and is named as a node when it is taken away")
    func node() throws {
        try withTemporaryFolder { sessions in
            let folder = try SessionFolder.create(in: sessions)
            var record = try #require(folder.read())
            #expect(record.kind == nil)
            record.kind = .node
            record.playground = record.owner
            try folder.write(record)
            #expect(folder.read()?.kind == .node)
            #expect(throws: RunningSessionError.self) { try RunningSession.all(in: sessions) }
            let dead = SessionFolder(path: sessions.appending("99999999-5-0"))
            try FileManager.default.moveItem(atPath: folder.path.string, toPath: dead.path.string)
            let removed = SessionFolder.removeDead(in: sessions).map(\.description)
            #expect(removed == ["\(dead.path) (the node of pods): its podlab, process 99999999, is gone"])
        }
    }
}
