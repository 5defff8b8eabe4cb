// The agent: the kubelet's part on a node. One loop over the pods' processes, their outputs, the clients and the time.

import CIsolation
import Glibc
import Isolation
import Linux
import Pods
import SystemPackage

/// Everything happens on the one thread that runs the loop. What it starts dies with that thread, so that a killed agent leaves no
/// process behind; what the pods were is in the ledger.
package final class Agent {
    let runtime: any ContainerRuntime
    let ledger: Ledger
    let logs: String
    let scale: Double
    private let listening: Descriptor
    var listener: Int32 { listening.raw }
    let clock = AgentClock()
    /// The node's name.
    let node: String?
    let complain: (String) -> Void

    var pods: [String: PodRun] = [:]
    var clients: [Int32: AgentClient] = [:]
    /// Orders that wait for their turn. One is carried out between two looks at the descriptors, because to start a container takes
    /// milliseconds and others want to be heard meanwhile.
    var work: [(uid: String, order: PodOrder)] = []

    private static let clientLimit = 64

    /// - Parameters:
    ///   - listener: a listening socket, taken over.
    ///   - scale: divides the waits between restarts.
    ///   - complain: is told what nobody is there to hear.
    package init(
        runtime: any ContainerRuntime, ledger: String = AgentPath.ledger, logs: String = AgentPath.logs,
        listener: Int32, scale: Double = 1, complain: @escaping (String) -> Void = { _ in }
    ) throws {
        self.runtime = runtime
        self.ledger = try Ledger(folder: ledger)
        self.logs = logs
        listening = Descriptor(taking: listener)
        self.scale = scale
        self.complain = complain
        var name = [CChar](repeating: 0, count: 65)
        node =
            gethostname(&name, 64) == 0
            ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK)
    }

    /// Takes up the pods of an agent that was killed.
    package func recover() {
        let (left, problems) = ledger.read()
        for problem in problems { complain(problem) }
        for pod in left {
            pods[pod.uid] = PodRun(PodMachine(recovering: pod, at: clock.now, scale: scale))
            handle(.tick, of: pod.uid)
        }
    }

    // MARK: The loop

    private enum Source {
        case listener
        case client(Int32)
        case pause(String)
        case container(String, String)
        case output(String, String, LogStream)
        case program(Int32)
    }

    /// Until `isOver` says so; it is asked after each thing that has happened.
    package func run(until isOver: () -> Bool = { false }) throws(WireError) {
        while !isOver() {
            if !work.isEmpty {
                let (uid, order) = work.removeFirst()
                carryOut(order, of: uid)
            }
            var polled: [pollfd] = []
            var sources: [Source] = []
            func add(_ descriptor: Int32, _ source: Source, _ events: Int32 = POLLIN) {
                guard descriptor >= 0 else { return }
                polled.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
                sources.append(source)
            }
            if clients.count < Self.clientLimit { add(listener, .listener) }
            for (key, client) in clients {
                add(key, .client(key), client.socket.hasOutgoing ? POLLIN | POLLOUT : POLLIN)
                if case .executing(let child) = client.activity { add(child.pidfd, .program(key)) }
            }
            for (uid, run) in pods {
                if let sandbox = run.sandbox { add(sandbox.pause.pidfd, .pause(uid)) }
                for (name, container) in run.containers {
                    add(container.descriptor(of: .output), .output(uid, name, .output))
                    add(container.descriptor(of: .error), .output(uid, name, .error))
                    add(container.container.child.pidfd, .container(uid, name))
                }
            }
            let ready = poll(&polled, nfds_t(polled.count), patience)
            if ready < 0 && errno != EINTR { throw .system("wait for events", Errno(rawValue: errno)) }
            if ready > 0 {
                for (entry, source) in zip(polled, sources) where entry.revents != 0 {
                    serve(source, Int32(entry.revents))
                }
            }
            let now = clock.now
            for (uid, run) in pods { if let wake = run.machine.wake, wake <= now { handle(.tick, of: uid) } }
        }
    }

    /// Milliseconds until something is due; -1: nothing is.
    private var patience: Int32 {
        guard work.isEmpty else { return 0 }
        guard let wake = pods.values.compactMap(\.machine.wake).min() else { return -1 }
        return Int32(clamping: Int(max(0, min((wake - clock.now) * 1000, 3_600_000)).rounded(.up)))
    }

    private func serve(_ source: Source, _ events: Int32) {
        switch source {
        case .listener: accept()
        case .client(let key): serveClient(key, events)
        case .program(let key): endProgram(of: key)
        case .pause(let uid):
            guard let run = pods[uid], let sandbox = run.sandbox,
                (try? sandbox.pause.wait(for: .zero)) ?? nil != nil
            else { return }
            handle(.sandboxDied, of: uid)
            // Its pidfd would be ready for ever.
            run.lost = run.sandbox
            run.sandbox = nil
        case .container(let uid, let name): endContainer(name, of: uid)
        case .output(let uid, let name, let stream):
            guard let run = pods[uid], let container = run.containers[name] else { return }
            if container.drain(stream) { pumpFollowers(of: uid, name) }
        }
    }
}
