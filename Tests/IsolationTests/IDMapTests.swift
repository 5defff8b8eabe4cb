// Id maps, for root and for an ordinary user.

import Glibc
import Isolation
import SystemPackage
import Testing

@Suite("id maps")
struct IDMapTests {
    @Test(
        "an ordinary user is root inside and itself outside",
        .enabled(if: canSandbox && !isRoot, "for an ordinary user"))
    func single() throws {
        try withRunning([.unshare([.user]), .mapIDs(.invokingUser())]) { child in
            #expect(
                text("/proc/\(child.pid)/uid_map").split(separator: " ").map { $0.trimmed } == [
                    "0", "\(geteuid())", "1",
                ])
            #expect(text("/proc/\(child.pid)/setgroups") == "deny\n")
        }
        try withRunning([.unshare([.user]), .mapIDs(.invokingUser(uid: 500, gid: 600))]) { child in
            #expect(
                text("/proc/\(child.pid)/gid_map").split(separator: " ").map { $0.trimmed } == [
                    "600", "\(getegid())", "1",
                ])
        }
    }

    @Test("root gives an unprivileged range", .enabled(if: canSandbox && isRoot, "for root"))
    func range() throws {
        try withRunning([.unshare([.user]), .mapIDs(.automatic), .setCredentials()]) { child in
            #expect(
                text("/proc/\(child.pid)/uid_map").split(separator: " ").map { $0.trimmed } == [
                    "0", "1900000000", "65536",
                ])
            #expect(status(child.pid, "Uid").split(separator: "\t").allSatisfy { $0 == "1900000000" })
            #expect(status(child.pid, "Groups").isEmpty || status(child.pid, "Groups") == " ")
        }
    }

    @Test("root of the host is never mapped", .enabled(if: isRoot, "for root"))
    func neverHostRoot() {
        for map in [IDMap.invokingUser(), .unprivilegedRange(base: 0)] {
            let plan: Plan = [.unshare([.user]), .mapIDs(map), sh("true")]
            #expect(throws: PlanError.self) { try plan.validated() }
        }
    }

    @Test(
        "a user without a grant is refused ranges, and told why",
        .enabled(if: canSandbox && !isRoot && IDMap.subordinate() == nil, "for a user without subordinate ids"))
    func withoutGrant() {
        let plan: Plan = [.unshare([.user]), .mapIDs(.unprivilegedRange()), sh("true")]
        let error = #expect(throws: IsolationError.self) { try plan.run() }
        #expect(error?.meaning.contains("newuidmap") == true || error?.errno == .noSuchFileOrDirectory)
        #expect(IDMap.automatic.resolved == .invokingUser())
    }

    @Test(
        "subordinate ranges follow the user itself",
        .enabled(if: canSandbox && !isRoot && IDMap.subordinate() != nil, "for a user with subordinate ids"))
    func withGrant() throws {
        try withRunning([.unshare([.user]), .mapIDs(.automatic), .setCredentials()]) { child in
            let lines = text("/proc/\(child.pid)/uid_map").split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first?.split(separator: " ").map { $0.trimmed } == ["0", "\(geteuid())", "1"])
            #expect(status(child.pid, "Uid").split(separator: "\t").allSatisfy { $0 == "\(geteuid())" })
        }
    }

    @Test("subordinate ids are found by name and by number, and nonsense is passed over")
    func subordinateFiles() {
        let file = "# c\nada:100000:65536\nbob:1:2\n1001:300000:10\nada:x:1\nada:4294967295:2\nada:5:0\nadab:7:7\n"
        #expect(
            SubordinateIDs(name: "ada", uid: 1001, subuid: file, subgid: "")
                == .init(users: [100000..<165536, 300000..<300010], groups: []))
        #expect(SubordinateIDs(name: nil, uid: 1002, subuid: file, subgid: file) == .init(users: [], groups: []))
    }

    @Test("of several ranges the largest is taken, without the user's own id")
    func largestRange() {
        func largest(_ ranges: Range<UInt32>...) -> Range<UInt32>? { SubordinateIDs.largest(of: ranges, without: 1000) }
        #expect(largest(1000..<1001, 100_000..<165_536) == 100_000..<165_536)
        #expect(largest(200_000..<200_010, 100_000..<165_536) == 100_000..<165_536)
        #expect(largest(900..<1500) == 1001..<1500 && largest(1000..<1001) == nil && largest() == nil)
        #expect(largest(500..<1001) == 500..<1000 && largest(1000..<1010) == 1001..<1010)
    }

    @Test("a user namespace inside a user namespace maps the inner user", .enabled(if: canSandbox, noSandbox))
    func nested() throws {
        let steps: [Step] = [
            .unshare([.user]), .mapIDs(.automatic), .setCredentials(), .unshare([.user]),
            .mapIDs(.invokingUser(uid: 7, gid: 8)),
        ]
        try withRunning(steps) { child in
            #expect(status(child.pid, "Uid").isEmpty == false)
            let inside = Plan([
                .join([.user], of: .process(pidfd: child.pidfd)), .setCredentials(uid: 7, gid: 8),
                guest("id -u; id -g"),
            ])
            let said = try inside.output().text
            #expect(said == "7\n8\n")
        }
    }
}

extension Substring {
    var trimmed: String { String(self.filter { $0 != "\n" && $0 != " " }) }
}
