// A clock on the wall that jumps: sessions live and die by process numbers and their start, not by times of files.

import Foundation
import SystemPackage
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct SessionClockTests {
    @Test(
        "a clock that jumps makes no session live or dead: file times decide nothing",
        arguments: [-1_500_000_000.0, 1_500_000_000])
    func clock(jump: Double) throws {
        try withTemporaryFolder { sessions in
            let own = try SessionFolder.create(in: sessions)
            let dead = sessions.appending("99999999-5-0")
            try FileManager.default.createDirectory(atPath: dead.string, withIntermediateDirectories: true)
            for path in [own.recordPath, own.path, dead, sessions] {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: jump)], ofItemAtPath: path.string)
            }
            #expect(own.isLive && own.isOwn)
            _ = SessionFolder.removeDead(in: sessions)
            #expect(SessionFolder.all(in: sessions).map(\.path) == [own.path])
        }
    }
}
