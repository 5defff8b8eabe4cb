// What is mounted where. See mount(8), mount_setattr(2), mount_namespaces(7).

import CIsolation
import SystemPackage

package enum MountStep: Sendable, Equatable {
    case mount(FileSystem, on: Place, options: MountOptions)
    /// A bind mount. A source kept by `.openTree` is moved there, any other is cloned; what a plan has merely opened
    /// must be on a mount of the child's own mount namespace.
    case bind(from: Place, to: Place, recursive: Bool, options: MountOptions)
    case setPropagation(Propagation, on: Place, recursive: Bool)
    case setMountOptions(MountOptions, on: Place, recursive: Bool)
    case unmount(Place, detach: Bool)
}

extension Step {
    package static func mount(_ fileSystem: FileSystem, on place: Place, options: MountOptions = []) -> Step {
        .mounts(.mount(fileSystem, on: place, options: options))
    }
    package static func bind(
        from source: Place, to place: Place, recursive: Bool = false, options: MountOptions = []
    ) -> Step {
        .mounts(.bind(from: source, to: place, recursive: recursive, options: options))
    }
    package static func setPropagation(_ kind: Propagation, on place: Place = "/", recursive: Bool = true) -> Step {
        .mounts(.setPropagation(kind, on: place, recursive: recursive))
    }
    package static func setMountOptions(_ options: MountOptions, on place: Place, recursive: Bool = false) -> Step {
        .mounts(.setMountOptions(options, on: place, recursive: recursive))
    }
    package static func unmount(_ place: Place, detach: Bool = false) -> Step {
        .mounts(.unmount(place, detach: detach))
    }
}

extension MountStep: StepFamily {
    var summary: String {
        switch self {
        case .mount(let fileSystem, let place, _): "mount \(fileSystem.type) on \(place)"
        case .bind(let source, let place, _, _): "bind \(source) on \(place)"
        case .setPropagation(let kind, let place, _): "make \(place) \(kind.rawValue)"
        case .setMountOptions(let options, let place, _):
            "set \(options.optionNames.joined(separator: ",")) on the mount at \(place)"
        case .unmount(let place, _): "unmount \(place)"
        }
    }

    var places: [Place] {
        switch self {
        case .mount(_, let place, _), .setPropagation(_, let place, _), .setMountOptions(_, let place, _),
            .unmount(let place, _):
            [place]
        case .bind(let source, let place, _, _): [source, place]
        }
    }

    var texts: [String] {
        switch self {
        case .mount(let fileSystem, _, _):
            [fileSystem.type, fileSystem.source]
                + fileSystem.parameters(inUserNamespace: false).flatMap { [$0.key, $0.value] }
        case .bind, .setPropagation, .setMountOptions, .unmount: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .mount(let fileSystem, _, _): fileSystem.problem
        case .unmount(let place, _): place.needsPath
        case .bind, .setPropagation, .setMountOptions: nil
        }
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .mount(let fileSystem, let place, let options):
            let parameters = fileSystem.configuration(inUserNamespace: lowering.inUserNamespace)
            lowering.add(ISO_MOUNT) {
                $0.mount = .init(
                    type: lowering.text(fileSystem.type),
                    parameters: lowering.list(parameters.flatMap { [$0.key, $0.value] }),
                    target: lowering.place(place), attributes: options.rawValue)
            }
        case .bind(.opened(let name), let place, let recursive, let options)
        where lowering.registers[name]?.isTree == true:
            lowering.add(ISO_MOVE_TREE) {
                $0.move_tree = .init(tree: lowering.register(name), target: lowering.place(place))
            }
            if !options.isEmpty { lowering.setAttributes(options, of: .opened(name), recursive) }
        case .bind(let source, let place, let recursive, let options):
            lowering.add(ISO_BIND) {
                $0.bind = .init(
                    source: lowering.place(source), target: lowering.place(place), recursive: recursive ? 1 : 0,
                    attributes: options.rawValue)
            }
        case .setPropagation(let kind, let place, let recursive):
            lowering.add(ISO_PROPAGATION) {
                $0.propagation = .init(place: lowering.place(place), recursive: recursive ? 1 : 0, kind: kind.flag)
            }
        case .setMountOptions(let options, let place, let recursive):
            lowering.setAttributes(options, of: place, recursive)
        case .unmount(let place, let detach):
            let flags = detach ? UInt32(ISO_UMOUNT_DETACH) : 0
            lowering.add(ISO_UNMOUNT) { $0.unmount = .init(place: lowering.place(place), flags: flags) }
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .mount(let fileSystem, let place, let options):
            let parameters = fileSystem.parameters(inUserNamespace: reading.inUserNamespace)
            let texts = options.optionNames + parameters.map(\.text)
            let list = texts.isEmpty ? [] : ["-o", texts.joined(separator: ",")]
            let words = ["mount", "-t", fileSystem.type] + list + [fileSystem.source, reading.path(place)]
            return .commands([shellCommand(words)])
        case .bind(let source, let place, let recursive, let options):
            let words = ["mount", recursive ? "--rbind" : "--bind", reading.path(source), reading.path(place)]
            return .commands([shellCommand(words)] + options.remount(reading.path(place)))
        case .setPropagation(let kind, let place, let recursive):
            let option = "--make-\(recursive ? "r" : "")\(kind.rawValue)"
            return .commands([shellCommand(["mount", option, reading.path(place)])])
        case .setMountOptions(let options, let place, _): return .commands(options.remount(reading.path(place)))
        case .unmount(let place, let detach):
            return .commands([shellCommand(["umount"] + (detach ? ["-l"] : []) + [reading.path(place)])])
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .mount(let fileSystem, let place, let options):
            let parameters = fileSystem.configuration(inUserNamespace: reading.inUserNamespace)
            return ["fsopen(\(quoted(fileSystem.type)), 0) = fs"] + parameters.map(\.systemCall) + [
                "fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)",
                "move_mount(fsmount(fs, 0, \(options.attributeNames)), \"\", \(place.moveTarget))",
            ]
        case .bind(let source, let place, let recursive, let options):
            let more = (recursive ? "|AT_RECURSIVE" : "") + (source.emptyPathFlag.map { "|" + $0 } ?? "")
            let tree = "open_tree(\(source.at), OPEN_TREE_CLONE\(more))"
            if options.isEmpty { return ["move_mount(\(tree), \"\", \(place.moveTarget))"] }
            return [
                "\(tree) = tree", options.setattr(of: "tree", recursive: recursive),
                "move_mount(tree, \"\", \(place.moveTarget))",
            ]
        case .setPropagation(let kind, let place, let recursive):
            return [
                "mount_setattr(\(place.at), \(place.setattrFlags(recursive)), {propagation=\(kind.flagName)})"
            ]
        case .setMountOptions(let options, let place, let recursive):
            return [
                "mount_setattr(\(place.at), \(place.setattrFlags(recursive)), {attr_set=\(options.attributeNames)})"
            ]
        case .unmount(let place, let detach):
            return ["umount2(\(quoted(place.description)), \(detach ? "MNT_DETACH" : "0"))"]
        }
    }

    func hint(after errno: Errno) -> String? {
        switch self {
        case .mount(let fileSystem, _, _):
            if errno == .operationNotSupportedByDevice {
                return "this kernel has no \(fileSystem.type): modprobe \(fileSystem.type)"
            }
            return errno == .notPermitted ? fileSystem.refusal ?? Self.withoutRights : nil
        case .bind:
            if errno == .notPermitted { return Self.withoutRights }
            guard errno == .invalidArgument else { return nil }
            return "the source is on a mount of another mount namespace, or has locked mounts below"
                + " (bind recursively), or a folder meets a file"
        case .setPropagation, .setMountOptions, .unmount: return nil
        }
    }

    private static var withoutRights: String {
        Hint.appArmor ?? "mounting needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace"
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .mount, .bind, .unmount: slots.forgetPaths()
        case .setPropagation, .setMountOptions: break
        }
    }
}

extension Lowering {
    fileprivate func setAttributes(_ options: MountOptions, of place: Place, _ recursive: Bool) {
        add(ISO_MOUNT_ATTRIBUTES) {
            $0.mount_attributes = .init(
                place: self.place(place), recursive: recursive ? 1 : 0, attributes: options.rawValue)
        }
    }
}
