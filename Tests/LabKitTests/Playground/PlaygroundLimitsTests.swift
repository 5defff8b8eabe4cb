// How much a playground may take, as far as it can be said without one.

import Isolation
import KernelState
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct PlaygroundLimitsTests {
    @Test("a limit is never above the hard limit at hand")
    func hardLimit() {
        #expect(PlaygroundLimits(wanted: 1024, hard: nil).processes == 1024)
        #expect(PlaygroundLimits(wanted: 1024, hard: .max).processes == 1024)
        #expect(PlaygroundLimits(wanted: 1024, hard: 100).processes == 100)
    }

    @Test("a new playground has 1024 tasks, and more only where the kernel counts those outside too")
    func new() throws {
        let hard = try #require(PlaygroundLimits.maximumOfProcesses(of: .current)).hard
        let limits = PlaygroundLimits.new
        if PlaygroundLimits.countsByNamespace {
            #expect(limits.processes == min(1024, hard))
        } else {
            #expect(limits.processes >= min(1024, hard) && limits.processes <= hard)
        }
        #expect(limits.inside.contains(.setResourceLimit(.coreSize, soft: 0, hard: 0)))
        #expect(limits.outside.isEmpty || limits.outside == [.setOOMScoreAdjustment(limits.oomScoreAdjustment ?? 0)])
        #expect((limits.oomScoreAdjustment ?? 500) >= 500)
    }

    @Test("a process that has ended has no limit")
    func absent() {
        #expect(PlaygroundLimits.maximumOfProcesses(of: 4_194_304) == nil)
        #expect(PlaygroundLimits(of: 4_194_304).processes <= 1024)
    }
}
