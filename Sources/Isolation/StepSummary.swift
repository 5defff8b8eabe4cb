// How a step names itself in an error, and what of it is text or place.

extension Step {
    /// The operation with its object: `mount proc on /proc`.
    package var summary: String {
        switch self {
        case .join(let namespaces, let source): "join \(Self.names(namespaces)) of \(Self.name(source))"
        case .unshare(let namespaces): "unshare \(Self.names(namespaces))"
        case .mapIDs(let map): "map ids (\(map.summary))"
        case .setCredentials(let uid, let gid, _): "become user \(uid), group \(gid)"
        case .enterProcessNamespace: "fork into the pid namespace"
        case .guarded: "leave a guard around the pid namespace"
        case .open(let place, let name): "open \(place) as \(name)"
        case .openTree(let place, let name, _, _): "copy the mount at \(place) as \(name)"
        case .lockMountOptions(let options, let name, _):
            "lock \(options.optionNames.joined(separator: ",")) of the mount \(name)"
        case .openExecutable(let place, let name):
            "open executable \(place?.description ?? ExecutorProgram.name) as \(name)"
        case .duplicate(let fd, let target): "pass descriptor \(fd) as \(target)"
        case .mount(let fileSystem, let place, _): "mount \(fileSystem.type) on \(place)"
        case .bind(let source, let place, _, _): "bind \(source) on \(place)"
        case .setPropagation(let kind, let place, _): "make \(place) \(kind.rawValue)"
        case .setMountOptions(let options, let place, _):
            "set \(options.optionNames.joined(separator: ",")) on the mount at \(place)"
        case .unmount(let place, _): "unmount \(place)"
        case .chroot(let place): "chroot to \(place)"
        case .pivotRoot(let place): "pivot the root to \(place)"
        case .changeDirectory(let place): "change directory to \(place)"
        case .makeDirectory(let place, _, _): "make directory \(place)"
        case .makeFile(let place, _): "make file \(place)"
        case .writeFile(let place, _, _, _): "write \(place)"
        case .makeSymbolicLink(let place, let target): "link \(place) to \(target)"
        case .openForAppending(let place): "open \(place) for appending"
        case .setMode(let place, let mode): "set the mode of \(place) to \(String(mode, radix: 8))"
        case .setHostname(let name): "set the host name to \(name)"
        case .bringUpLoopback: "bring up link lo"
        case .addNetworkNamespace(let name): "add network namespace \(name)"
        case .removeNetworkNamespace(let name): "remove network namespace \(name)"
        case .keepNetworkNamespace(let name): "keep the network namespace as \(name)"
        case .network(let change, let place): change.summary + place.suffix
        case .joinCgroup(let place): "join cgroup \(place)"
        case .keepCapabilities(let kept, _):
            kept.isEmpty ? "drop all capabilities" : "drop all capabilities but \(kept.count)"
        case .limitCapabilities(let kept): "limit the capabilities of programs to \(kept.count)"
        case .noNewPrivileges: "set no_new_privs"
        case .setResourceLimit(let limit, _, _): "set the limit of \(limit.option)"
        case .setFileModeMask(let mask): "set the umask to \(String(mask, radix: 8))"
        case .setOOMScoreAdjustment(let value): "set oom_score_adj to \(value)"
        case .newSession: "begin a session"
        case .setControllingTerminal: "take the terminal"
        case .setName(let name): "set the name to \(name)"
        case .witnessSignals: "install the signal witness"
        case .readHostname: "read the host name"
        case .leaveOrphans(let count): "leave \(count) orphans"
        case .refuseSystemCalls: "refuse system calls that are not needed"
        case .dieWithParent: "set the parent-death signal"
        case .finish: "finish"
        case .execute(let program, _, _): "execute \(Self.name(program))"
        }
    }

    /// Every text that goes to the kernel as a C string.
    var texts: [String] {
        var result = places.flatMap { place in
            switch place {
            case .path(let path): [path]
            case .inside(let root, let path), .mountPoint(let root, let path, _): [root, path]
            case .opened, .descriptor: [String]()
            }
        }
        switch self {
        case .join(_, .path(let path)): result.append(path)
        case .mount(let fileSystem, _, _):
            result += [fileSystem.type, fileSystem.source]
            result += fileSystem.parameters(inUserNamespace: false).flatMap { [$0.key, $0.value] }
        case .makeSymbolicLink(_, let target): result.append(target)
        case .lockMountOptions(_, _, let path): result.append(path)
        case .setHostname(let name), .setName(let name), .addNetworkNamespace(let name),
            .removeNetworkNamespace(let name):
            result.append(name)
        case .network(let change, let place):
            for case .named(let name) in [place] + change.otherPlaces { result.append(name) }
        case .execute(let program, let arguments, let environment):
            result += arguments + (environment ?? [])
            if case .path(let path) = program { result.append(path) }
        default: break
        }
        return result
    }

    /// The places that the step names.
    var places: [Place] {
        switch self {
        case .open(let place, _), .openTree(let place, _, _, _), .mount(_, let place, _), .unmount(let place, _),
            .setPropagation(_, let place, _), .setMountOptions(_, let place, _), .chroot(let place),
            .pivotRoot(let place), .changeDirectory(let place), .makeDirectory(let place, _, _),
            .makeFile(let place, _),
            .writeFile(let place, _, _, _), .makeSymbolicLink(let place, _), .setMode(let place, _),
            .openForAppending(let place), .joinCgroup(let place):
            [place]
        case .bind(let source, let place, _, _): [source, place]
        case .openExecutable(let place, _): place.map { [$0] } ?? []
        case .network(let change, let place):
            ([place] + change.otherPlaces).compactMap { if case .file(let place) = $0 { place } else { nil } }
        default: []
        }
    }

    static func names(_ namespaces: Set<Namespace>) -> String {
        namespaces.sorted().map(\.rawValue).joined(separator: ", ") + " namespace" + (namespaces.count > 1 ? "s" : "")
    }

    static func name(_ source: NamespaceSource) -> String {
        switch source {
        case .process(let pidfd): processNumber(ofPidfd: pidfd).map { "process \($0)" } ?? "a process that has ended"
        case .path(let path): path
        case .descriptor(let fd): readLink("/proc/self/fd/\(fd)") ?? "descriptor \(fd)"
        }
    }

    static func name(_ program: Program) -> String {
        switch program {
        case .path(let path): path
        case .opened(let name): "<\(name)>"
        case .descriptor(let fd): readLink("/proc/self/fd/\(fd)") ?? "descriptor \(fd)"
        }
    }
}

extension IDMap {
    var summary: String {
        switch self {
        case .automatic: "automatic"
        case .invokingUser(let uid, let gid): "the invoking user as \(uid):\(gid)"
        case .ranges(let users, _):
            users.map { "\($0.inside) is \($0.outside), \($0.count) ids" }.joined(separator: "; ")
        }
    }
}
