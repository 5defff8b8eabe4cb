// The steps of a plan, family by family. A step is one case of one family, and its file says all that there is to say of it.

import SystemPackage

/// One step. What each does to the child is observable in `/proc`; what it is as a command or as system calls,
/// `Plan.shellScript` and `Plan.systemCalls` say.
///
/// A plan names a step by the function of the same name (`.bind(from:to:)`), which has its defaults; the documentation is at the case.
package enum Step: Sendable, Equatable {
    /// Who the process is: namespaces, id maps, credentials.
    case identity(IdentityStep)
    /// What a plan keeps open.
    case descriptors(DescriptorStep)
    /// What is mounted where.
    case mounts(MountStep)
    /// Where paths begin.
    case roots(RootStep)
    case files(FileStep)
    case networks(NetworkStep)
    /// What the process and its descendants may do.
    case rights(RightsStep)
    /// How much of everything they may have.
    case limits(LimitStep)
    /// What the process is called, and what it belongs to.
    case process(ProcessStep)
    /// How the plan ends.
    case end(EndStep)
}

extension Step {
    /// The one place that goes from a step to its family.
    var family: any StepFamily {
        switch self {
        case .identity(let step): step
        case .descriptors(let step): step
        case .mounts(let step): step
        case .roots(let step): step
        case .files(let step): step
        case .networks(let step): step
        case .rights(let step): step
        case .limits(let step): step
        case .process(let step): step
        case .end(let step): step
        }
    }

    /// The operation with its object: `mount proc on /proc`.
    package var summary: String { family.summary }

    /// The places that the step names.
    var places: [Place] { family.places }

    /// Every text that goes to the kernel as a C string.
    var texts: [String] { places.flatMap(\.texts) + family.texts }

    /// What it makes of its own, if it makes namespaces.
    var madeNamespaces: Set<Namespace>? {
        if case .identity(.unshare(let made)) = self { made } else { nil }
    }
}

/// What there is to say of a step. The readings of a plan ask for this and for nothing else. Each family answers by a switch over its
/// cases that has no `default`, so a new case does not compile before each of these has been thought of.
protocol StepFamily {
    /// The operation with its object: `mount proc on /proc`.
    var summary: String { get }
    /// The places that the step names.
    var places: [Place] { get }
    /// Texts that go to the kernel as C strings, those of its places apart.
    var texts: [String] { get }
    /// What is wrong with the step at this point of a plan; nil: nothing. Notes what later steps may rely on.
    func problem(in check: inout PlanCheck) -> String?
    /// Adds the operations that the executor walks.
    func lower(into lowering: Lowering)
    /// What a person would type.
    func typed(in reading: inout ShellReading) -> TypedStep
    /// What the kernel sees: one line for each call.
    func calls(in reading: inout SystemCallReading) -> [String]
    /// What to do next when the kernel has refused the step, where that is known.
    func hint(after errno: Errno) -> String?
    /// Forgets what the step makes untrue about network namespaces: another own one, other files at the same paths.
    func note(in slots: inout NetworkSlots)
}

/// A step as a person types it.
enum TypedStep {
    /// Commands by themselves, each a line; none where an earlier command has done it already.
    case commands([String])
    /// The words of a command that leaves the shell behind and takes the rest of the plan as its argument.
    case prefix([String])
}
