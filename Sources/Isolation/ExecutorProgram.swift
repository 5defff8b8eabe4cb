// The program that walks plans, podlab-init, and programs that nobody inside a sandbox can write.

import CIsolation
import Glibc
import Linux
import Synchronization
import SystemPackage

/// podlab-init, as a sealed file in memory. A plan is walked by a process that has executed it, so that what comes near
/// somebody else's namespaces has nothing of whoever started it: neither memory nor environment nor descriptors.
package enum ExecutorProgram {
    package static let name = "podlab-init"
    /// The environment variable that names it to a podlab that is a file in memory itself, with nothing beside it.
    package static let variable = "PODLAB_EXECUTOR"

    /// Where else it may be, for a program that has it with it: asked when it is not beside that program.
    package static let own = Mutex<@Sendable () -> String?>({ nil })

    /// On a node it is PID 1, whatever has become of files there. Else beside this program in a build, what this program has with it, among
    /// what nodes get in an installation, and where a node has it.
    static var candidates: [String] {
        if readLink("/proc/1/exe") == "/memfd:\(name) (deleted)" { return ["/proc/1/exe"] }
        if let named = getenv(variable) { return [String(cString: named)] }
        let folder = (readLink("/proc/self/exe") ?? "").split(separator: "/").dropLast()
        let beside = "/" + folder.joined(separator: "/")
        let above = "/" + folder.dropLast().joined(separator: "/")
        let near = [beside, "\(beside)/node"].map { "\($0)/\(name)" }
        if let found = near.first(where: { access($0, R_OK) == 0 }) { return [found] }
        let ours = own.withLock { $0 }().map { [$0] } ?? []
        return near + ours + ["\(above)/lib/podlab/node", "/usr/local/lib/podlab"].map { "\($0)/\(name)" }
    }

    /// Made once, when it is first asked for; what is replaced on disk meanwhile does not change it.
    private static let sealed: Result<Int32, IsolationError> = {
        for path in candidates {
            let file = iso_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0)
            guard file >= 0 else { continue }
            defer { close(file) }
            let program = iso_sealed_program(file, name)
            if program >= 0 { return .success(program) }
            return .failure(SealedProgram.error("copy \(path) into memory", Errno(negated: program)))
        }
        return .failure(
            IsolationError(
                "find \(name)", meaning: "it is not there",
                hint: "looked at \(candidates.joined(separator: ", ")); make build or make install puts it there"))
    }()

    /// Its descriptor, which stays open as long as this process lives.
    package static func descriptor() throws(IsolationError) -> Int32 { try sealed.get() }
}

/// The executables that a plan keeps, sealed and in memory: see `Step.openExecutable`. They are closed with this object.
final class SealedPrograms {
    private(set) var descriptors: [String: Int32] = [:]

    init(_ plan: Plan) throws(IsolationError) {
        for (index, step) in plan.steps.enumerated() {
            guard case .descriptors(.openExecutable(let place, let name)) = step else { continue }
            let program = try SealedProgram.copy(of: place)
            guard program >= 0 else { throw plan.failure(at: index, Errno(negated: program)) }
            descriptors[name] = program
        }
    }

    deinit { for descriptor in descriptors.values { close(descriptor) } }
}

private enum SealedProgram {
    /// Of this program itself, which is large: copied once, when it is first asked for.
    private static let own: Int32 = {
        let file = iso_openat(AT_FDCWD, Place.ownExecutable, O_RDONLY, 0)
        guard file >= 0 else { return file }
        defer { close(file) }
        return iso_sealed_program(file, "podlab")
    }()

    /// A descriptor, or -errno. A copy of its own for each plan, but of this program: it has a mode, which root of a sandbox may change.
    static func copy(of place: Place?) throws(IsolationError) -> Int32 {
        switch place {
        case nil: return iso_sealed_program(try ExecutorProgram.descriptor(), ExecutorProgram.name)
        case .descriptor(let file): return iso_sealed_program(file, "program")
        case .path(Place.ownExecutable): return own < 0 ? own : iso_duplicate_above(own, 3)
        case .path(let path):
            let file = iso_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
            guard file >= 0 else { return file }
            defer { close(file) }
            return iso_sealed_program(file, path.split(separator: "/").last.map(String.init) ?? "program")
        case .inside, .mountPoint, .opened: return -EINVAL
        }
    }

    static func error(_ operation: String, _ errno: Errno) -> IsolationError {
        IsolationError(
            operation, errno: errno,
            hint: errno == .permissionDenied
                ? "programs in memory are forbidden here: sysctl vm.memfd_noexec=0 (as root)" : nil)
    }
}
