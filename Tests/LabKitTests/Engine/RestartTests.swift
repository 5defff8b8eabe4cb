// restart's `wait` and `keeps`, and noRestart, tried on processes in namespaces of the tests' own; time is moved in what was seen.

import Glibc
import KernelState
import Playgrounds
import Testing

@testable import LabKit

@Suite("restarts, and none", .needsNetworks)
struct RestartTests {
    private final class Watched {
        let box: NetworkSandbox
        var restart: RestartProbe
        let none: NoRestartProbe
        var seen: [RestartSighting] = []

        init(wait: Int? = nil, keeps: String? = nil) throws {
            box = try NetworkSandbox()
            try box.run("mkdir /run/pages; cp /usr/bin/sleep /run/keeper; cp /usr/bin/sleep /run/worker")
            try box.run(
                "/run/keeper infinity & echo $! > /run/number; until grep -qsx keeper /proc/$!/comm; do :; done")
            let (of, beside) = (Selector(name: "worker"), Selector(name: "keeper"))
            restart = RestartProbe(of: of, beside: beside, kinds: [.net], keeps: keeps, wait: wait)
            none = NoRestartProbe(of: of, beside: beside, kinds: [.net], time: 60_000)
        }

        func start() throws {
            try box.run("/run/worker infinity & echo $! > /run/job; until grep -qsx worker /proc/$!/comm; do :; done")
        }

        func end(_ who: String = "job") throws {
            try box.run("n=$(cat /run/\(who)); kill -9 $n; while [ -e /proc/$n/root/. ]; do :; done")
        }

        /// As an attempt does it after each line: first everything is looked at, then judged.
        func look(_ probe: any Probe) -> ProbeOutcome {
            seen = Judge(node: box.node, restarts: seen).lookForRestarts(of: [restart], before: seen)
            return Judge(node: box.node, restarts: seen).evaluate(probe)
        }

        func isSaid(_ words: String, of probe: any Probe) -> Bool {
            let outcome = look(probe)
            let keys = outcome.observed.keys.sorted()
            return ([outcome.status.rawValue] + keys).joined(separator: " ") == words
        }

        /// What ended, ended so much earlier.
        func move(milliseconds: UInt64) {
            for index in seen.indices { seen[index].gone = seen[index].gone.map { $0 - milliseconds * 1_000_000 } }
        }
    }

    @Test("who is back in namespaces that were visited before has their host name without another visit")
    func visited() throws {
        let pod = try Watched()
        pod.restart.kinds = [.net, .uts]
        pod.restart.hostName = "told"
        try pod.start()
        _ = pod.look(pod.restart)
        for index in pod.seen.indices { pod.seen[index].hostName = "told" }
        try pod.end()
        _ = pod.look(pod.restart)
        try pod.start()
        #expect(pod.isSaid("pass", of: pod.restart))
        #expect(pod.seen.map(\.hostName) == ["told", "told"])
        // Those who were beside each other in other namespaces tell nothing of these.
        let known = pod.seen
        for index in pod.seen.indices { pod.seen[index].namespaces = ["net:[1]", "uts:[1]"] }
        try pod.end()
        try pod.start()
        _ = pod.look(pod.restart)
        #expect(pod.seen.count == 3 && pod.seen.last?.hostName != "told")
        pod.seen = known
        // Without somebody who stood beside both it is asked for.
        try pod.end("number")
        try pod.end()
        try pod.box.run("/run/keeper infinity & until grep -qsx keeper /proc/$!/comm; do :; done")
        try pod.start()
        _ = pod.look(pod.restart)
        #expect(pod.seen.count == 3 && pod.seen.last?.hostName != "told" && pod.seen.last?.hostName != nil)
    }

    @Test("the wait is what lies between the look that missed the one and the start of the other, and no more")
    func wait() throws {
        let pod = try Watched(wait: 60_000)
        try pod.start()
        #expect(pod.isSaid("fail same", of: pod.restart))
        try pod.end()
        #expect(pod.isSaid("fail absent", of: pod.restart))
        try pod.start()
        #expect(pod.isSaid("fail wait", of: pod.restart))
        pod.move(milliseconds: 61_000)
        #expect(pod.isSaid("pass", of: pod.restart))
        // It has been so, whatever comes afterwards.
        try pod.end()
        #expect(pod.isSaid("pass", of: pod.restart))
    }

    @Test("the wait is counted from the last end, however long ago an earlier one was")
    func lastEnd() throws {
        let pod = try Watched(wait: 60_000)
        try pod.start()
        _ = pod.look(pod.restart)
        try pod.box.run("cp /run/job /run/first")
        try pod.start()
        _ = pod.look(pod.restart)
        try pod.end("first")
        _ = pod.look(pod.restart)
        try pod.end()
        // The first has ended long ago, and the second was there then.
        pod.move(milliseconds: 61_000)
        for index in pod.seen.indices {
            pod.seen[index].since -= 62_000_000_000
            pod.seen[index].process.startTime -= 62 * UInt64(sysconf(Int32(_SC_CLK_TCK)))
        }
        _ = pod.look(pod.restart)
        try pod.start()
        #expect(pod.isSaid("fail wait", of: pod.restart))
    }

    /// Workers whose loop is looked for.
    private final class LoopedWorkers {
        let box: NetworkSandbox
        var seen: [RestartSighting] = []
        private let probe = RestartProbe(of: Selector(name: "worker"), kinds: [], loop: true)

        init() throws {
            box = try NetworkSandbox()
            try box.run("cp /usr/bin/sleep /run/worker")
        }

        func look() -> String {
            seen = Judge(node: box.node, restarts: seen).lookForRestarts(of: [probe], before: seen)
            let outcome = Judge(node: box.node, restarts: seen).evaluate(probe)
            return ([outcome.status.rawValue] + outcome.observed.keys.sorted()).joined(separator: " ")
        }
    }

    @Test("a loop has borne both; two parents are none, and an orphan's new parent has borne nobody")
    func loop() throws {
        let loops = try LoopedWorkers()
        let arrival =
            "until pgrep -x worker | grep -vx \"$(cat /run/old 2>&1)\" > /run/new; do :; done; cp /run/new /run/old\n"
        let fall = "n=$(cat /run/old); kill -9 $n; while [ -e /proc/$n/root/. ]; do :; done\n"
        // Two shells, each with a worker of its own.
        try loops.box.run("bash -c '/run/worker infinity; :' &\n" + arrival)
        #expect(loops.look() == "fail same")
        try loops.box.run(fall + "bash -c '/run/worker infinity; :' &\n" + arrival)
        #expect(loops.look() == "fail bearer")
        try loops.box.run(fall)
        loops.seen = []
        // Nobody's child, with a shell of its own for each worker.
        try loops.box.run(
            "(setsid bash -c 'while :; do sh -c \"/run/worker infinity; :\"; done' 2> /run/log &)\n" + arrival)
        #expect(loops.look() == "fail same")
        try loops.box.run(fall + arrival)
        #expect(loops.look() == "pass")
    }

    @Test(
        "an orphan's loop is told by the process group, where that has a leader, and an orphan in a group of its own says so"
    )
    func orphans() throws {
        let loops = try LoopedWorkers()
        // Its parent has ended when it has another parent than its group's leader.
        let arrival = """
            until pgrep -x worker | grep -vx "$(cat /run/old 2>&1)" > /run/new; do :; done; cp /run/new /run/old
            until [ $(ps -o ppid= -p $(cat /run/new)) = 1 ]; do :; done

            """
        let fall = "n=$(cat /run/old); kill -9 $n; while [ -e /proc/$n/root/. ]; do :; done\n"
        /// A loop that starts another one when the one that it has started is gone, whoever is its parent.
        func loop(_ start: String) -> String {
            let gone = "until [ -s /run/mine ]; do :; done; while [ -e /proc/$(cat /run/mine)/root/. ]; do :; done"
            return """
                setsid bash -c 'while :; do rm -f /run/mine; \(start); \(gone); done' 2> /run/log & echo $! > /run/loop

                """
        }
        try loops.box.run(loop("(/run/worker infinity & echo $! > /run/mine)") + arrival)
        #expect(loops.look() == "fail same")
        try loops.box.run(fall + arrival)
        #expect(loops.look() == "pass")
        try loops.box.run("kill -9 $(cat /run/loop)\n" + fall)
        loops.seen = []
        let own = "echo \\$\\$ > /run/mine; exec /run/worker infinity"
        try loops.box.run(loop("setsid -f sh -c \"\(own)\"") + arrival)
        _ = loops.look()
        try loops.box.run(fall + arrival)
        #expect(loops.look() == "fail orphan")
    }

    @Test("who is nearly the one that is missed is named with what it lacks")
    func nearly() throws {
        let box = try NetworkSandbox()
        try box.run(
            "cp /usr/bin/sleep /run/worker; /run/worker infinity & until grep -qsx worker /proc/$!/comm; do :; done")
        let probe = RestartProbe(of: Selector(name: "worker", innerNumber: 1), kinds: [], loop: true)
        let outcome = Judge(node: box.node).evaluate(probe)
        #expect(outcome.observed == ["absent": "number"])
        #expect(outcome.actual?.contains(", not 1") == true, "\(outcome)")
    }

    @Test("whoever reads what is typed is no loop, and neither is whoever has started that shell")
    func hands() throws {
        func sighting(_ ancestors: [(pid: Int32, reads: Bool)], pid: Int32) -> RestartSighting {
            func process(_ pid: Int32) -> NodeRecord.Process {
                .init(ProcessIdentity(pid: ProcessID(pid), startTime: 1))
            }
            var one = RestartSighting(key: "", process: process(pid), name: "worker", namespaces: [])
            one.ancestors = ancestors.map { .init(process: process($0.pid), reads: $0.reads) }
            return one
        }
        let old = sighting([(4, true), (3, false)], pid: 8)
        #expect(sighting([(4, false), (3, false)], pid: 9).bearers(with: old).loops.isEmpty)
        // A loop in the background of that shell.
        let looped = sighting([(5, false), (4, true), (3, false)], pid: 8)
        let again = sighting([(5, false), (4, false), (3, false)], pid: 9).bearers(with: looped)
        #expect(again.loops.map(\.pid) == [5])
        #expect(again.hands.map(\.pid) == [4])
    }

    @Test("a server is the same at the same port only")
    func port() throws {
        let box = try NetworkSandbox()
        try box.run(
            "cp /usr/bin/sleep /run/keeper; /run/keeper infinity & until grep -qsx keeper /proc/$!/comm; do :; done")
        let probe = RestartProbe(
            of: Selector(name: "socat"), beside: Selector(name: "keeper"), kinds: [.net], port: 8080)
        var seen: [RestartSighting] = []
        func look() -> String {
            seen = Judge(node: box.node, restarts: seen).lookForRestarts(of: [probe], before: seen)
            let outcome = Judge(node: box.node, restarts: seen).evaluate(probe)
            return ([outcome.status.rawValue] + outcome.observed.keys.sorted()).joined(separator: " ")
        }
        func serve(_ port: Int) throws {
            let hex = String(port, radix: 16, uppercase: true)
            try box.run(
                "socat TCP4-LISTEN:\(port),reuseaddr - & echo $! > /run/server; until grep -q :\(hex) /proc/net/tcp; do :; done"
            )
        }
        let end = "n=$(cat /run/server); kill -9 $n; while [ -e /proc/$n/root/. ]; do :; done"
        try serve(8080)
        #expect(look() == "fail same")
        try box.run(end)
        _ = look()
        try serve(8081)
        #expect(look() == "fail port")
        try box.run(end)
        _ = look()
        try serve(8080)
        #expect(look() == "pass")
    }

    @Test("who was there before the other had ended has not taken its place")
    func before() throws {
        let pod = try Watched()
        try pod.start()
        _ = pod.look(pod.restart)
        try pod.box.run("cp /run/job /run/first")
        try pod.start()
        #expect(pod.isSaid("fail same", of: pod.restart))
        try pod.end("first")
        #expect(pod.isSaid("fail before", of: pod.restart))
        try pod.start()
        #expect(pod.isSaid("pass", of: pod.restart))
    }

    @Test("who is not to be seen beside it for a moment has stood there all the same")
    func blinking() throws {
        let pod = try Watched()
        try pod.end("number")
        // A keeper that takes the names that it is given.
        try pod.box.run(
            """
            mkfifo /run/name
            bash -c 'exec 3<> /run/name; while read -r name <&3; do printf %s $name > /proc/$$/comm; done' &
            echo $! > /run/number
            """)
        func rename(_ name: String) throws {
            try pod.box.run(
                "echo \(name) > /run/name; until grep -qsx \(name) /proc/$(cat /run/number)/comm; do :; done")
        }
        try rename("keeper")
        try pod.start()
        _ = pod.look(pod.restart)
        try rename("other")
        _ = pod.look(pod.restart)
        try pod.end()
        _ = pod.look(pod.restart)
        try rename("keeper")
        try pod.start()
        #expect(pod.isSaid("pass", of: pod.restart))
    }

    @Test("what is kept is a directory, not its name")
    func keeps() throws {
        let pod = try Watched(keeps: "/run/pages")
        try pod.start()
        _ = pod.look(pod.restart)
        try pod.end()
        _ = pod.look(pod.restart)
        try pod.start()
        #expect(pod.isSaid("pass", of: pod.restart))
        pod.seen = []
        _ = pod.look(pod.restart)
        try pod.end()
        try pod.box.run("mv /run/pages /run/old; mkdir /run/pages")
        try pod.start()
        #expect(pod.isSaid("fail keeps", of: pod.restart))
    }

    @Test("nobody was started again only if it has ended, and time has passed, and the other one is there")
    func none() throws {
        let pod = try Watched()
        #expect(pod.isSaid("fail absent", of: pod.none))
        try pod.start()
        #expect(pod.isSaid("fail same", of: pod.none))
        try pod.end()
        _ = pod.look(pod.none)
        #expect(pod.isSaid("fail early", of: pod.none))
        pod.move(milliseconds: 60_000)
        #expect(pod.isSaid("pass", of: pod.none))
        try pod.start()
        #expect(pod.isSaid("fail again", of: pod.none))
        pod.seen = []
        _ = pod.look(pod.none)
        try pod.end()
        try pod.end("number")
        #expect(pod.isSaid("fail beside", of: pod.none))
        // The one beside it ended a minute later: so long nobody came, and afterwards nobody could.
        pod.move(milliseconds: 60_000)
        #expect(pod.isSaid("pass", of: pod.none))
    }
}
