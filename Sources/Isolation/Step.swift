// The steps of a plan, in the field's words.

/// One step. What each does to the child is observable in `/proc`; what it is as a command or as system calls,
/// `Plan.shellScript` and `Plan.systemCalls` say.
package enum Step: Sendable, Equatable {
    // Identity
    /// setns(2). Joining a pid namespace takes effect with `.enterProcessNamespace`.
    case join(Set<Namespace>, of: NamespaceSource)
    /// unshare(2). At the head of a plan the namespaces are made by clone3(2) itself, and the child is PID 1 of a new
    /// pid namespace at once; later in a plan a pid namespace takes effect with `.enterProcessNamespace`.
    case unshare(Set<Namespace>)
    /// The id map of the user namespace that the plan has unshared. See user_namespaces(7).
    case mapIDs(IDMap)
    /// setgroups, setresgid, setresuid, in this order.
    case setCredentials(uid: UInt32 = 0, gid: UInt32 = 0, groups: Groups = .dropIfAllowed)
    /// Goes on in a new process, which is in the pid namespace that was joined or unshared. It is a child of the
    /// starting process too. Nothing happens if the plan's own head has made the pid namespace.
    case enterProcessNamespace
    /// Goes on as PID 1 of one more pid namespace, inside the new one that the plan is in. The process that has been PID 1 so
    /// far stays as its guard: nobody inside sees it, and when it ends, the kernel kills all that is inside, whoever has done
    /// what to whom in there. It ends with this process, with the new PID 1, or when the other end of `control`, a socket, is
    /// closed. `Child` stands for the guard, and `Child.guarded` for the new PID 1. See pid_namespaces(7).
    case guarded(control: Int32)

    // Descriptors
    /// Opens a place (`O_PATH`) and keeps it: for what later credentials or roots could not reach.
    case open(Place, as: String)
    /// A detached copy of the mount at a place: open_tree(2) with `OPEN_TREE_CLONE`.
    case openTree(Place, as: String, recursive: Bool = false, options: MountOptions = [])
    /// Gives a mount kept by `.openTree` options that nobody in the plan's user namespace can take off again, whatever rights they have
    /// there. It takes credentials that the namespace maps. `at`: any folder, where it stands for a moment, seen by nobody. See
    /// mount_namespaces(7), "Restrictions on mount namespaces".
    case lockMountOptions(MountOptions, ofTree: String, at: String)
    /// A copy of an executable in memory, sealed, so that nobody can write it through `/proc/PID/exe`. It is made before the
    /// plan is begun, by the rights of the starting process. nil: podlab-init. See memfd_create(2).
    case openExecutable(Place? = nil, as: String)
    /// dup2(2) for the program. Every other descriptor from 3 on is closed.
    case duplicate(Int32, as: Int32)

    // Mounts
    case mount(FileSystem, on: Place, options: MountOptions = [])
    /// A bind mount. A source kept by `.openTree` is moved there, any other is cloned; what a plan has merely opened
    /// must be on a mount of the child's own mount namespace.
    case bind(from: Place, to: Place, recursive: Bool = false, options: MountOptions = [])
    case setPropagation(Propagation, on: Place = "/", recursive: Bool = true)
    case setMountOptions(MountOptions, on: Place, recursive: Bool = false)
    case unmount(Place, detach: Bool = false)
    case chroot(Place)
    /// The place becomes the root; the old root is detached. It must be a mount point.
    case pivotRoot(Place)
    case changeDirectory(Place)

    // Files
    /// `parents`: as `mkdir -p`. The mode is exact, whatever the umask.
    case makeDirectory(Place, mode: UInt32 = 0o755, parents: Bool = false)
    /// An empty file, as a mount point; an existing one is left alone.
    case makeFile(Place, mode: UInt32 = 0o644)
    case writeFile(Place, contents: String, mode: UInt32 = 0o644, append: Bool = false)
    case makeSymbolicLink(Place, to: String)
    case setMode(Place, UInt32)
    /// Opens a regular file that is there for appending and closes it again; nothing is written. EINVAL for what is no regular
    /// file, which is not opened. (The lower layer's file of an overlay is copied up by it.)
    case openForAppending(Place)

    // The rest of the environment
    case setHostname(String)
    case bringUpLoopback

    // Network (Network/NetworkChange.swift). What these make outlives the child.
    /// As `ip netns add`: a new namespace, held by a bind mount on `/run/netns/NAME`. The child stays where it is. EEXIST
    /// when the name is taken.
    case addNetworkNamespace(String)
    /// The name goes; the namespace, when nothing else holds it.
    case removeNetworkNamespace(String)
    /// Keeps the namespace that the child is in, for `NetworkPlace.kept` after it has joined or unshared another.
    case keepNetworkNamespace(as: String)
    /// Links made by a plan, and names of namespaces, are taken away again when a later step of it fails.
    case network(NetworkChange, in: NetworkPlace = .own)

    /// Writes itself into `cgroup.procs` of a cgroup's directory, v1 or v2.
    case joinCgroup(Place)
    /// Leaves these capabilities in the bounding, permitted, effective and inheritable sets, as far as they were
    /// there; `ambient`: raises them, so that they outlive exec by a user other than root.
    case keepCapabilities(Set<Capability>, ambient: Bool = false)
    /// Leaves these in the bounding set: what no program that is executed can go beyond. Goes before a change to a user other than
    /// root, who loses the right to it.
    case limitCapabilities(Set<Capability>)
    case noNewPrivileges
    /// setrlimit(2); nil is unlimited.
    case setResourceLimit(ResourceLimit, soft: UInt64?, hard: UInt64?)
    case setFileModeMask(UInt32)
    /// -1000 … 1000. See proc(5), oom_score_adj.
    case setOOMScoreAdjustment(Int)
    case newSession
    /// A new session with this descriptor of the starting process as its terminal. Standard streams are the matter of
    /// `StandardStreams`.
    case setControllingTerminal(Int32)
    /// The name in `/proc/PID/comm` until exec.
    case setName(String)
    /// A seccomp filter that tells of every call which sends a signal; `Child.takeListener()` is where. Needs
    /// `CAP_SYS_ADMIN` in the user namespace, or `.noNewPrivileges` before. See seccomp_unotify(2).
    case witnessSignals
    /// The host name of the uts namespace, as the executor itself finds it by uname(2): `Child.said`.
    case readHostname
    /// Children that end as soon as their parent has, which is the process that walks the plan: whoever is their PID 1 has to reap them.
    /// Their name is `podlab-orphan`. Before `.finish`.
    case leaveOrphans(Int)
    /// A seccomp filter for whoever is root in there: calls that no lab needs fail with ENOSYS, as on a kernel that lacks
    /// them, and so do sockets of rare families (EAFNOSUPPORT). Needs what `.witnessSignals` needs. See seccomp(2).
    case refuseSystemCalls(except: Set<SystemCallGroup> = [])
    /// `PR_SET_PDEATHSIG`, set last, because changes of credentials clear it.
    case dieWithParent(signal: Int32 = 9)

    /// The last step. `arguments` include the program's own name. nil: the environment of the starting process.
    case execute(Program, arguments: [String], environment: [String]? = nil)
    /// The last step of a plan that has no program: the child ends with status 0.
    case finish
}

/// Calls that `Step.refuseSystemCalls` refuses, by the word that a lab's file has for them.
package enum SystemCallGroup: String, Sendable, CaseIterable {
    /// add_key(2), request_key(2), keyctl(2).
    case keys
    /// bpf(2).
    case bpf
    /// perf_event_open(2).
    case perf
    /// io_uring_setup(2) and its like.
    case rings
    /// userfaultfd(2).
    case faults
    /// open_by_handle_at(2).
    case handles
    /// Modules, kexec, reboot(2).
    case machine
    /// Sockets of other families than unix, inet, inet6, netlink and packet.
    case families
}

/// Supplementary groups of `Step.setCredentials`.
package enum Groups: Sendable, Equatable {
    case keep
    /// None; where an id map was written by an ordinary user, setgroups is denied and they stay (unmapped).
    case dropIfAllowed
    case exactly([UInt32])
}

/// A resource of setrlimit(2); the raw value is `RLIMIT_…`.
package enum ResourceLimit: UInt32, Sendable, CaseIterable {
    case cpuSeconds = 0
    case fileSize = 1
    case dataSize = 2
    case stackSize = 3
    case coreSize = 4
    case residentSet = 5
    case processes = 6
    case openFiles = 7
    case lockedMemory = 8
    case addressSpace = 9
    case queuedSignals = 11

    /// As prlimit(1) writes it.
    var option: String {
        switch self {
        case .cpuSeconds: "cpu"
        case .fileSize: "fsize"
        case .dataSize: "data"
        case .stackSize: "stack"
        case .coreSize: "core"
        case .residentSet: "rss"
        case .processes: "nproc"
        case .openFiles: "nofile"
        case .lockedMemory: "memlock"
        case .addressSpace: "as"
        case .queuedSignals: "sigpending"
        }
    }
}
