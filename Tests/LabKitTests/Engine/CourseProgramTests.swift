// Programs of the course, told from others by the file that they were before anybody came.

import Foundation
import KernelState
import SystemPackage
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite("programs of the course", .needsNetworks)
struct CourseProgramTests {
    /// A node in which the course's pause is a copy of sleep, and who that is.
    private static func node() throws -> (box: NetworkSandbox, programs: ProgramRecord) {
        let box = try NetworkSandbox()
        try box.run("mkdir /run/bin; mount -t tmpfs bin /run/bin; cp /usr/bin/sleep /run/bin/pause")
        var programs = ProgramRecord()
        let file = try box.node.root().look(at: "/run/bin/pause").state
        programs.files["pause"] = ProgramRecord.File(try #require(file).stamp)
        return (box, programs)
    }

    private func pauses(_ box: NetworkSandbox, _ programs: ProgramRecord) -> String? {
        let probe = ProcessProbe(select: Selector(program: .pause), count: Count(atLeast: 1, atMost: nil))
        return Judge(node: box.node, programs: programs).evaluate(probe).observed["count"] ?? "some"
    }

    /// Starts a program and waits until it is what its process runs.
    private func start(_ path: String, in box: NetworkSandbox) throws {
        try box.run(
            """
            \(path) 1000 & echo $! > /run/number
            until [ /proc/$(cat /run/number)/exe -ef \(path) ]; do :; done
            """)
    }

    @Test("another program mounted over it, moved in its place, written into it or with its name is not it")
    func others() throws {
        for change in [
            "cp /usr/bin/sleep /run/other; mount --bind /run/other /run/bin/pause",
            "cp /usr/bin/sleep /run/bin/other; mv /run/bin/other /run/bin/pause",
            "cp /usr/bin/sleep /run/bin/pause",
            "mount -t tmpfs other /run/bin; cp /usr/bin/sleep /run/bin/pause",
        ] {
            let (box, programs) = try Self.node()
            try box.run(change)
            try start("/run/bin/pause", in: box)
            #expect(pauses(box, programs) == "0", "\(change)")
        }
    }

    @Test("the file is the program by any name, at any path, and whoever runs it is it")
    func same() throws {
        let (box, programs) = try Self.node()
        #expect(pauses(box, programs) == "0")
        try box.run("touch /run/door; mount --bind /run/bin/pause /run/door")
        try start("/run/door", in: box)
        #expect(pauses(box, programs) == "some")
    }

    @Test("a program that is not known fits nobody, and what would pass because nobody is there is an error")
    func unknown() throws {
        let (box, _) = try Self.node()
        try start("/run/bin/pause", in: box)
        func outcome(_ count: Count, _ programs: ProgramRecord) -> ProbeOutcome {
            Judge(node: box.node, programs: programs)
                .evaluate(ProcessProbe(select: Selector(program: .pause), count: count))
        }
        let none = outcome(Count(atLeast: 1, atMost: nil), ProgramRecord())
        #expect(none.status == .fail)
        #expect(none.evidence.contains { $0.value.contains("record does not say which file") }, "\(none)")
        var without = ProgramRecord()
        without.problems["pause"] = "there is none"
        #expect(
            outcome(Count(atLeast: 1, atMost: nil), without).evidence.contains { $0.value.contains("there is none") })
        let empty = outcome(Count(atLeast: 0, atMost: 0), without)
        #expect(empty.status == .error && empty.reason?.contains("the course's pause is not known") == true, "\(empty)")
    }

    @Test("an agent's descendants are those that it holds, and nobody from before it was the agent")
    func birth() throws {
        let box = try NetworkSandbox()
        try box.run(
            """
            mkdir /run/bin; mount -t tmpfs bin /run/bin
            cp /bin/bash /run/bin/node
            """)
        var programs = ProgramRecord()
        let file = try box.node.root().look(at: "/run/bin/node").state
        programs.files["agent"] = ProgramRecord.File(try #require(file).stamp)
        try box.run(
            """
            printf 'sleep 1000 & sleep 1000 & wait' > /run/more
            setsid bash -c 'sleep 1000 & exec /run/bin/node /run/more' &
            until [ $(pgrep -cx sleep) = 3 ]; do :; done
            /run/bin/node -c 'until [ -e /run/over ]; do :; done' &
            """)
        let judge = Judge(node: box.node, programs: programs)
        let agent = try judge.select(Selector(program: .agent))
        #expect(agent.count == 1)
        #expect(try judge.select(Selector(name: "sleep")).count == 3)
        #expect(try judge.select(Selector(name: "sleep", descendantOf: Selector(program: .agent))).isEmpty)
        #expect(try judge.select(Selector(program: .agent, ancestorOf: Selector(name: "sleep"))).isEmpty)
        #expect(try judge.select(Selector(name: "sleep", descendantOf: Selector(name: "node"))).count == 3)
        // Another one of the program is in the session of whoever has typed it.
        #expect(try judge.select(Selector(name: "node")).count == 2)
    }

    @Test("a process holds those that it has a pidfd of")
    func held() throws {
        let own = try #require(ProcessState.read(.current, fields: []))
        let handle = try HeldProcess(own.identity)
        withExtendedLifetime(handle) { #expect(ProcessState.held(by: .current).contains(.current)) }
        #expect(!ProcessState.held(by: .current).contains(1))
        #expect(ProcessState.held(by: 99_999_999).isEmpty)
    }

    @Test("a record without programs, as an earlier podlab wrote it, can be read")
    func oldRecord() throws {
        var record = SessionRecord(NodeRecord(owner: .init(ProcessIdentity(pid: 1, startTime: 2))))
        #expect(try JSONDecoder().decode(SessionRecord.self, from: try JSONEncoder().encode(record)).programs == nil)
        var programs = ProgramRecord()
        programs.files["pause"] = ProgramRecord.File(
            FileStamp(
                identity: FileIdentity(device: DeviceNumber(major: 8, minor: 1), inode: .max), size: 1, changed: -1))
        record.programs = programs
        #expect(try JSONDecoder().decode(SessionRecord.self, from: try JSONEncoder().encode(record)) == record)
        #expect(programs.stamp(of: .pause)?.changed == -1 && programs.stamp(of: .greedy) == nil)
    }
}
