// restart's `wait` and `keeps`, and noRestart, tried on processes in namespaces of the tests' own; time is moved in what was seen.

import Testing

@testable import LabKit

@Suite("restarts, and none", .needsNetworks)
struct RestartTests {
    private final class Watched {
        let box: NetworkSandbox
        let restart: RestartProbe
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
        func look(_ probe: Probe) -> ProbeOutcome {
            seen = Judge(node: box.node, restarts: seen).lookForRestarts(of: [restart], before: seen)
            return Judge(node: box.node, restarts: seen).evaluate(probe)
        }

        func isSaid(_ words: String, of probe: Probe) -> Bool {
            let outcome = look(probe)
            let keys = outcome.observed.keys.sorted()
            return ([outcome.status.rawValue] + keys).joined(separator: " ") == words
        }

        /// What ended, ended so much earlier.
        func move(milliseconds: UInt64) {
            for index in seen.indices { seen[index].gone = seen[index].gone.map { $0 - milliseconds * 1_000_000 } }
        }
    }

    @Test("the wait is what lies between the look that missed the one and the start of the other, and no more")
    func wait() throws {
        let pod = try Watched(wait: 60_000)
        try pod.start()
        #expect(pod.isSaid("fail same", of: .restart(pod.restart)))
        try pod.end()
        #expect(pod.isSaid("fail absent", of: .restart(pod.restart)))
        try pod.start()
        #expect(pod.isSaid("fail wait", of: .restart(pod.restart)))
        pod.move(milliseconds: 61_000)
        #expect(pod.isSaid("pass", of: .restart(pod.restart)))
        // From end to start, however long ago an earlier end was.
        try pod.end()
        _ = pod.look(.restart(pod.restart))
        try pod.start()
        #expect(pod.isSaid("fail wait", of: .restart(pod.restart)))
    }

    @Test("who was there before the other had ended has not taken its place")
    func before() throws {
        let pod = try Watched()
        try pod.start()
        _ = pod.look(.restart(pod.restart))
        try pod.box.run("cp /run/job /run/first")
        try pod.start()
        #expect(pod.isSaid("fail same", of: .restart(pod.restart)))
        try pod.end("first")
        #expect(pod.isSaid("fail same", of: .restart(pod.restart)))
        try pod.start()
        #expect(pod.isSaid("pass", of: .restart(pod.restart)))
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
        _ = pod.look(.restart(pod.restart))
        try rename("other")
        _ = pod.look(.restart(pod.restart))
        try pod.end()
        _ = pod.look(.restart(pod.restart))
        try rename("keeper")
        try pod.start()
        #expect(pod.isSaid("pass", of: .restart(pod.restart)))
    }

    @Test("what is kept is a directory, not its name")
    func keeps() throws {
        let pod = try Watched(keeps: "/run/pages")
        try pod.start()
        _ = pod.look(.restart(pod.restart))
        try pod.end()
        _ = pod.look(.restart(pod.restart))
        try pod.start()
        #expect(pod.isSaid("pass", of: .restart(pod.restart)))
        pod.seen = []
        _ = pod.look(.restart(pod.restart))
        try pod.end()
        try pod.box.run("mv /run/pages /run/old; mkdir /run/pages")
        try pod.start()
        #expect(pod.isSaid("fail keeps", of: .restart(pod.restart)))
    }

    @Test("nobody was started again only if it has ended, and time has passed, and the other one is there")
    func none() throws {
        let pod = try Watched()
        #expect(pod.isSaid("fail absent", of: .noRestart(pod.none)))
        try pod.start()
        #expect(pod.isSaid("fail same", of: .noRestart(pod.none)))
        try pod.end()
        _ = pod.look(.noRestart(pod.none))
        #expect(pod.isSaid("fail early", of: .noRestart(pod.none)))
        pod.move(milliseconds: 60_000)
        #expect(pod.isSaid("pass", of: .noRestart(pod.none)))
        try pod.start()
        #expect(pod.isSaid("fail again", of: .noRestart(pod.none)))
        pod.seen = []
        _ = pod.look(.noRestart(pod.none))
        try pod.end()
        try pod.end("number")
        _ = pod.look(.noRestart(pod.none))
        pod.move(milliseconds: 60_000)
        #expect(pod.isSaid("fail beside", of: .noRestart(pod.none)))
    }
}
