// Lab 15 where pods can be had, and where the image for them is missing.

import Foundation
import Testing

@Suite struct Lab15Tests {
    @Test(
        "verify proves the six truths of lab 15, with drawn variables as well", .needsPlayground, .needsImages,
        arguments: [nil, "spring"])
    func truths(seed: String?) throws {
        let report = try Home().proven("15", seed: seed)
        #expect(report.summary.skip == 0)
    }

    @Test("without the image lab 15 is skipped with the command that makes it, and doctor names it", .needsPlayground)
    func noImage() throws {
        let home = try Home()
        let own = ["XDG_DATA_HOME": home.path + "/data"]
        #expect(try home.podlab("root", "build", environment: own).code == 0)
        let verified = try home.podlab("verify", "15", "--format", "json", environment: own)
        #expect(verified.code == 2, "\(verified)")
        let checks = try verified.report().labs.flatMap(\.steps).flatMap(\.checks)
        #expect(checks.count == 6)
        for check in checks {
            #expect(check.status == "skip" && check.reason?.hasSuffix("podlab image build busybox") == true, "\(check)")
        }
        let doctor = try home.podlab("doctor", environment: own)
        #expect(doctor.output.contains("podlab image build busybox"), "\(doctor)")
    }
}
