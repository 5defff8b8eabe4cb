// What the start says of a run that ended without `quit`.

import Foundation
import SystemPackage
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct InterruptionTests {
    private func removed(lab: String? = "01-chroot", step: String? = "enter", seed: String? = "abcd")
        -> SessionFolder.Removed
    {
        SessionFolder.Removed(path: "/run/x/812-4711-0", lab: lab, step: step, seed: seed, owner: 812)
    }

    private func progress(step: String) -> CourseProgress {
        var progress = CourseProgress()
        progress.currentLab = "01-chroot"
        var own = LabProgress(seed: "abcd")
        own.currentStep = step
        progress.labs["01-chroot"] = own
        return progress
    }

    @Test("names the lab, the step and what is typed again")
    func text() throws {
        let lab = try #require(try LabFixture().load().lab)
        let interruption = try #require(
            Interruption([removed(lab: nil), removed()], progress: progress(step: "enter"), labs: [lab]))
        #expect(
            interruption.text == """
                The last run ended without `quit`, in 01-chroot at the step `enter`, and its playground with it. \
                `start` goes on there in a fresh one, with the same values; the solution of the step before it \
                (`pack`) is typed for you first.
                """)
        let first = try #require(
            Interruption([removed(step: "pack")], progress: progress(step: "pack"), labs: [lab]))
        #expect(first.replayed.isEmpty && first.text.hasSuffix("with the same values."))
    }

    @Test("a verification that was killed is no interruption of the learner's")
    func others() throws {
        let lab = try #require(try LabFixture().load().lab)
        let here = progress(step: "enter")
        for other in [removed(seed: nil), removed(seed: "autumn"), removed(step: "pack"), removed(lab: "02")] {
            #expect(Interruption([other], progress: here, labs: [lab]) == nil)
        }
        #expect(Interruption([], progress: here, labs: [lab]) == nil)
        #expect(Interruption([removed()], progress: CourseProgress(), labs: [lab]) == nil)
        #expect(Interruption([removed()], progress: here, labs: []) == nil)
    }
}
