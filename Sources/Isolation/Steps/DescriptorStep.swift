// What a plan keeps open, by names of its own, and what the program gets of it.

import CIsolation
import SystemPackage

package enum DescriptorStep: Sendable, Equatable {
    /// Opens a place (`O_PATH`) and keeps it: for what later credentials or roots could not reach.
    case open(Place, as: String)
    /// A detached copy of the mount at a place: open_tree(2) with `OPEN_TREE_CLONE`.
    case openTree(Place, as: String, recursive: Bool, options: MountOptions)
    /// Gives a mount kept by `.openTree` options that nobody in the plan's user namespace can take off again, whatever rights they have
    /// there. It takes credentials that the namespace maps. `at`: any folder, where it stands for a moment, seen by nobody. See
    /// mount_namespaces(7), "Restrictions on mount namespaces".
    case lockMountOptions(MountOptions, ofTree: String, at: String)
    /// A copy of an executable in memory, sealed, so that nobody can write it through `/proc/PID/exe`. It is made before the
    /// plan is begun, by the rights of the starting process. nil: podlab-init. See memfd_create(2).
    case openExecutable(Place?, as: String)
    /// dup2(2) for the program. Every other descriptor from 3 on is closed.
    case duplicate(Int32, as: Int32)
}

extension Step {
    package static func open(_ place: Place, as name: String) -> Step { .descriptors(.open(place, as: name)) }
    package static func openTree(
        _ place: Place, as name: String, recursive: Bool = false, options: MountOptions = []
    ) -> Step {
        .descriptors(.openTree(place, as: name, recursive: recursive, options: options))
    }
    package static func lockMountOptions(_ options: MountOptions, ofTree name: String, at path: String) -> Step {
        .descriptors(.lockMountOptions(options, ofTree: name, at: path))
    }
    package static func openExecutable(_ place: Place? = nil, as name: String) -> Step {
        .descriptors(.openExecutable(place, as: name))
    }
    package static func duplicate(_ descriptor: Int32, as target: Int32) -> Step {
        .descriptors(.duplicate(descriptor, as: target))
    }
}

extension DescriptorStep: StepFamily {
    var summary: String {
        switch self {
        case .open(let place, let name): "open \(place) as \(name)"
        case .openTree(let place, let name, _, _): "copy the mount at \(place) as \(name)"
        case .lockMountOptions(let options, let name, _):
            "lock \(options.optionNames.joined(separator: ",")) of the mount \(name)"
        case .openExecutable(let place, let name):
            "open executable \(place?.description ?? ExecutorProgram.name) as \(name)"
        case .duplicate(let fd, let target): "pass descriptor \(fd) as \(target)"
        }
    }

    var places: [Place] {
        switch self {
        case .open(let place, _), .openTree(let place, _, _, _), .openExecutable(let place?, _): [place]
        case .openExecutable(nil, _), .lockMountOptions, .duplicate: []
        }
    }

    var texts: [String] {
        switch self {
        case .lockMountOptions(_, _, let path): [path]
        case .open, .openTree, .openExecutable, .duplicate: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .open(_, let name): return check.keep(name)
        case .openTree(_, let name, _, _): return check.keep(name, isTree: true)
        case .openExecutable(.inside, _), .openExecutable(.mountPoint, _), .openExecutable(.opened, _):
            return "an executable is copied before the plan begins: by a path or a descriptor outside"
        case .openExecutable(nil, let name), .openExecutable(.path, let name), .openExecutable(.descriptor, let name):
            return check.keep(name)
        case .lockMountOptions(let options, let name, _):
            if options.isEmpty { return "no option is named" }
            if !check.trees.contains(name) { return "no mount has been copied as \(name)" }
            return check.mapped
                ? nil : "a user whom the namespace maps does this: .mapIDs and .setCredentials go first"
        case .duplicate(_, let target): return check.give(target)
        }
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .open(let place, let name):
            lowering.add(ISO_OPEN) {
                $0.open = .init(place: lowering.place(place), result: lowering.newRegister(name, isTree: false))
            }
        case .openTree(let place, let name, let recursive, let options):
            lowering.add(ISO_OPEN_TREE) {
                $0.open_tree = .init(
                    place: lowering.place(place), recursive: recursive ? 1 : 0, attributes: options.rawValue,
                    result: lowering.newRegister(name, isTree: true))
            }
        case .lockMountOptions(let options, let name, let path):
            lowering.add(ISO_LOCK_TREE) {
                $0.lock_tree = .init(
                    tree: lowering.register(name), folder: lowering.text(path), attributes: options.rawValue,
                    result: lowering.registers[name]?.number ?? Lowering.none)
            }
        case .openExecutable: break  // it has been opened: SealedPrograms
        case .duplicate(let fd, let target): lowering.duplicates.append((lowering.step, fd, target))
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .open(let place, let name), .openTree(let place, let name, _, _):
            reading.opened[name] = reading.path(place)
            return .commands([])
        case .lockMountOptions(let options, let name, _):
            return .commands([
                "# \(options.optionNames.joined(separator: ",")) of \(name) are locked: no command does this"
            ])
        case .openExecutable(let place, let name):
            reading.opened[name] = place.map(reading.path) ?? ExecutorProgram.name
            return .commands([])
        case .duplicate(let fd, let target): return .commands(["exec \(target)<&\(fd)"])
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .open(let place, let name): return ["\(place.fd) = <\(name)>"]
        case .openTree(let place, let name, let recursive, let options):
            let tree = "open_tree(\(place.at), OPEN_TREE_CLONE\(recursive ? "|AT_RECURSIVE" : "")) = <\(name)>"
            return [tree] + (options.isEmpty ? [] : [options.setattr(of: "<\(name)>", recursive: recursive)])
        case .lockMountOptions(let options, let name, let path):
            return [
                "clone(CLONE_VM|CLONE_VFORK|CLONE_FILES)", "unshare(CLONE_NEWNS)",
                "move_mount(<\(name)>, \"\", AT_FDCWD, \(quoted(path)), MOVE_MOUNT_F_EMPTY_PATH)",
                "mount_setattr(AT_FDCWD, \(quoted(path)), 0, {attr_set=\(options.attributeNames)})",
                "unshare(CLONE_NEWUSER|CLONE_NEWNS)",
                "open_tree(AT_FDCWD, \(quoted(path)), OPEN_TREE_CLONE) = <\(name)>",
            ]
        case .openExecutable(let place, let name):
            let path = place ?? .path(ExecutorProgram.name)
            return [
                "memfd_create(\(quoted(name)), MFD_CLOEXEC|MFD_ALLOW_SEALING|MFD_EXEC) = <\(name)>",
                "sendfile(<\(name)>, \(path.fd), …)",
                "fcntl(<\(name)>, F_ADD_SEALS, F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW|F_SEAL_WRITE|F_SEAL_EXEC)",
            ]
        case .duplicate(let fd, let target): return ["dup3(\(fd), \(target), 0)"]
        }
    }

    func hint(after errno: Errno) -> String? {
        switch self {
        case .open, .openTree, .lockMountOptions, .openExecutable, .duplicate: nil
        }
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .open, .openTree, .lockMountOptions, .openExecutable, .duplicate: break
        }
    }
}
