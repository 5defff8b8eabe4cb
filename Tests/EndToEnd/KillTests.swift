// SIGKILL at any moment: the kernel takes the playgrounds down, and clean the rest.

import Foundation
import Glibc
import Testing

@Suite struct KillTests {
    @Test("podlab killed at any moment of a verification leaves nothing", .needsPlayground)
    func anyMoment() throws {
        let home = try Home()
        // A generator of Lehmer's, so that a failure can be had again.
        var state: UInt64 = 20_240_229
        for round in 0..<30 {
            state = state * 48_271 % 2_147_483_647
            let moment = Int32(state % 1500)
            let victim = try home.start("verify", "01", "--format", "json")
            // The moment itself is what is tested: there is nothing to wait for.
            poll(nil, 0, moment)
            victim.send(SIGKILL)
            let ended = try victim.wait()
            #expect(ended.code == 128 + SIGKILL || ended.code == 0, "round \(round), \(moment) ms: \(ended)")
            var left: [String] = []
            let isClean = try eventually {
                left = try orphans()
                return left.isEmpty
            }
            #expect(isClean, "round \(round), \(moment) ms: \(left)")
        }
        let left = home.sessions
        let cleaned = try home.podlab("clean")
        #expect(cleaned.code == 0 && home.sessions.isEmpty, "\(left) \(cleaned)")
        let whole = try home.podlab("verify", "01")
        #expect(whole.code == 0, "\(whole)")
    }
}
