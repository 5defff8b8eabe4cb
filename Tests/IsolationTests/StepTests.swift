// Every step's effect, looked at from outside through /proc.

import CIsolation
import Glibc
import Isolation
import SystemPackage
import TestSupport
import Testing

@Suite("steps", .enabled(if: canSandbox, noSandbox))
struct StepTests {
    @Test("each unshared namespace is another one than ours", arguments: Namespace.allCases)
    func unshare(kind: Namespace) throws {
        try withRunning([.unshare([.user, kind]), .mapIDs(.automatic)]) { child in
            let file = kind == .time ? "time_for_children" : kind.procName
            let theirs = link("/proc/\(child.pid)/ns/\(file)")
            #expect(theirs.hasPrefix("\(kind.procName):[") && theirs != link("/proc/self/ns/\(file)"))
            if kind != .network {
                #expect(link("/proc/\(child.pid)/ns/net") == link("/proc/self/ns/net"))
            }
        }
    }

    @Test("a head that makes a pid namespace gives PID 1")
    func pidOne() throws {
        try withRunning([.unshare([.user, .pid]), .mapIDs(.automatic), .enterProcessNamespace]) { child in
            #expect(status(child.pid, "NSpid") == "\(child.pid)\t1")
        }
    }

    @Test("a pid namespace unshared later takes effect with the fork, and we are the parent")
    func forkLater() throws {
        let steps: [Step] = [
            .unshare([.user]), .mapIDs(.automatic), .setCredentials(), .unshare([.pid]), .enterProcessNamespace,
        ]
        try withRunning(steps) { child in
            #expect(status(child.pid, "NSpid") == "\(child.pid)\t1")
            #expect(status(child.pid, "PPid") == "\(getpid())")
        }
    }

    @Test("joining by pidfd enters all namespaces, with us as the parent")
    func join() throws {
        try withRunning([.unshare(.sandbox), .mapIDs(.automatic)]) { target in
            let steps: [Step] = [
                .join(.sandbox, of: .process(pidfd: target.pidfd)), .setCredentials(), .enterProcessNamespace,
            ]
            try withRunning(steps) { child in
                for kind in Set<Namespace>.sandbox {
                    #expect(
                        link("/proc/\(child.pid)/ns/\(kind.procName)")
                            == link("/proc/\(target.pid)/ns/\(kind.procName)"))
                }
                #expect(status(child.pid, "NSpid") == "\(child.pid)\t2")
                #expect(status(child.pid, "PPid") == "\(getpid())")
            }
        }
    }

    @Test("the host name of somebody's namespace is read without executing anything there")
    func readHostname() throws {
        try withRunning([.unshare([.user, .uts]), .mapIDs(.automatic), .setCredentials(), .setHostname("other")]) {
            target in
            let child = try Plan([
                .join([.user, .uts], of: .process(pidfd: target.pidfd)), .readHostname, .finish,
            ]).start(StartOptions(streams: .null))
            #expect(child.said == "other")
            #expect(try child.wait(for: Deadline.duration) == .exited(0))
        }
    }

    @Test("orphans are left to PID 1 of their namespace, and end when their parent has")
    func orphans() throws {
        let steps: [Step] = [
            .unshare([.user, .pid, .mount]), .mapIDs(.automatic), .setPropagation(.private), .setCredentials(),
            .mount(.proc, on: "/proc"),
        ]
        try withRunning(steps) { first in
            // PID 1 is a cat, which reaps nobody.
            let child = try Plan([
                .join([.user, .pid, .mount], of: .process(pidfd: first.pidfd)), .setCredentials(),
                .enterProcessNamespace, .leaveOrphans(5), .finish,
            ]).start(StartOptions(streams: .null))
            #expect(try child.wait() == .exited(0))
            let deadline = ContinuousClock.now + Deadline.duration
            while child.orphans.running > 0, ContinuousClock.now < deadline { sched_yield() }
            #expect(child.orphans.running == 0 && child.orphans.unreaped == 5)
            let zombies = text("/proc/\(first.pid)/task/\(first.pid)/children").split(separator: " ").filter {
                text("/proc/\($0)/comm") == "podlab-orphan\n" && status(Int32($0) ?? 0, "State").hasPrefix("Z")
            }
            #expect(zombies.count == 5)
            // The kernel waits for what a PID 1 leaves behind.
            first.close()
            #expect(child.orphans.unreaped == 0)
        }
    }

    @Test("a namespace file can be joined by its path")
    func joinByPath() throws {
        try withRunning([.unshare([.user, .uts]), .mapIDs(.automatic), .setCredentials(), .setHostname("other")]) {
            target in
            let plan: Plan = [
                .join([.user], of: .path("/proc/\(target.pid)/ns/user")),
                .join([.uts], of: .path("/proc/\(target.pid)/ns/uts")),
                .execute("hostname", arguments: ["hostname"], environment: guestEnvironment),
            ]
            let said = try plan.output().text
            #expect(said == "other\n")
        }
    }

    @Test("host name and loopback are those of the new namespaces")
    func hostnameAndLoopback() throws {
        let plan = Plan(
            sandboxed + [
                .setHostname("box"), .bringUpLoopback, .mount(.sysfs, on: "/sys"),
                sh("hostname; cat /sys/class/net/lo/flags"),
            ])
        let said = try plan.output().text
        #expect(said == "box\n0x9\n")
    }

    @Test("capabilities are gone from every set, above the 32nd too")
    func capabilities() throws {
        try withRunning(sandboxed + [.keepCapabilities([.chown, .checkpointRestore])]) { child in
            let kept = "0000010000000001"
            for field in ["CapPrm", "CapEff", "CapBnd"] { #expect(status(child.pid, field) == kept) }
            for field in ["CapInh", "CapAmb"] { #expect(status(child.pid, field) == "0000000000000000") }
        }
        try withRunning(sandboxed + [.keepCapabilities([])]) { child in
            #expect(status(child.pid, "CapBnd") == "0000000000000000")
        }
        try withRunning(sandboxed + [.keepCapabilities([.netRaw], ambient: true)]) { child in
            #expect(status(child.pid, "CapAmb") == "0000000000002000")
            #expect(status(child.pid, "CapInh") == "0000000000002000")
        }
    }

    @Test("the bounding set is limited before the user changes, and stays so without the right to change it")
    func boundingSet() throws {
        try withRunning(sandboxed + [.limitCapabilities([.netRaw])]) { child in
            #expect(status(child.pid, "CapBnd") == "0000000000002000")
        }
        // The second has no CAP_SETPCAP to limit with, and nothing is left to limit.
        try withRunning(
            sandboxed + [.limitCapabilities([.netRaw]), .keepCapabilities([.netRaw]), .limitCapabilities([.netRaw])]
        ) {
            #expect(status($0.pid, "CapEff") == "0000000000002000")
        }
    }

    @Test("attributes of the process: no_new_privs, limits, umask, oom score, session, name")
    func attributes() throws {
        let steps: [Step] = [
            .noNewPrivileges, .setResourceLimit(.coreSize, soft: 50, hard: 60), .setFileModeMask(0o027),
            .setOOMScoreAdjustment(500), .newSession, .setName("renamed"),
        ]
        try withRunning(steps) { child in
            #expect(status(child.pid, "NoNewPrivs") == "1")
            #expect(status(child.pid, "Umask") == "0027")
            #expect(text("/proc/\(child.pid)/oom_score_adj") == "500\n")
            #expect(status(child.pid, "NSsid") == "\(child.pid)")
            let limits = text("/proc/\(child.pid)/limits").split(separator: "\n").first {
                $0.hasPrefix("Max core file size")
            }
            #expect(limits?.split(separator: " ").suffix(3) == ["50", "60", "bytes"])
        }
    }

    @Test("the program has no descriptor but those it was given, default signals and an empty mask")
    func cleanStart() throws {
        var ends: [Int32] = [-1, -1]
        #expect(iso_pipe(&ends) == 0)
        let leaked = open("/dev/null", O_RDONLY)
        var all = sigset_t(), before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer {
            pthread_sigmask(SIG_SETMASK, &before, nil)
            for fd in ends + [leaked] { close(fd) }
        }
        let high = [iso_duplicate_above(ends[0], 100), iso_duplicate_above(ends[1], 100)]
        defer { for fd in high { close(fd) } }
        // It says when the dynamic linker, which opens files of its own, has done.
        let program = sh("exec >&3; echo r; read line")
        try withRunning([.duplicate(high[0], as: 7), .duplicate(high[1], as: 3)], program: program) { child in
            var byte: [UInt8] = [0]
            let length = read(ends[0], &byte, 1)
            #expect(length == 1)
            var numbers: Set<String> = []
            for number in 0..<1024 where !link("/proc/\(child.pid)/fd/\(number)").isEmpty {
                numbers.insert("\(number)")
            }
            #expect(numbers == ["0", "1", "2", "3", "7"])
            #expect(link("/proc/\(child.pid)/fd/3") == link("/proc/self/fd/\(ends[1])"))
            #expect(status(child.pid, "SigBlk") == "0000000000000000")
            #expect(status(child.pid, "SigIgn") == "0000000000000000")
        }
    }

    @Test("descriptors can change places")
    func exchange() throws {
        var first: [Int32] = [-1, -1], second: [Int32] = [-1, -1]
        #expect(iso_pipe(&first) == 0 && iso_pipe(&second) == 0)
        defer { for fd in first + second { close(fd) } }
        try withRunning([.duplicate(first[0], as: second[0]), .duplicate(second[0], as: first[0])]) { child in
            #expect(link("/proc/\(child.pid)/fd/\(first[0])") == link("/proc/self/fd/\(second[0])"))
            #expect(link("/proc/\(child.pid)/fd/\(second[0])") == link("/proc/self/fd/\(first[0])"))
        }
    }

    @Test("files, directories and links are made with the modes asked for")
    func files() throws {
        try withScratch { scratch in
            let plan: Plan = [
                .setFileModeMask(0o077), .makeDirectory(.path(scratch + "/a/b/c"), mode: 0o751, parents: true),
                .makeFile(.path(scratch + "/a/f"), mode: 0o666),
                .writeFile(.path(scratch + "/a/g"), contents: "one\n"),
                .writeFile(.path(scratch + "/a/g"), contents: "two\n", append: true),
                .makeSymbolicLink(.path(scratch + "/a/l"), to: "g"), .setMode(.path(scratch + "/a/g"), 0o604),
                .changeDirectory(.path(scratch + "/a")),
                sh("stat -c %a b b/c f g; cat l; pwd"),
            ]
            let said = try plan.output().text
            #expect(said == "755\n751\n666\n604\none\ntwo\n\(scratch)/a\n")
        }
    }

    @Test("opening for appending changes nothing, makes nothing, and leaves FIFOs alone")
    func appending() throws {
        try withScratch { scratch in
            let (file, fifo) = (scratch + "/file", scratch + "/fifo")
            let written: Plan = [.writeFile(.path(file), contents: "one\n"), sh("true")]
            let opened: Plan = [.openForAppending(.path(file)), sh("cat \(file)")]
            let status = try written.run()
            #expect(status.isSuccess)
            #expect(mkfifo(fifo, 0o600) == 0)
            var before = stat()
            var after = stat()
            #expect(stat(file, &before) == 0)
            let said = try opened.output().text
            #expect(said == "one\n")
            #expect(stat(file, &after) == 0)
            #expect(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && before.st_size == after.st_size)
            for (path, expected) in [(fifo, EINVAL), (scratch + "/absent", ENOENT)] {
                let refused: Plan = [.openForAppending(.path(path)), sh("true")]
                let error = #expect(throws: IsolationError.self) { _ = try refused.run() }
                #expect(error?.errno?.rawValue == expected)
            }
            #expect(access(scratch + "/absent", F_OK) != 0)
        }
    }

    @Test("a name without a slash is searched for in the PATH that the program gets")
    func search() throws {
        let found: Plan = [
            .execute("sh", arguments: ["sh", "-c", "echo $0 $PATH"], environment: ["PATH=/nowhere:/bin"])
        ]
        #expect(try found.output().text == "sh /nowhere:/bin\n")
        let missing: Plan = [.execute("sh", arguments: ["sh"], environment: ["PATH=/nowhere"])]
        #expect(throws: IsolationError.self) { try missing.run() }
    }
}
