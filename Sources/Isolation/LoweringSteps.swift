// Lowering, kind by kind: which operation a step becomes and with which fields. See iso_plan.h for what each reads.

import CIsolation
import Glibc

extension Lowering {
    func lowerIdentity(_ step: Step, _ index: Int32) {
        switch step {
        case .join(let joined, let source):
            inUserNamespace = inUserNamespace || joined.contains(.user)
            inNewPidNamespace = inNewPidNamespace && !joined.contains(.pid)
            pidNamespaceWaits = pidNamespaceWaits || joined.contains(.pid)
            // Not only closed by exec: somebody there may look before that.
            add(ISO_SHUT, index)
            add(ISO_JOIN, index) {
                $0.flags = joined.cloneFlags
                switch source {
                case .process(let fd), .descriptor(let fd): $0.fd = fd
                case .path(let path): $0.path = text(path)
                }
            }
        case .unshare(let made):
            inUserNamespace = inUserNamespace || made.contains(.user)
            inNewPidNamespace = inNewPidNamespace && !made.contains(.pid)
            pidNamespaceWaits = pidNamespaceWaits || made.contains(.pid)
            add(ISO_UNSHARE, index) { $0.flags = made.cloneFlags }
        case .mapIDs(let map):
            switch map.resolved {
            case .invokingUser(let uid, let gid):
                add(ISO_MAP_SELF, index) {
                    $0.value = UInt64(uid)
                    $0.flags = UInt64(gid)
                }
            case let ranges:
                parentMaps[index] = ranges
                add(ISO_MAP_BY_PARENT, index)
            }
        case .setCredentials(let uid, let gid, let groups):
            add(ISO_CREDENTIALS, index) {
                $0.value = UInt64(uid)
                $0.flags = UInt64(gid)
                switch groups {
                case .keep: $0.mode = ISO_GROUPS_KEEP.rawValue
                case .dropIfAllowed: $0.mode = ISO_GROUPS_DROP_IF_ALLOWED.rawValue
                case .exactly(let list):
                    $0.mode = ISO_GROUPS_EXACT.rawValue
                    $0.numbers = numbers(list)
                    $0.count = UInt32(list.count)
                }
            }
        case .enterProcessNamespace:
            if !inNewPidNamespace { fork(index) }
            pidNamespaceWaits = false
        case .guarded(let control):
            // Its death signal means the thread that made it.
            needsLastingThread = true
            add(ISO_GUARD, index) { $0.fd = control }
        default: break
        }
    }

    func lowerOpen(_ step: Step, _ index: Int32) {
        switch step {
        case .open(let place, let name):
            add(ISO_OPEN, index) {
                put(place, into: &$0)
                $0.result = newRegister(name, isTree: false)
            }
        case .openTree(let place, let name, let recursive, let options):
            add(ISO_OPEN_TREE, index) {
                put(place, into: &$0)
                $0.result = newRegister(name, isTree: true)
                $0.mode = recursive ? 1 : 0
                $0.flags = options.rawValue
            }
        case .lockMountOptions(let options, let name, let path):
            add(ISO_LOCK_TREE, index) {
                $0.fd = register(name)
                $0.result = registers[name]?.number ?? Int32(ISO_NONE)
                $0.path = text(path)
                $0.flags = options.rawValue
            }
        case .openExecutable: break  // it has been opened: SealedPrograms
        default: break
        }
    }

    func lowerMount(_ step: Step, _ index: Int32) {
        switch step {
        case .mount(let fileSystem, let place, let options):
            let parameters =
                [FileSystemParameter("source", fileSystem.source)]
                + fileSystem.parameters(inUserNamespace: inUserNamespace)
            add(ISO_MOUNT, index) {
                put(place, into: &$0)
                $0.source = text(fileSystem.type)
                $0.list = list(parameters.flatMap { [$0.key, $0.value] })
                $0.flags = options.rawValue
            }
        case .bind(let source, let place, let recursive, let options):
            if case .opened(let name) = source, registers[name]?.isTree == true {
                add(ISO_MOVE_TREE, index) {
                    put(place, into: &$0)
                    $0.other = register(name)
                }
                if !options.isEmpty {
                    add(ISO_MOUNT_ATTRIBUTES, index) {
                        $0.fd = register(name)
                        $0.flags = options.rawValue
                        $0.mode = recursive ? 1 : 0
                    }
                }
                return
            }
            add(ISO_BIND, index) {
                putSource(source, into: &$0)
                put(place, into: &$0)
                $0.mode = recursive ? 1 : 0
                $0.flags = options.rawValue
            }
        case .setPropagation(let kind, let place, let recursive):
            add(ISO_PROPAGATION, index) {
                put(place, into: &$0)
                $0.flags = kind.flag
                $0.mode = recursive ? 1 : 0
            }
        case .setMountOptions(let options, let place, let recursive):
            add(ISO_MOUNT_ATTRIBUTES, index) {
                put(place, into: &$0)
                $0.flags = options.rawValue
                $0.mode = recursive ? 1 : 0
            }
        case .unmount(let place, let detach):
            add(ISO_UNMOUNT, index) {
                put(place, into: &$0)
                $0.flags = detach ? UInt64(ISO_UMOUNT_DETACH) : 0
            }
        default: break
        }
    }

    func lowerFile(_ step: Step, _ index: Int32) {
        switch step {
        case .makeDirectory(let place, let mode, let parents):
            add(ISO_MAKE_DIRECTORY, index) {
                put(place, into: &$0)
                $0.mode = mode
                $0.value = parents ? 1 : 0
            }
        case .makeFile(let place, let mode):
            add(ISO_MAKE_FILE, index) {
                put(place, into: &$0)
                $0.mode = mode
            }
        case .writeFile(let place, let contents, let mode, let append):
            add(ISO_WRITE_FILE, index) {
                put(place, into: &$0)
                $0.source = bytes(contents.utf8)
                $0.count = UInt32(contents.utf8.count)
                $0.mode = mode
                $0.value = append ? 1 : 0
            }
        case .makeSymbolicLink(let place, let target):
            add(ISO_MAKE_LINK, index) {
                put(place, into: &$0)
                $0.source = text(target)
            }
        case .openForAppending(let place): add(ISO_OPEN_FOR_APPENDING, index) { put(place, into: &$0) }
        case .setMode(let place, let mode):
            add(ISO_SET_MODE, index) {
                put(place, into: &$0)
                $0.mode = mode
            }
        default: break
        }
    }

    func lowerProcess(_ step: Step, _ index: Int32) {
        switch step {
        case .chroot(let place): add(ISO_CHANGE_ROOT, index) { put(place, into: &$0) }
        case .pivotRoot(let place): add(ISO_PIVOT_ROOT, index) { put(place, into: &$0) }
        case .changeDirectory(let place): add(ISO_CHANGE_DIRECTORY, index) { put(place, into: &$0) }
        case .joinCgroup(let place): add(ISO_JOIN_CGROUP, index) { put(place, into: &$0) }
        case .setHostname(let name): add(ISO_HOSTNAME, index) { $0.source = text(name) }
        case .setName(let name): add(ISO_NAME, index) { $0.source = text(name) }
        case .bringUpLoopback: add(ISO_LOOPBACK_UP, index)
        case .noNewPrivileges: add(ISO_NO_NEW_PRIVILEGES, index)
        case .newSession: add(ISO_NEW_SESSION, index)
        case .witnessSignals: if !witnessed { add(ISO_WITNESS_SIGNALS, index) }
        case .readHostname: add(ISO_READ_HOSTNAME, index)
        case .leaveOrphans(let count): add(ISO_LEAVE_ORPHANS, index) { $0.count = UInt32(clamping: count) }
        case .refuseSystemCalls(let allowed):
            add(ISO_REFUSE_CALLS, index) { $0.value = allowed.reduce(0) { $0 | 1 << UInt64($1.code.rawValue) } }
        case .setControllingTerminal(let fd): add(ISO_CONTROLLING_TERMINAL, index) { $0.fd = fd }
        case .setFileModeMask(let mask): add(ISO_FILE_MODE_MASK, index) { $0.mode = mask }
        case .setOOMScoreAdjustment(let value): add(ISO_OOM_SCORE, index) { $0.source = text(String(value)) }
        case .limitCapabilities(let kept): add(ISO_BOUNDING_SET, index) { $0.value = kept.bits }
        case .keepCapabilities(let kept, let ambient):
            add(ISO_CAPABILITIES, index) {
                $0.value = kept.bits
                $0.mode = ambient ? 1 : 0
            }
        case .setResourceLimit(let limit, let soft, let hard):
            add(ISO_RESOURCE_LIMIT, index) {
                $0.mode = limit.rawValue
                $0.value = soft ?? .max
                $0.flags = hard ?? .max
            }
        case .duplicate(let fd, let target): duplicates.append((index, fd, target))
        case .dieWithParent(let signal):
            needsLastingThread = true
            deathSignal = (index, signal)
        default: break
        }
    }
}

extension Propagation {
    var flag: UInt64 {
        switch self {
        case .shared: UInt64(ISO_PROPAGATION_SHARED)
        case .private: UInt64(ISO_PROPAGATION_PRIVATE)
        case .slave: UInt64(ISO_PROPAGATION_SLAVE)
        case .unbindable: UInt64(ISO_PROPAGATION_UNBINDABLE)
        }
    }

    /// As mount(8) and mount(2) name it.
    var flagName: String { "MS_\(rawValue.uppercased())" }
}

extension SystemCallGroup {
    fileprivate var code: iso_call_group {
        switch self {
        case .keys: ISO_CALLS_KEYS
        case .bpf: ISO_CALLS_BPF
        case .perf: ISO_CALLS_PERF
        case .rings: ISO_CALLS_RINGS
        case .faults: ISO_CALLS_FAULTS
        case .handles: ISO_CALLS_HANDLES
        case .machine: ISO_CALLS_MACHINE
        case .families: ISO_CALLS_FAMILIES
        }
    }
}
