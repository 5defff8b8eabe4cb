// What no volume may lie over: a container that fakes /proc fakes what its own runtime reads of it.

import Isolation

/// The rule of the OCI runtimes.
enum ProcMounts {
    /// Nil: something may be mounted there, as far as the path says. Where links lead is known when the container's root is there.
    static func refusal(of path: String) -> String? {
        let names = path.split(separator: "/").filter { $0 != "." }
        guard names.first == "proc", !Place.allowedInProc.contains(names.dropFirst().joined(separator: "/")) else {
            return nil
        }
        return words(for: names.count == 1 ? .proc : .insideProc, "/" + names.joined(separator: "/"))
    }

    /// Why nothing can be mounted at a path, in the words of the runtimes.
    static func words(for refusal: PlaceRefusal, _ path: String) -> String {
        let head = "\"\(path)\" cannot be mounted because it "
        return switch refusal {
        case .proc: head + "is not of type proc"
        case .insideProc: head + "is inside /proc"
        case .root: head + "is the container's root"
        case .link: "filesystem for \"\(path)\" must be mounted on ordinary directory"
        }
    }
}
