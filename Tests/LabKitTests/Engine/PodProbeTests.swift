// listener, ipcObject, zombies, restart and sharing, tried on processes in namespaces of the tests' own.

import KernelState
import Testing

@testable import LabKit

@Suite("probes of pods", .needsNetworks)
struct PodProbeTests {
    /// A sandbox with a process named `keeper` in network and IPC namespaces of its own, and where that is.
    private static func pod() throws -> (box: NetworkSandbox, keeper: Selector) {
        let box = try NetworkSandbox()
        try box.run(
            """
            cp /usr/bin/sleep /run/keeper
            unshare --net --ipc /run/keeper infinity & echo $! > /run/number
            until grep -qsx keeper /proc/$(cat /run/number)/comm; do :; done
            nsenter -t $(cat /run/number) -n ip link set lo up
            """)
        return (box, Selector(name: "keeper"))
    }

    private func outcome(_ outcome: ProbeOutcome) -> String {
        outcome.observed.isEmpty
            ? outcome.status.rawValue
            : "\(outcome.status.rawValue) \(outcome.observed.keys.sorted().joined(separator: " "))"
    }

    @Test("a listener is told by port, address, network namespace and the process that has the socket")
    func listener() throws {
        let (box, keeper) = try Self.pod()
        func listener(
            _ port: Int, in network: NetworkPlace = .place(.process(keeper)), address: String = "127.0.0.1",
            exists: Bool = true, owner: Selector? = nil
        ) -> String {
            outcome(
                box.evaluate(
                    ListenerProbe(
                        network: network, transport: .tcp, port: port, address: address, exists: exists,
                        owner: owner)))
        }
        #expect(listener(8080) == "fail none")
        #expect(listener(8080, exists: false) == "pass")
        #expect(listener(8080, in: .named("nowhere")) == "fail absent")
        try box.run(
            """
            nsenter -t $(cat /run/number) -n socat TCP4-LISTEN:8080,bind=127.0.0.1 - & echo $! > /run/server
            until nsenter -t $(cat /run/number) -n grep -q :1F90 /proc/net/tcp; do :; done
            socat TCP4-LISTEN:8081 - &
            until grep -q :1F91 /proc/net/tcp; do :; done
            """)
        #expect(listener(8080) == "pass")
        #expect(listener(8080, exists: false) == "fail there")
        #expect(listener(8080, address: "10.0.0.1") == "fail address")
        #expect(listener(8080, in: .node) == "fail none")
        #expect(listener(8081) == "fail node")
        #expect(listener(8081, in: .node) == "pass")
        #expect(listener(8080, owner: Selector(name: "socat")) == "pass")
        #expect(listener(8080, owner: keeper) == "fail owner")
        #expect(
            listener(8080, owner: Selector(name: "socat", sharing: .init([.net], with: keeper))) == "pass")
        #expect(
            listener(8080, owner: Selector(name: "socat", namespaces: [.net: .sameAsNode])) == "fail owner")
    }

    @Test("an IPC object is seen in its namespace and nowhere else")
    func ipcObject() throws {
        let (box, keeper) = try Self.pod()
        func object(
            _ place: Place, size: Int? = nil, exists: Bool = true, seenFrom: Place? = nil, hiddenFrom: Place? = nil
        ) -> String {
            outcome(
                box.evaluate(
                    IPCObjectProbe(
                        kind: .sharedMemory, place: place, exists: exists, size: size, seenFrom: seenFrom,
                        hiddenFrom: hiddenFrom)))
        }
        let pod = Place.process(keeper)
        #expect(object(pod) == "fail none")
        #expect(object(pod, exists: false) == "pass")
        #expect(object(.process(Selector(name: "nobody"))) == "fail absent")
        try box.run("nsenter -t $(cat /run/number) -i ipcmk -M 8192")
        #expect(object(pod, size: 8192, hiddenFrom: .node) == "pass")
        #expect(object(pod, size: 4096) == "fail size")
        #expect(object(pod, exists: false) == "fail there")
        #expect(object(pod, seenFrom: .node) == "fail unseen")
        #expect(object(pod, hiddenFrom: pod) == "fail seen")
        // A segment of the same number in another namespace is another segment.
        try box.run("ipcmk -M 8192")
        #expect(object(.node, size: 8192) == "pass")
        #expect(object(pod, size: 8192, seenFrom: .node) == "fail unseen")
        // And it is not the one that is hidden.
        #expect(object(pod, size: 8192, hiddenFrom: .node) == "pass")
        try box.run(
            "nsenter -t $(cat /run/number) -n --ipc sh -c 'cp /usr/bin/sleep /run/friend; /run/friend infinity' &")
        try box.run("until grep -qsx friend /proc/[0-9]*/comm; do :; done")
        #expect(object(pod, seenFrom: .process(Selector(name: "friend"))) == "pass")
    }

    @Test("orphans of a sleep stay zombies, those of a shell that waits do not")
    func zombies() throws {
        let box = try NetworkSandbox()
        try box.run(
            """
            cp /usr/bin/sleep /run/careless; cp "$(readlink -f /bin/sh)" /run/careful
            unshare --pid --fork --mount-proc /run/careless infinity & echo $! > /run/first
            unshare --pid --fork --mount-proc /run/careful -c 'sleep infinity & while :; do wait; done' & echo $! > /run/second
            until grep -qsx careless /proc/[0-9]*/comm && grep -qsx careful /proc/[0-9]*/comm; do :; done
            """)
        func zombies(_ name: String, _ count: Count, orphans: Int? = nil) -> ProbeOutcome {
            box.evaluate(
                ZombiesProbe(of: Selector(name: name, innerNumber: 1), count: count, orphans: orphans))
        }
        let none = Count(atLeast: 0, atMost: 0)
        #expect(outcome(zombies("careless", none)) == "pass")
        #expect(outcome(zombies("nobody", none)) == "fail absent")
        let left = zombies("careless", none, orphans: 2)
        #expect(outcome(left) == "fail count" && left.observed["count"] == "2", "\(left)")
        #expect(outcome(zombies("careless", Count(atLeast: 2, atMost: 2))) == "pass")
        #expect(outcome(zombies("careful", none, orphans: 5)) == "pass")
    }

    @Test("a namespace of one's own is none of those that it is compared with, and who shares one is named with both")
    func own() throws {
        let (box, keeper) = try Self.pod()
        try box.run("cp /usr/bin/sleep /run/worker")
        let own = NamespaceProbe(
            kinds: [.net], of: Selector(name: "worker"), comparedTo: [.node, .process(keeper)], expect: .different)
        func process(_ selector: Selector) -> ProbeOutcome {
            box.evaluate(ProcessProbe(select: selector, count: Count(atLeast: 1)))
        }
        let apart = Selector(name: "worker", apart: .init([.net], with: keeper))
        let sharing = Selector(name: "worker", sharing: .init([.net, .ipc], with: keeper))
        func start(_ how: String) throws {
            try box.run(
                "\(how) /run/worker infinity & echo $! > /run/job; until pgrep -x worker; do :; done")
        }
        let end = "kill -9 $(cat /run/job); until ! grep -qsx worker /proc/[0-9]*/comm; do :; done"
        try start("nsenter -t $(cat /run/number) -n")
        #expect(outcome(box.evaluate(own)) == "fail kinds")
        #expect(process(apart).observed["lacks"] == "apart")
        // It shares the one and not the other.
        let half = process(sharing)
        #expect(half.observed["lacks"] == "sharing")
        #expect(half.actual?.contains("its ipc namespace is ipc:[") == true, "\(half)")
        #expect(
            half.actual?.contains("that of keeper, ") == true && half.actual?.contains("network") == false, "\(half)")
        try box.run(end)
        try start("")
        #expect(outcome(box.evaluate(own)) == "fail kinds")
        #expect(process(apart).status == .pass)
        try box.run(end)
        try start("unshare -n")
        #expect(outcome(box.evaluate(own)) == "pass")
        #expect(process(apart).status == .pass)
    }

    @Test("a restart is told by one who stood beside both")
    func restart() throws {
        let (box, keeper) = try Self.pod()
        try box.run("cp /usr/bin/sleep /run/worker")
        let probe = RestartProbe(
            of: Selector(name: "worker"), beside: keeper, kinds: [.net, .ipc], address: "127.0.0.1/8")
        let start = """
            nsenter -t $(cat /run/number) -n -i /run/worker infinity & echo $! > /run/job
            until grep -qsx worker /proc/[0-9]*/comm; do :; done
            """
        let end = "kill -9 $(cat /run/job); until ! grep -qsx worker /proc/[0-9]*/comm; do :; done"
        var seen: [RestartSighting] = []
        func look() -> String {
            let judge = Judge(node: box.node, restarts: seen)
            let said = outcome(judge.evaluate(probe))
            seen = judge.lookForRestarts(of: [probe], before: seen)
            return said
        }
        #expect(look() == "fail absent")
        try box.run(start)
        #expect(look() == "fail same")
        #expect(look() == "fail same")
        #expect(seen.count == 1)
        try box.run(end)
        #expect(look() == "fail absent")
        try box.run(start)
        #expect(look() == "pass")
        // Again, in an IPC namespace of its own.
        seen = []
        _ = look()
        try box.run(end)
        try box.run(start.replacing("-n -i /run/worker", with: "-n unshare -i /run/worker"))
        #expect(look() == "fail kinds")
        // And with another address.
        seen = []
        try box.run(end + "\n" + start)
        _ = look()
        try box.run(end + "\nnsenter -t $(cat /run/number) -n ip address del 127.0.0.1/8 dev lo\n" + start)
        #expect(look() == "fail address")
        // And beside another keeper.
        seen = []
        _ = look()
        try box.run(end + "\nkill -9 $(cat /run/number); until ! grep -qsx keeper /proc/[0-9]*/comm; do :; done")
        try box.run(
            """
            unshare --net --ipc /run/keeper infinity & echo $! > /run/number
            until grep -qsx keeper /proc/$(cat /run/number)/comm; do :; done
            """)
        try box.run(start)
        #expect(look() == "fail beside")
    }
}
