// Lab 05 where cgroups can be had, and where they cannot.

import Foundation
import Glibc
import Testing

@Suite struct Lab05Tests {
    @Test(
        "verify proves the six truths of lab 05, with drawn variables as well", .needsPlayground, .needsCgroups,
        arguments: [nil, "spring"])
    func truths(seed: String?) throws {
        let report = try Home().proven("05", seed: seed)
        // What the lesson shows for the other kind of cgroups is counted and named, nothing else is skipped, and the lab is green.
        let skipped = report.labs.flatMap(\.steps).flatMap(\.checks).filter { $0.status == "skip" }
        #expect(
            skipped.allSatisfy { $0.reason?.hasPrefix("it is for another kind of machine: ") == true }, "\(skipped)")
        #expect(!skipped.isEmpty && report.labs.map(\.status) == ["pass"])
        #expect(report.statuses["lesson-is-true/elsewhere-1"] == "skip")
        // A process that the learner has ended by hand looks the same from its exit status.
        #expect(report.statuses["mutants-are-killed/by-hand"] == "pass")
    }

    @Test(
        "without a delegated cgroup lab 05 is skipped with the command that gives one, and the other labs run",
        .needsPlayground, .enabled(if: geteuid() == 0, "needs root, to be a user to whom nothing is delegated"))
    func notDelegated() throws {
        let home = try Home()
        // A number that no account has.
        let user: uid_t = 1_900_000_017
        for folder in [home.path, home.path + "/run"] { #expect(chown(folder, user, user) == 0) }
        let setpriv = ["setpriv", "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups"]
        let own = ["XDG_DATA_HOME": home.path + "/data"]
        let alone = try home.shell(
            setpriv, "\"$PODLAB\" root build >/dev/null && \"$PODLAB\" verify 05 --format json", environment: own)
        #expect(alone.code == 2, "\(alone)")
        let checks = try alone.report().labs.flatMap(\.steps).flatMap(\.checks)
        #expect(checks.count == 6)
        for check in checks {
            #expect(
                check.status == "skip" && check.reason?.contains("podlab doctor --delegate \(user)") == true, "\(check)"
            )
        }
        let both = try home.shell(setpriv, "\"$PODLAB\" verify 01 05 --format json", environment: own)
        #expect(both.code == 0, "\(both)")
        #expect(try both.report().labs.map(\.status) == ["pass", "skip"])
        let doctor = try home.shell(setpriv, "\"$PODLAB\" doctor", environment: own)
        #expect(doctor.output.contains("podlab doctor --delegate \(user)"), "\(doctor)")
    }
}
