// The lab as a value: what lab.yaml, lesson.md, solution.sh, mutants/ and alternatives/ say, with no kernel behind it.

import Playgrounds
import SystemPackage

/// A numbered unit of the course, with values of its variables filled in: their defaults where nobody has asked for others.
package struct Lab: Sendable, Equatable, Identifiable {
    /// The folder's name, such as `01-chroot`.
    package var id: String
    /// The leading number of `id`.
    package var number: Int
    package var title: String
    /// One or two sentences for the list of labs.
    package var summary: String
    /// How long a learner should allow, in minutes.
    package var minutes: Int
    /// Programs of the course root that the lab needs, by name or absolute path.
    package var tools: [String]
    /// What the machine must offer.
    package var requirements: [Requirement]
    package var variables: [Variable]
    package var scene: Scene
    package var steps: [Step]
    package var lesson: Lesson
    package var solution: Script
    package var mutants: [Mutant]
    package var alternatives: [Alternative]
    /// Its files, for other values.
    let source: LabSource
    /// Those that were filled in.
    let values: VariableValues

    /// The folder the lab was read from.
    package var folder: FilePath { source.folder }

    package func step(_ id: String) -> Step? { steps.first { $0.id == id } }

    package func check(_ reference: CheckReference) -> Check? {
        step(reference.step)?.checks.first { $0.reference == reference }
    }

    /// Every check of the lab, in the order of its steps.
    package var checks: [Check] { steps.flatMap(\.checks) }

    /// The lab as one learner sees it on this machine: `{{name}}` replaced in all its files.
    /// - Throws: what other values than the defaults make of it; `LabSource.faults` tells of that beforehand.
    package func filled(with values: VariableValues) throws(LabFilesError) -> Lab {
        var lab = values == self.values ? self : try source.lab(with: values)
        for index in lab.lesson.sections.indices {
            lab.lesson.sections[index].text = lab.lesson.sections[index].text(for: .current)
        }
        return lab
    }
}

/// What a machine must offer for a lab to run on it. `doctor` answers for each of them.
package enum Requirement: String, Sendable, CaseIterable {
    case userns
    case overlay
    case network
    case nat
    case subordinateIDs = "subordinate-ids"
    case seccompNotify = "seccomp-notify"
    case cgroup
    case cgroupV1 = "cgroup-v1"
    case cgroupV2 = "cgroup-v2"
    /// The image that the manifests of labs name.
    case images
}

/// A wrong answer: its lines are typed in place of one step, and the check it names must turn red.
package struct Mutant: Sendable, Equatable {
    /// File name within `mutants/`.
    package var file: String
    /// The check that must not pass.
    package var kills: CheckReference
    /// What is wrong with it, from the comment lines below the first line.
    package var summary: String
    package var lines: [TypedLine]
    /// The answer given at an answer step, from an `# answer: TEXT` line.
    package var answer: String?
}

/// Another right answer: its lines are typed in place of one step, and every check of that step must pass.
package struct Alternative: Sendable, Equatable {
    /// File name within `alternatives/`.
    package var file: String
    /// The step that it solves.
    package var solves: String
    /// What is other about it, from the comment lines below the first line.
    package var summary: String
    package var lines: [TypedLine]
    /// The answer given at an answer step, from an `# answer: TEXT` line.
    package var answer: String?
}
