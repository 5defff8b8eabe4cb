// Who enters namespaces in which somebody else is root has nothing that they could take, however short the way in.

import CIsolation
import Glibc
import Isolation
import TestSupport
import Testing

@Suite("what enters a sandbox", .enabled(if: canSandbox, noSandbox))
struct HiddenTests {
    /// What only the starting process has: in its environment, in its memory, in the path of an open folder.
    private static let mark = "podlab-mark-\(getpid())-secret"

    /// A sandbox whose root does what the attacker does, as PID 1's child.
    private func withAttacker<Result>(
        _ arguments: [String], isDone: Bool = false, _ body: (Child, _ output: Int32) throws -> Result
    ) throws -> Result {
        var ends: [Int32] = [-1, -1], control: [Int32] = [-1, -1]
        _ = iso_pipe(&ends)
        _ = iso_socket_pair(&control)
        defer { for end in ends + control where end >= 0 { close(end) } }
        let first = try Plan([
            .unshare([.user, .mount, .pid]), .openExecutable(as: "podlab-init"), .mapIDs(.automatic),
            .setPropagation(.private), .setCredentials(), .mount(.proc, on: "/proc"), .duplicate(control[1], as: 3),
            .execute(
                .opened("podlab-init"), arguments: ["podlab-init"],
                environment: ["PODLAB_ROLE=init", "PODLAB_CONTROL=3"]),
        ]).start(.init(streams: .null))
        defer { first.close() }
        let attacker = try Plan(
            [.openExecutable(.path(attackerProgram), as: "attacker")] + Self.entering(first) + [
                .execute(.opened("attacker"), arguments: ["attacker"] + arguments, environment: [])
            ]
        ).start(.init(streams: .init(input: .null, output: .descriptor(ends[1]), error: .null)))
        defer { attacker.close() }
        if isDone { #expect(try attacker.wait(for: Deadline.duration) == .exited(0)) }
        return try body(first, ends[0])
    }

    private static func entering(_ first: Child) -> [Step] {
        [
            .join([.user, .mount, .pid], of: .process(pidfd: first.pidfd)), .setCredentials(), .enterProcessNamespace,
        ]
    }

    /// What has been printed, waiting until there is something.
    private func line(_ descriptor: Int32) -> String {
        guard iso_poll(descriptor, Int32(POLLIN), Int64(Deadline.milliseconds)) > 0 else { return "" }
        return rest(descriptor)
    }

    private func rest(_ descriptor: Int32) -> String {
        var result = ""
        var chunk = [UInt8](repeating: 0, count: 65536)
        while iso_poll(descriptor, Int32(POLLIN), 0) > 0 {
            let length = read(descriptor, &chunk, chunk.count)
            guard length > 0 else { break }
            result += String(decoding: chunk[..<length], as: UTF8.self)
        }
        return result
    }

    @Test("shows nothing of whoever sends it to those who watch from inside, in three hundred visits")
    func watched() async {
        await #expect(processExitsWith: .success) {
            // Of this process alone: an environment, a folder held open by a descriptor that nobody has marked.
            setenv("PODLAB_TEST_SECRET", HiddenTests.mark, 1)
            let folder = try makeScratchFolder()
            let marked = folder + "/" + HiddenTests.mark
            mkdir(marked, 0o700)
            let held = open(marked, O_RDONLY | O_DIRECTORY)
            defer {
                close(held)
                rmdir(marked)
                rmdir(folder)
            }
            let tests = HiddenTests()
            let caught = try tests.withAttacker(["watch", HiddenTests.mark]) { first, output in
                guard tests.line(output) == "ready\n" else { return "the watcher did not begin" }
                for _ in 0..<300 {
                    _ = try Plan(
                        Self.entering(first) + [.execute("/bin/true", arguments: ["true"], environment: [])]
                    ).run(.init(streams: .null))
                }
                return tests.rest(output)
            }
            guard caught.isEmpty else {
                print(caught)
                exit(1)
            }
        }
    }

    @Test("the watcher of the test before this one sees what is there to be seen")
    func control() throws {
        try withAttacker(["watch", Self.mark]) { first, output in
            #expect(line(output) == "ready\n")
            let shown = Plan(
                Self.entering(first) + [
                    .execute("/bin/cat", arguments: ["cat"], environment: ["SECRET=\(Self.mark)"])
                ])
            var ends: [Int32] = [-1, -1]
            _ = iso_pipe(&ends)
            defer { for end in ends { close(end) } }
            let child = try shown.start(
                .init(streams: .init(input: .descriptor(ends[0]), output: .null, error: .null)))
            defer { child.close() }
            var seen = ""
            let deadline = ContinuousClock.now + Deadline.duration
            while !(seen.contains("LOOT /environ of") && seen.contains("LOOT memory of")),
                ContinuousClock.now < deadline
            {
                seen += line(output)
            }
            #expect(seen.contains("LOOT /environ of") && seen.contains("LOOT memory of"), "\(seen)")
        }
    }

    @Test("has not done its steps when somebody inside has killed it on the way")
    func slain() throws {
        try withAttacker(["slay"]) { first, output in
            try #require(line(output) == "ready\n")
            var (slain, rounds) = (0, 0)
            let deadline = ContinuousClock.now + Deadline.duration
            while rounds < 300 || slain == 0 && ContinuousClock.now < deadline {
                rounds += 1
                do {
                    let child = try Plan(
                        Self.entering(first) + [
                            .openForAppending("/proc/version"),
                            .execute("/bin/true", arguments: ["true"], environment: []),
                        ]
                    ).start(.init(streams: .null))
                    child.close()
                    Issue.record("a step that must fail, or never be come to, counts as done")
                } catch {
                    if "\(error)".contains("was killed before its steps were done") { slain += 1 }
                }
            }
            #expect(slain > 0, "nobody was killed, so nothing was shown")
        }
    }

    @Test("may make its parent more children, and the sandbox ends at once all the same")
    func siblings() throws {
        try withAttacker(["siblings"], isDone: true) { first, output in
            try #require(line(output) == "made\n")
            let start = ContinuousClock.now
            #expect(first.close())
            #expect(ContinuousClock.now - start < Deadline.duration)
        }
    }

    @Test("is in no session and no process group of whoever sent it")
    func session() throws {
        try withRunning([.unshare([.user, .mount, .pid]), .mapIDs(.automatic), .setCredentials()]) { first in
            let child = try Plan(
                Self.entering(first) + [.execute("/bin/cat", arguments: ["cat"], environment: [])]
            ).start(.init(streams: .init(input: .descriptor(first.pidfd), output: .null, error: .null)))
            defer { child.close() }
            #expect(getsid(child.pid) != getsid(0) && getpgid(child.pid) != getpgrp())
        }
    }

    @Test("holds only the descriptors that its plan names, even those that were not marked to be closed")
    func descriptors() throws {
        let folder = open("/", O_RDONLY | O_DIRECTORY)
        let named = open("/etc", O_RDONLY | O_DIRECTORY)
        defer { for file in [folder, named] { close(file) } }
        let said = try Plan([
            .duplicate(named, as: 9),
            .execute(
                "sh", arguments: ["sh", "-c", "for f in /proc/$$/fd/*; do readlink $f; done | grep ^/ | sort -u"]),
        ]).output().text
        #expect(said.split(separator: "\n").filter { $0 != "/dev/null" } == ["/etc"], "\(said)")
    }

    @Test("calls that are refused fail by either kind of numbers, and those that are excepted do not")
    func refused() throws {
        func answers(_ steps: [Step]) throws -> [String: Int] {
            let text = try Plan(
                [.openExecutable(.path(attackerProgram), as: "attacker")] + sandboxed + steps + [
                    .execute(.opened("attacker"), arguments: ["attacker", "calls"], environment: [])
                ]
            ).output().text
            let pairs = text.split(separator: "\n").compactMap { line -> (String, Int)? in
                let words = line.split(separator: " ")
                return words.count == 3 ? Int(words[2]).map { ("\(words[0]) \(words[1])", $0) } : nil
            }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
        let open = try answers([])
        let closed = try answers([.refuseSystemCalls()])
        try #require(!closed.isEmpty && open.count == closed.count)
        for (call, answer) in closed {
            switch call {
            case "native socket-unix", "native socket-packet", "elder socket-unix", "elder socket-packet":
                #expect((answer >= 0) == ((open[call] ?? -1) >= 0), "\(call): \(answer)")
            case _ where call.hasSuffix("packet-tx-ring"): #expect(answer == Int(-ENOPROTOOPT), "\(call): \(answer)")
            case _ where call.hasSuffix("packet-rx-ring"): #expect(answer == open[call], "\(call): \(answer)")
            case _ where call.hasSuffix("socket-vsock") || call.hasSuffix("socket-alg"):
                #expect(answer == Int(-EAFNOSUPPORT) || answer == Int(-ENOSYS), "\(call): \(answer)")
            default: #expect(answer == Int(-ENOSYS), "\(call): \(answer)")
            }
        }
        // The same calls get further without the filter, where the kernel has them.
        #expect(open["native keyctl"] != Int(-ENOSYS) || open["native bpf"] != Int(-ENOSYS))
        let excepted = try answers([.refuseSystemCalls(except: [.bpf])])
        #expect(excepted["native bpf"] == open["native bpf"])
        #expect(excepted["native keyctl"] == Int(-ENOSYS))
    }

    @Test("nobody enters a pid namespace with the credentials of outside, nor shows the environment of outside")
    func validation() {
        let pidfd = iso_pidfd_open(getpid())
        defer { close(pidfd) }
        let join = Step.join([.user, .pid], of: .process(pidfd: pidfd))
        let program = Step.execute("true", arguments: ["true"], environment: [])
        let plans: [(Plan, String)] = [
            ([join, .enterProcessNamespace, .setCredentials(), program], "would see it as it was outside"),
            ([join, .setCredentials(), .enterProcessNamespace, sh("true")], "the environment of this process"),
            ([join, .setCredentials(), .setOOMScoreAdjustment(1), program], "before any namespace is joined"),
            ([join, .unshare([.user]), .mapIDs(.invokingUser()), program], "before any namespace is joined"),
            ([.openExecutable(.inside(root: "/", "/bin/true"), as: "x"), program], "copied before the plan begins"),
            ([.unshare([.user]), .mapIDs(.automatic), .guarded(control: 3), program], "a guard is PID 1"),
        ]
        for (plan, words) in plans {
            let error = failure(plan.steps)
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    private func failure(_ steps: [Step]) -> IsolationError? {
        do {
            _ = try Plan(steps).run(StartOptions(streams: .null))
            return nil
        } catch { return error }
    }
}
