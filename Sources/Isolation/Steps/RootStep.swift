// Where paths begin: the root and the working directory.

import CIsolation
import SystemPackage

package enum RootStep: Sendable, Equatable {
    case chroot(Place)
    /// The place becomes the root; the old root is detached. It must be a mount point.
    case pivotRoot(Place)
    case changeDirectory(Place)
}

extension Step {
    package static func chroot(_ place: Place) -> Step { .roots(.chroot(place)) }
    package static func pivotRoot(_ place: Place) -> Step { .roots(.pivotRoot(place)) }
    package static func changeDirectory(_ place: Place) -> Step { .roots(.changeDirectory(place)) }
}

extension RootStep: StepFamily {
    var summary: String {
        switch self {
        case .chroot(let place): "chroot to \(place)"
        case .pivotRoot(let place): "pivot the root to \(place)"
        case .changeDirectory(let place): "change directory to \(place)"
        }
    }

    var places: [Place] {
        switch self {
        case .chroot(let place), .pivotRoot(let place), .changeDirectory(let place): [place]
        }
    }

    var texts: [String] {
        switch self {
        case .chroot, .pivotRoot, .changeDirectory: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .chroot, .pivotRoot, .changeDirectory: nil
        }
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .chroot(let place): lowering.add(ISO_CHANGE_ROOT) { $0.change_root = .init(place: lowering.place(place)) }
        case .pivotRoot(let place): lowering.add(ISO_PIVOT_ROOT) { $0.pivot_root = .init(place: lowering.place(place)) }
        case .changeDirectory(let place):
            lowering.add(ISO_CHANGE_DIRECTORY) { $0.change_directory = .init(place: lowering.place(place)) }
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .chroot(let place):
            // chroot(1) goes to the new root's / by itself.
            reading.foldNext(.changeDirectory("/"))
            return .prefix(["chroot", reading.path(place)])
        case .pivotRoot(let place):
            return .commands([
                shellCommand(["cd", reading.path(place)]), "pivot_root . .", "umount -l .", "cd /",
            ])
        case .changeDirectory(let place): return .commands([shellCommand(["cd", reading.path(place)])])
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .chroot(let place): ["fchdir(\(place.fd))", "chroot(\".\")"]
        case .pivotRoot(let place):
            ["fchdir(\(place.fd))", "pivot_root(\".\", \".\")", "umount2(\".\", MNT_DETACH)", "chdir(\"/\")"]
        case .changeDirectory(let place): ["fchdir(\(place.fd))"]
        }
    }

    func hint(after errno: Errno) -> String? {
        switch self {
        case .pivotRoot:
            if errno == .resourceBusy { return "the new root is the old root" }
            return errno == .invalidArgument
                ? "the new root must be a mount point, and neither it nor its parent may be shared" : nil
        case .chroot, .changeDirectory: return nil
        }
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .chroot, .pivotRoot, .changeDirectory: slots.forgetPaths()
        }
    }
}
