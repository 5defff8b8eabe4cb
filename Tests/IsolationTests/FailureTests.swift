// What a failing plan says, and that it leaves nothing behind.

import CIsolation
import Glibc
import Isolation
import SystemPackage
import Testing

private func failure(_ steps: [Step], _ options: StartOptions = StartOptions(streams: .null)) -> IsolationError? {
    do {
        _ = try Plan(steps).run(options)
        return nil
    } catch { return error }
}

@Suite("failures")
struct FailureTests {
    @Test("the failing step is named with its errno and its place in the plan")
    func named() throws {
        let error = try #require(failure([.setName("a"), .changeDirectory("/nowhere"), sh("true")]))
        #expect(error.description == "change directory to /nowhere: ENOENT (no such file or directory) [step 2 of 3]")
        #expect(error.step == 1 && error.steps == 3 && error.errno == .noSuchFileOrDirectory)
    }

    @Test(
        "each kind of step reports its own failure", .enabled(if: canSandbox, noSandbox),
        arguments: [
            (Step.join([.network], of: .path("/nowhere")), ENOENT),
            (.join([.network], of: .path("/proc/self/ns/uts")), EINVAL),
            (.open("/nowhere", as: "x"), ENOENT), (.openTree("/nowhere", as: "x"), ENOENT),
            (.openExecutable("/nowhere", as: "x"), ENOENT), (.mount(.proc, on: "/nowhere"), ENOENT),
            (.mount(.other(type: "nofs", source: "x"), on: "/"), ENODEV),
            (.mount(.overlay(lower: ["/nowhere"]), on: "/tmp"), ENOENT),
            (.bind(from: "/nowhere", to: "/tmp"), ENOENT), (.bind(from: "/etc", to: "/etc/passwd"), EINVAL),
            (.setPropagation(.private, on: "/nowhere"), ENOENT),
            (.setMountOptions(.readOnly, on: "/etc/passwd"), EINVAL), (.unmount("/etc"), EINVAL),
            (.unmount(.inside(root: "/", "/nowhere/x")), ENOENT), (.chroot("/etc/passwd"), ENOTDIR),
            (.pivotRoot("/etc"), EINVAL), (.makeDirectory("/proc"), EEXIST), (.makeFile("/nowhere/x"), ENOENT),
            (.writeFile("/etc", contents: "x"), EISDIR), (.makeSymbolicLink("/etc", to: "x"), EEXIST),
            (.setMode("/nowhere", 0o600), ENOENT), (.openForAppending("/nowhere"), ENOENT),
            (.openForAppending("/etc"), EINVAL), (.openForAppending("/dev/null"), EINVAL),
            (.joinCgroup("/etc"), ENOENT),
            (.setResourceLimit(.openFiles, soft: 10, hard: 5), EINVAL), (.setControllingTerminal(999), EBADF),
            (.duplicate(999, as: 3), EBADF), (.setCredentials(uid: 4_000_000_000), EINVAL),
            (.execute("/nowhere", arguments: ["x"]), ENOENT), (.execute("/etc", arguments: ["x"]), EACCES),
        ])
    func each(step: Step, errno expected: Int32) throws {
        var steps = sandboxed + [step]
        if case .end(.execute) = step {} else { steps.append(sh("true")) }
        let error = try #require(failure(steps))
        #expect(error.errno?.rawValue == expected, "\(error)")
        #expect(error.step == sandboxed.count && error.isAbout(step))
    }

    @Test("an error is about the step that failed, and not about one that reads the same")
    func about() throws {
        let failed: Step = .execute("/nowhere", arguments: ["a"])
        let error = try #require(failure([.setName("a"), failed]))
        #expect(error.isAbout(failed) && !error.isAbout(.setName("a")))
        let other: Step = .execute("/nowhere", arguments: ["b"])
        #expect(other.summary == error.operation && !error.isAbout(other))
    }

    @Test(
        "a mount that the file system refuses carries what the kernel says about it",
        .enabled(if: canSandbox, noSandbox))
    func kernelLog() throws {
        let error = try #require(
            failure(
                sandboxed + [
                    .mount(.other(type: "tmpfs", source: "t", parameters: [.init("size", "many")]), on: "/tmp"),
                    sh("true"),
                ]))
        #expect(error.meaning.contains("the kernel says: tmpfs: Bad value for 'size'"))
    }

    @Test("one process too many is EAGAIN, and the error says why", .enabled(if: canSandbox, noSandbox))
    func tooManyProcesses() throws {
        let steps: [Step] = [
            .unshare([.user]), .mapIDs(.automatic), .setCredentials(),
            .setResourceLimit(.processes, soft: 1, hard: 1), .unshare([.pid]), .enterProcessNamespace, sh("true"),
        ]
        let error = try #require(failure(steps))
        #expect(error.errno?.rawValue == EAGAIN && error.step == 5, "\(error)")
        #expect(error.hint?.contains("no more processes can be started") == true, "\(error)")
    }

    @Test("a failure after the fork into a pid namespace is reported too", .enabled(if: canSandbox, noSandbox))
    func afterFork() throws {
        let steps: [Step] = [
            .unshare([.user]), .mapIDs(.automatic), .setCredentials(), .unshare([.pid]), .enterProcessNamespace,
            .changeDirectory("/nowhere"), sh("true"),
        ]
        #expect(failure(steps)?.step == 5)
    }

    @Test("the caller's signal mask is the same after success and after every kind of failure")
    func mask() throws {
        var odd = sigset_t(), before = sigset_t()
        sigemptyset(&odd)
        sigaddset(&odd, SIGUSR2)
        pthread_sigmask(SIG_SETMASK, &odd, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let mine = iso_blocked_signals()
        #expect(mine == 1 << UInt64(SIGUSR2 - 1))
        #expect(failure([sh("true")]) == nil)
        #expect(iso_blocked_signals() == mine)
        #expect(failure([.dieWithParent(), sh("true")]) == nil)
        #expect(iso_blocked_signals() == mine)
        #expect(failure([.changeDirectory("/nowhere"), sh("true")]) != nil)
        #expect(iso_blocked_signals() == mine)
        #expect(failure([.execute("/nowhere", arguments: ["x"])]) != nil)
        #expect(iso_blocked_signals() == mine)
        #expect(failure([sh("true")], StartOptions(cgroup: 9999))?.errno?.rawValue == EBADF)
        #expect(iso_blocked_signals() == mine)
        #expect(failure([.execute("", arguments: [])]) != nil)
        #expect(iso_blocked_signals() == mine)
    }

    @Test("200 failing starts leave no descriptor and no process")
    func leavesNothing() async {
        await #expect(processExitsWith: .success) {
            func descriptors() -> Int { openDescriptors() }
            func children() -> String {
                (text("/proc/self/task/\(getpid())/children"))
            }
            _ = failure([.dieWithParent(), sh("true")])
            let before = descriptors()
            let plans: [[Step]] = [
                [.changeDirectory("/nowhere"), sh("true")], [.execute("/nowhere", arguments: ["x"])],
                [.dieWithParent(), .changeDirectory("/nowhere"), sh("true")],
                [
                    .unshare(.sandbox), .mapIDs(.automatic), .setCredentials(), .mount(.proc, on: "/nowhere"),
                    sh("true"),
                ],
                [
                    .unshare([.user]), .mapIDs(.automatic), .setCredentials(), .unshare([.pid]), .enterProcessNamespace,
                    .witnessSignals, .openExecutable(as: "x"), .changeDirectory("/nowhere"), sh("true"),
                ],
                [
                    .unshare([.user]),
                    .mapIDs(
                        .ranges(
                            users: [.init(inside: 0, outside: 4_000_000_000, count: 9)],
                            groups: [.init(inside: 0, outside: 4_000_000_000, count: 9)])),
                    .changeDirectory("/nowhere"), sh("true"),
                ],
            ]
            for round in 0..<200 {
                guard failure(plans[round % plans.count]) != nil else { exit(2) }
                guard failure([sh("true")], StartOptions(cgroup: 9999)) != nil else { exit(3) }
            }
            guard descriptors() == before else { exit(4) }
            guard waitpid(-1, nil, WNOHANG) == -1, errno == ECHILD, children().isEmpty else { exit(5) }
            exit(0)
        }
    }

    @Test("a start without patience either is done already or is given up with nothing left")
    func patience() throws {
        let error = failure([sh("true")], StartOptions(streams: .null, patience: .zero))
        #expect(error == nil || error?.errno == .timedOut)
    }

    static let forbidden = "PODLAB_TEST_FORBIDDEN"

    @Test(
        "where user namespaces are forbidden the error says so, and which switch it is",
        .enabled(if: canSandbox, noSandbox))
    func userNamespacesForbidden() throws {
        let plan: Plan = [
            .unshare([.user]), .mapIDs(.automatic), .setCredentials(),
            .writeFile("/proc/sys/user/max_user_namespaces", contents: "0"),
            .execute(
                .path(link("/proc/self/exe")),
                arguments: ["test", "--testing-library", "swift-testing", "--filter", "saysForbidden"],
                environment: currentEnvironment() + ["\(Self.forbidden)=1"]),
        ]
        let output = try plan.output()
        #expect(output.status == .exited(0), "\(output.text)\(output.errorText)")
        #expect(
            output.text.contains("1 test") || output.errorText.contains("1 test"), "\(output.text)\(output.errorText)")
    }

    @Test(.enabled(if: getenv(FailureTests.forbidden) != nil, "runs inside the test before it"))
    func saysForbidden() throws {
        let error = try #require(failure([.unshare([.user, .mount]), .mapIDs(.automatic), sh("true")]))
        #expect(
            error.description == """
                unshare user, mount namespaces: ENOSPC (no space left on device) [step 1 of 3]
                  user namespaces are forbidden here: sysctl user.max_user_namespaces=15000 (as root)
                """)
    }
}
