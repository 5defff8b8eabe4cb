// The shell reading and the system-call reading, held to the plan.

import Glibc
import Isolation
import Testing

@Suite("readings")
struct ReadingTests {
    @Test("a plan reads as what a person would type")
    func shell() {
        let plan: Plan = [
            .unshare([.mount, .pid]), .setPropagation(.private), .mount(.tmpfs(size: 1024, mode: 0o700), on: "/x"),
            .bind(from: "/a b", to: "/x", options: .readOnly), .setHostname("it's"), .bringUpLoopback,
            .chroot("/x"), .execute("/bin/sh", arguments: ["sh", "-c", "echo $HOME"], environment: ["A=1"]),
        ]
        #expect(
            plan.shellScript == """
                exec unshare --mount --pid --fork sh -ec '
                mount -t tmpfs -o size=1024,nr_inodes=1024,mode=700 tmpfs /x
                mount --bind "/a b" /x
                mount -o remount,bind,ro /x
                hostname "it'\\''s"
                ip link set lo up
                exec chroot /x env -i A=1 /bin/sh -c '\\''echo $HOME'\\''
                '

                """)
    }

    @Test("a plan reads as the system calls of it")
    func systemCalls() {
        let plan: Plan = [
            .setName("x"), .unshare([.pid]), .enterProcessNamespace, .mount(.tmpfs(mode: 0o700), on: "/x"),
            .bind(from: "/a", to: .inside(root: "/r", "/b")), .pivotRoot("/x"), .execute("/bin/sh", arguments: ["sh"]),
        ]
        #expect(
            plan.systemCalls == [
                "clone({flags=CLONE_VM|CLONE_VFORK|CLONE_PIDFD|SIGCHLD})", "prctl(PR_SET_NAME, \"x\")",
                "unshare(CLONE_NEWPID)",
                "clone3({flags=CLONE_PARENT|CLONE_PIDFD})", "fsopen(\"tmpfs\", 0) = fs",
                "fsconfig(fs, FSCONFIG_SET_STRING, \"source\", \"tmpfs\", 0)",
                "fsconfig(fs, FSCONFIG_SET_STRING, \"mode\", \"700\", 0)",
                "fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)",
                "move_mount(fsmount(fs, 0, 0), \"\", AT_FDCWD, \"/x\", MOVE_MOUNT_F_EMPTY_PATH)",
                "move_mount(open_tree(AT_FDCWD, \"/a\", OPEN_TREE_CLONE), \"\","
                    + " openat2(openat(AT_FDCWD, \"/r\", O_PATH), \"/b\", {flags=O_PATH, resolve=RESOLVE_IN_ROOT|"
                    + "RESOLVE_NO_MAGICLINKS}), \"\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)",
                "fchdir(openat(AT_FDCWD, \"/x\", O_PATH))", "pivot_root(\".\", \".\")", "umount2(\".\", MNT_DETACH)",
                "chdir(\"/\")", "execve(\"/bin/sh\", [\"sh\"], environ)",
            ])
    }

    @Test("a limit of the bounding set reads as a command and as system calls")
    func boundingSet() {
        let plan: Plan = [.limitCapabilities([.netRaw, .kill]), .execute("/bin/sh", arguments: ["sh"])]
        #expect(plan.shellScript == "exec setpriv --bounding-set=-all,+kill,+net_raw /bin/sh\n")
        #expect(plan.systemCalls.contains("prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN)"))
        #expect(!plan.systemCalls.contains("prctl(PR_CAPBSET_DROP, CAP_KILL)"))
        #expect(plan.systemCalls.count == Capability.allCases.count)
    }

    @Test("limits read as commands and as system calls")
    func limits() {
        let plan: Plan = [
            .setOOMScoreAdjustment(500), .setResourceLimit(.processes, soft: 1000, hard: 1024),
            .setResourceLimit(.coreSize, soft: 0, hard: 0), .setResourceLimit(.cpuSeconds, soft: 9, hard: nil),
            .execute("/bin/sh", arguments: ["sh"]),
        ]
        #expect(
            plan.shellScript == """
                echo 500 >/proc/self/oom_score_adj
                prlimit --pid=$$ --nproc=1000:1024
                prlimit --pid=$$ --core=0:0
                prlimit --pid=$$ --cpu=9:unlimited
                exec /bin/sh

                """)
        #expect(
            plan.systemCalls.dropFirst() == [
                "write(openat(AT_FDCWD, \"/proc/self/oom_score_adj\", O_WRONLY), \"500\", 3)",
                "prlimit64(0, RLIMIT_NPROC, {1000, 1024}, NULL)", "prlimit64(0, RLIMIT_CORE, {0, 0}, NULL)",
                "prlimit64(0, RLIMIT_CPU, {9, RLIM_INFINITY}, NULL)", "execve(\"/bin/sh\", [\"sh\"], environ)",
            ])
    }

    @Test("the shell reading of limits comes to the same limits as the run")
    func agreeOnLimits() throws {
        let plan: Plan = [
            .setOOMScoreAdjustment(501), .setResourceLimit(.processes, soft: 1000, hard: 1024),
            .setResourceLimit(.coreSize, soft: 0, hard: 0),
            sh("cat /proc/self/oom_score_adj; grep -E '^Max (processes|core)' /proc/self/limits"),
        ]
        let run = try plan.output()
        let typed = try Plan([.execute("sh", arguments: ["sh", "-e", "-c", plan.shellScript])]).output()
        #expect(run.text == typed.text && typed.status == .exited(0), "\(typed.errorText)\(run.text)\(typed.text)")
        let numbers = run.text.split { $0 == " " || $0 == "\n" }.compactMap { Int($0) }
        #expect(numbers == [501, 0, 0, 1000, 1024], "\(run.text)")
    }

    /// Runs a script, for root where root is granted the range that a plan gives it: newuidmap(1) asks that even of root.
    private func type(_ script: String) throws -> Output {
        let typing: Step = .execute("sh", arguments: ["sh", "-e", "-c", script])
        guard isRoot else { return try Plan([typing]).output() }
        return try withScratch { scratch in
            var steps: [Step] = [.unshare([.mount]), .setPropagation(.private)]
            for file in ["subuid", "subgid"] {
                let granted = Place.path(scratch + "/" + file)
                steps += [
                    .writeFile(granted, contents: "root:\(IDMap.rootBase):\(IDMap.rootCount)\n"),
                    .bind(from: granted, to: .path("/etc/" + file)),
                ]
            }
            return try Plan(steps + [typing]).output()
        }
    }

    /// mountinfo below a folder, without what differs from run to run (ids, devices, addresses).
    private func shape(_ mountinfo: String, below folder: String) -> [String: Mounted] {
        mounts(in: mountinfo).filter { $0.key.hasPrefix(folder) || $0.key == "/" }.mapValues {
            var mount = $0
            mount.propagation = String(mount.propagation.prefix { $0 != ":" })
            return mount
        }
    }

    @Test(
        "the shell reading makes the same mounts, host name and files as the run", .enabled(if: canSandbox, noSandbox))
    func agree() throws {
        try withScratch { scratch in
            func at(_ name: String) -> Place { .path(scratch + "/" + name) }
            let steps: [Step] = [
                .unshare([.user, .mount, .pid, .uts, .ipc, .network]), .mapIDs(.automatic), .setPropagation(.private),
                .setCredentials(),
                .mount(.tmpfs(size: 4 << 20, mode: 0o755), on: .path(scratch), options: [.noSuid]),
                .makeDirectory(at("proc")), .mount(.proc, on: at("proc")),
                .makeDirectory(at("low dir"), mode: 0o711), .makeDirectory(at("up")), .makeDirectory(at("work")),
                .makeDirectory(at("over/lay"), parents: true),
                .writeFile(at("low dir/file"), contents: "it's $HOME\n"),
                .mount(
                    .overlay(lower: [scratch + "/low dir"], upper: scratch + "/up", work: scratch + "/work"),
                    on: at("over/lay")),
                .makeDirectory(at("ro")), .bind(from: at("low dir"), to: at("ro"), options: [.readOnly, .noDevices]),
                .makeDirectory(at("shared")), .bind(from: at("low dir"), to: at("shared")),
                .setPropagation(.shared, on: at("shared"), recursive: false),
                .makeSymbolicLink(at("link"), to: "low dir/file"), .makeFile(at("empty"), mode: 0o640),
                .setHostname("twice"), .bringUpLoopback,
                sh(
                    "cat /proc/self/mountinfo; echo ===; hostname; cat \(scratch)/link; stat -c '%n %a' \(scratch)/*; id -u; cat /proc/self/uid_map; ip -o link show lo | grep -c LOWER_UP"
                ),
            ]
            let plan = Plan(steps)
            let run = try plan.output()
            let typed = try type(plan.shellScript)
            #expect(
                run.status == .exited(0) && typed.status == .exited(0),
                "\(run.errorText)\(typed.errorText)\(plan.shellScript)")
            let parts = [run, typed].map { $0.text.split(separator: "===", maxSplits: 1).map(String.init) }
            try #require(parts[0].count == 2 && parts[1].count == 2)
            #expect(shape(parts[0][0], below: scratch) == shape(parts[1][0], below: scratch))
            #expect(shape(parts[0][0], below: scratch).count == 6)
            #expect(parts[0][1] == parts[1][1])
        }
    }

    @Test("the shell reading of a join comes to the same namespaces", .enabled(if: canSandbox, noSandbox))
    func agreeOnJoin() throws {
        try withRunning([.unshare(.sandbox), .mapIDs(.automatic)]) { target in
            let plan: Plan = [
                .join([.user, .mount, .uts, .network, .ipc, .pid], of: .process(pidfd: target.pidfd)),
                .setCredentials(), .enterProcessNamespace, .changeDirectory("/"),
                guest("for n in user mnt uts net ipc; do readlink /proc/self/ns/$n; done; id -u; pwd"),
            ]
            let run = try plan.output()
            let typed = try type(plan.shellScript)
            #expect(typed.status == .exited(0), "\(typed.errorText)\(plan.shellScript)")
            #expect(run.text == typed.text)
        }
    }
}
