// A cgroup of one hierarchy: a folder, held open, and the files in it.

import CIsolation
import Glibc
import Linux
import SystemPackage

/// One cgroup in one hierarchy. The folder is held by a descriptor, so that a cgroup that was removed and made again under the
/// same name is not mistaken for it. See cgroups(7).
package final class CgroupDirectory {
    package let hierarchy: CgroupHierarchy
    /// Where it is, for people; it is reached by `descriptor`.
    package let path: String
    package let descriptor: Int32

    /// - Throws: the folder cannot be opened.
    package init(at path: String, in hierarchy: CgroupHierarchy) throws(IsolationError) {
        let opened = iso_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0)
        guard opened >= 0 else { throw IsolationError("open the cgroup \(path)", errno: Errno(negated: opened)) }
        self.hierarchy = hierarchy
        self.path = path
        descriptor = opened
    }

    /// Takes over a descriptor of its folder.
    init(descriptor: Int32, path: String, hierarchy: CgroupHierarchy) {
        self.hierarchy = hierarchy
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    package var version: CgroupVersion { hierarchy.version }

    // MARK: Files

    /// The content of one of its files, without the newline at its end. At most 1 MiB.
    package func read(_ file: String) throws(IsolationError) -> String {
        let operation = "read \(path)/\(file)"
        let opened = iso_openat(descriptor, file, O_RDONLY, 0)
        guard opened >= 0 else { throw failure(operation, Errno(negated: opened), file: file) }
        defer { close(opened) }
        switch readText(opened, limit: 1 << 20) {
        case .success(let text): return text.hasSuffix("\n") ? String(text.dropLast()) : text
        // ENODEV: the cgroup was removed while it was open.
        case .failure(let errno): throw failure(operation, errno, file: file)
        }
    }

    /// Writes one of its files in one write, as the kernel demands.
    package func write(_ file: String, _ value: String) throws(IsolationError) {
        let operation = "write \(value) to \(path)/\(file)"
        let opened = iso_openat(descriptor, file, O_WRONLY, 0)
        guard opened >= 0 else { throw failure(operation, Errno(negated: opened), file: file) }
        defer { close(opened) }
        let bytes = Array(value.utf8)
        var length = -1
        repeat { length = Glibc.write(opened, bytes, bytes.count) } while length < 0 && errno == EINTR
        guard length == bytes.count else {
            throw failure(operation, length < 0 ? Errno(rawValue: errno) : .ioError, file: file)
        }
    }

    /// Whether it has a file of that name.
    package func has(_ file: String) -> Bool { faccessat(descriptor, file, F_OK, 0) == 0 }

    private func failure(_ operation: String, _ errno: Errno, file: String) -> IsolationError {
        let controller = file.split(separator: ".").first.map(String.init) ?? file
        let hint: String? =
            switch errno {
            case .noSuchFileOrDirectory where version == .v2 && controller != "cgroup":
                "the controller \(controller) is not enabled here: its name must be in cgroup.subtree_control of the parent"
            case Errno(rawValue: ENODEV): "the cgroup has been removed meanwhile"
            case .resourceBusy where file == "memory.limit_in_bytes":
                "more is in use than that, and the kernel could not reclaim it"
            case .resourceBusy where file == "cgroup.procs" || file == "cgroup.subtree_control":
                "a cgroup of v2 has processes or controllers for its children, not both"
            case .readOnlyFileSystem: "cgroups are mounted read-only here, as in most containers"
            case .permissionDenied, .notPermitted:
                "the cgroup is not delegated to this user: `podlab doctor --delegate USER`, run as root, does it"
            default: nil
            }
        return IsolationError(operation, errno: errno, hint: hint)
    }

    // MARK: Children

    /// Makes a child, or opens the one that is there.
    package func child(_ name: String) throws(IsolationError) -> CgroupDirectory {
        let place = "\(path)/\(name)"
        guard !name.isEmpty, name != ".", name != "..", !name.contains("/") else {
            throw IsolationError("make the cgroup \(place)", errno: .invalidArgument, meaning: "no name for a cgroup")
        }
        var opened = -ENOENT
        // Somebody else may remove an empty one between the two calls.
        for _ in 0..<100 where opened == -ENOENT {
            guard mkdirat(descriptor, name, 0o755) == 0 || errno == EEXIST else {
                throw failure("make the cgroup \(place)", Errno(rawValue: errno), file: "cgroup")
            }
            opened = iso_openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
        }
        guard opened >= 0 else { throw IsolationError("open the cgroup \(place)", errno: Errno(negated: opened)) }
        return CgroupDirectory(descriptor: opened, path: place, hierarchy: hierarchy)
    }

    /// Lets the children have these controllers, as far as this hierarchy has them; nothing to do on v1.
    package func enableForChildren(_ controllers: Set<CgroupController>) throws(IsolationError) {
        guard version == .v2 else { return }
        let here = Set(try read("cgroup.controllers").split(separator: " ").map(String.init))
        let on = Set(try read("cgroup.subtree_control").split(separator: " ").map(String.init))
        for name in controllers.compactMap({ $0.name(in: .v2) }).sorted()
        where here.contains(name) && !on.contains(name) {
            try write("cgroup.subtree_control", "+" + name)
        }
    }

    /// The names of its children.
    package func children() -> [String] { folderNames(in: descriptor) }

    /// Hands the folder to another user, who may then make children in it and move own processes between them, but not change the
    /// limits of the folder itself. See cgroup-v2.rst, "Model of Delegation".
    package func delegate(to user: UInt32, group: UInt32) throws(IsolationError) {
        guard fchown(descriptor, user, group) == 0 else {
            throw failure("give \(path) to user \(user)", Errno(rawValue: errno), file: "cgroup")
        }
        for file in ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads", "tasks"] where has(file) {
            guard fchownat(descriptor, file, user, group, 0) == 0 else {
                throw failure("give \(path)/\(file) to user \(user)", Errno(rawValue: errno), file: "cgroup")
            }
        }
    }

    // MARK: Processes

    /// The processes in it, by their numbers here, without those of its children; 0 stands for one that has none here.
    package func processes() throws(IsolationError) -> [Int32] {
        try read("cgroup.procs").split(separator: "\n").compactMap { Int32($0) }
    }

    /// Moves a process, all its threads with it.
    package func move(_ process: Int32) throws(IsolationError) {
        try write("cgroup.procs", String(process))
    }
}
