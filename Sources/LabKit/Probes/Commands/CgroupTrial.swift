// The trial of an experiment in a cgroup: decided by what the kernel counts there, and by what became of the program.

import CIsolation
import Glibc
import KernelState
import Linux
import Playgrounds
import SystemPackage
import Text

extension ExperimentProbe {
    /// Runs a trial in a cgroup of its own that has the limits of the learner's. The kernel must have counted the event in the learner's
    /// before: that was the learner's own try, and without it nothing is run (*observed* `untried`). And it must count it in the trial's: an
    /// exit status alone proves nothing, because anyone can send a signal. What the learner's cgroup counts is the learner's to look at, so
    /// the trial leaves it alone.
    func run(_ trial: Trial, in cgroup: TrialCgroup, _ look: Judge) throws -> ProbeOutcome {
        let controller = cgroup.controller.rawValue
        let expected =
            "\(trial.run.joined(separator: " ")) with the limits of \(cgroup.path): \(trial.expect.words), counted by the kernel"
        guard let side = look.cgroups.roots[controller] else {
            let none = "this machine has no \(controller) controller for the playground"
            return ProbeOutcome(status: .skip, expected: expected, reason: look.cgroups.problem ?? none)
        }
        guard let hierarchy = try CgroupHierarchies.read().hierarchy(of: controller) else {
            return ProbeOutcome(
                status: .error, expected: expected, reason: "no hierarchy with \(controller) is mounted")
        }
        guard let folder = try CgroupFolder(at: side.folder(cgroup.path), in: hierarchy) else {
            return outcome(false, expected, "there is no cgroup \(cgroup.path)", [], ["absent": cgroup.path])
        }
        let before = try folder.reading(of: cgroup.counts)
        guard before.number > 0 else {
            return outcome(
                false, expected, "nothing was counted in \(cgroup.path) yet, so nobody has tried",
                [
                    Evidence(
                        source: terminalSafe("\(side.shown(cgroup.path))/\(before.file)"),
                        value: "\(cgroup.counts.word) \(before.text)")
                ], ["untried": before.text])
        }
        let limits = folder.limitTexts()
        let own = try TrialFolder(beside: FilePath(side.host), limits: limits)
        defer { own.remove() }
        guard let counting = try CgroupFolder(at: own.path, in: hierarchy) else {
            throw KernelStateError(operation: "open", object: own.path.string, errno: .noSuchFileOrDirectory)
        }
        var result = try look.run(
            trial.run, in: trial.place, expecting: trial.expect, seconds: timeout, cgroup: counting.raw)
        let after = try counting.reading(of: cgroup.counts)
        result.expected = expected
        result.evidence += limits.prefix(3).map {
            Evidence(source: terminalSafe("\(side.shown(cgroup.path))/\($0.file)"), value: terminalSafe($0.text))
        }
        result.evidence.append(
            Evidence(
                source: "\(after.file) of a cgroup with the same limits", value: "\(cgroup.counts.word) \(after.text)"))
        guard result.status == .pass || result.status == .fail else { return result }
        if after.number == 0 {
            result.status = .fail
            result.actual =
                "the kernel counted nothing with the limits of \(cgroup.path): " + (result.actual ?? "")
            result.observed["uncounted"] = after.text
        }
        return result
    }
}

/// A cgroup for one trial, beside the playground's root cgroup: limited as the whole playground is, and out of the learner's sight.
private struct TrialFolder {
    let path: FilePath

    init(beside root: FilePath, limits: [(file: String, text: String)]) throws(KernelStateError) {
        path = root.removingLastComponent().appending("trial-\(getpid())-\(bootTime())")
        guard mkdir(path.string, 0o755) == 0 else {
            throw KernelStateError(operation: "make the cgroup", object: path.string, errno: Errno(rawValue: errno))
        }
        for (file, text) in limits {
            do throws(KernelStateError) {
                try write(text, to: file)
            } catch {
                remove()
                throw error
            }
        }
    }

    private func write(_ text: String, to file: String) throws(KernelStateError) {
        let name = path.appending(file).string
        let descriptor = open(name, O_WRONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        let bytes = Array(text.utf8)
        guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw KernelStateError(
                operation: "write \(terminalSafe(text)) to", object: name, errno: Errno(rawValue: errno))
        }
    }

    /// A process leaves its cgroup a moment after it has ended, and there is no event for that in v1.
    func remove() {
        let deadline = ContinuousClock.now + .seconds(2)
        while rmdir(path.string) != 0, errno == EBUSY, ContinuousClock.now < deadline { poll(nil, 0, 2) }
    }
}
