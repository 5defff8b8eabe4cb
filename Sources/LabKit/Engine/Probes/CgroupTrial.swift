// The trial of an experiment in a cgroup: decided by what the kernel counts there, and by what became of the program.

import CIsolation
import Glibc
import KernelState
import SystemPackage

extension Judge {
    /// Runs a trial in a cgroup. The kernel must have counted the event there before: that was the learner's own try, and without
    /// it nothing is run (*observed* `untried`). And it must count it once more: an exit status alone proves nothing, because
    /// anyone can send a signal.
    func run(_ trial: ExperimentProbe.Trial, in cgroup: ExperimentProbe.TrialCgroup, seconds: Int) throws
        -> ProbeOutcome
    {
        let controller = cgroup.controller.rawValue
        let expected =
            "\(trial.run.joined(separator: " ")) in \(cgroup.path): \(trial.expect.words), counted by the kernel"
        guard let side = cgroups.roots[controller] else {
            let none = "this machine has no \(controller) controller for the playground"
            return ProbeOutcome(status: .skip, expected: expected, reason: cgroups.problem ?? none)
        }
        guard let hierarchy = try CgroupHierarchies.read().hierarchy(of: controller) else {
            return ProbeOutcome(
                status: .error, expected: expected, reason: "no hierarchy with \(controller) is mounted")
        }
        let path = FilePath(side.host).pushing(FilePath(root: nil, FilePath(cgroup.path).components))
        let place = iso_openat(AT_FDCWD, path.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
        guard place >= 0, let folder = try CgroupFolder(at: path, in: hierarchy) else {
            if place >= 0 { close(place) }
            return outcome(false, expected, "there is no cgroup \(cgroup.path)", [], ["absent": cgroup.path])
        }
        defer { close(place) }
        let inside = side.inside + (cgroup.path == "/" ? "" : cgroup.path)
        let before = try folder.reading(of: cgroup.counts)
        let source = terminalSafe("\(inside)/\(before.file)")
        guard case .value(let first) = before.bound, first > 0 else {
            return outcome(
                false, expected, "nothing was counted in \(cgroup.path) yet, so nobody has tried",
                [Evidence(source: source, value: "\(before.bound)")], ["untried": "\(before.bound)"])
        }
        var result = try run(trial.run, in: trial.place, expecting: trial.expect, seconds: seconds, cgroup: place)
        let after = try folder.reading(of: cgroup.counts)
        result.expected = expected
        result.evidence.append(Evidence(source: source, value: "\(before.bound) before, \(after.bound) after"))
        guard result.status == .pass || result.status == .fail else { return result }
        let isCounted = if case .value(let second) = after.bound { second > first } else { false }
        if !isCounted {
            result.status = .fail
            result.actual = "the kernel counted nothing in \(cgroup.path): " + (result.actual ?? "")
            result.observed["uncounted"] = "\(after.bound)"
        }
        return result
    }
}

extension CgroupFolder {
    fileprivate func reading(of counter: ExperimentProbe.Counter) throws(KernelStateError) -> CgroupReading {
        switch counter {
        case .memoryKills: try memoryKills()
        case .refusedForks: try refusedForks()
        case .throttledPeriods: try throttledPeriods()
        }
    }
}
