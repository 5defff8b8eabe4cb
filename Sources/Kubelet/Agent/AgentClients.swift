// The agent and its clients: who connects, what is asked for, and what is answered when.

import FoundationEssentials
import Glibc
import Pods

extension Agent {
    private static let podLimit = 512

    func accept() {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        clients[descriptor] = AgentClient(FrameSocket(descriptor))
    }

    func serveClient(_ key: Int32, _ events: Int32) {
        guard let client = clients[key] else { return }
        do {
            if events & POLLOUT != 0 {
                try client.socket.flush()
                pump(client)
            }
            if events & ~POLLOUT != 0 {
                while let frame = try client.socket.receive() { try serve(frame, of: client) }
            }
            try client.socket.flush()
        } catch {
            client.end()
            clients[key] = nil
        }
    }

    func reply(_ reply: Reply, to client: AgentClient) {
        do {
            try client.socket.queue(reply)
            try client.socket.flush()
        } catch {
            // Whoever has hung up is noticed by the next poll.
        }
    }

    private func serve(_ frame: Frame, of client: AgentClient) throws {
        switch (frame, client.activity) {
        case (.message(let data), .idle):
            let request: Request
            do { request = try JSONDecoder().decode(Request.self, from: data) } catch {
                throw WireError.malformed("\(error)")
            }
            do { try serve(request, of: client) } catch let refusal as Refusal { reply(.refused(refusal), to: client) }
        case (.descriptor(let passed), .awaitingStreams(let request, let before)):
            let streams = before + [passed]
            client.activity = .awaitingStreams(request, streams)
            guard streams.count == 3 else { return }
            do { try startProgram(request, streams, of: client) } catch let refusal as Refusal {
                client.end()
                reply(.refused(refusal), to: client)
            }
        case (.descriptor(let passed), _):
            close(passed)
            throw WireError.malformed("a descriptor that nobody waits for")
        default: throw WireError.malformed("a request before the last was answered")
        }
    }

    private func serve(_ request: Request, of client: AgentClient) throws {
        switch request {
        case .list:
            reply(.pods(pods.values.map(\.pod).sorted { ($0.spec.name, $0.uid) < ($1.spec.name, $1.uid) }), to: client)
        case .apply(let spec): try apply(spec, of: client)
        case .delete(let uid, let grace):
            guard pods[uid] != nil else { throw Refusal.noPod(uid) }
            handle(.delete(grace: grace), of: uid)
            reply(.done, to: client)
        case .awaitStart(let uids):
            client.activity = .awaitingStart(Set(uids))
            answerWaiting()
        case .awaitNone:
            client.activity = .awaitingNone
            answerWaiting()
        case .awaitEnd(let uids):
            client.activity = .awaitingEnd(Set(uids))
            answerWaiting()
        case .logs(let request):
            client.activity = .reading(try reader(for: request), request)
            pump(client)
        case .exec(let request):
            if request.terminal != nil { return try startOnTerminal(request, of: client) }
            // Whatever the answer will be, three descriptors are on their way.
            client.activity = .awaitingStreams(request, [])
        }
    }

    private func apply(_ spec: PodSpec, of client: AgentClient) throws {
        guard !spec.containers.isEmpty else { throw Refusal(.invalid, "the pod \"\(spec.name)\" has no containers") }
        let before = pods.values.first {
            $0.pod.spec.name == spec.name && $0.pod.spec.metadata.namespace == spec.metadata.namespace
        }
        let warnings = runtime.warnings(spec)
        if let before {
            guard before.pod.status.deletionTime == nil else {
                throw Refusal(
                    .conflict,
                    "Error from server (AlreadyExists): object is being deleted: pods \"\(spec.name)\" already exists")
            }
            if before.pod.spec == spec {
                return reply(.applied(before.pod, .unchanged, warnings: warnings), to: client)
            }
            guard let orders = before.machine.update(to: spec, at: clock.now) else {
                throw Refusal(
                    .invalid,
                    "The Pod \"\(spec.name)\" is invalid: spec: Forbidden: pod updates may not change fields other than"
                        + " `spec.containers[*].image`, `spec.initContainers[*].image`, labels and annotations: delete the pod"
                        + " first")
            }
            record(before)
            work += orders.map { (before.pod.uid, $0) }
            handle(.tick, of: before.pod.uid)
            return reply(.applied(before.pod, .configured, warnings: warnings), to: client)
        }
        guard pods.count < Self.podLimit else {
            throw Refusal(.conflict, "Error from server (Forbidden): this node takes at most \(Self.podLimit) pods")
        }
        let uid = UUID().uuidString.lowercased()
        let run = PodRun(PodMachine(uid: uid, spec: spec, node: node, at: clock.now, scale: scale))
        pods[uid] = run
        handle(.tick, of: uid)
        guard run.recorded != nil else {
            pods[uid] = nil
            work.removeAll { $0.uid == uid }
            throw Refusal(.system, "the pod \"\(spec.name)\" cannot be recorded in \(ledger.folder)")
        }
        reply(.applied(run.pod, .created, warnings: warnings), to: client)
    }

    func answerWaiting() {
        for client in clients.values {
            switch client.activity {
            case .awaitingStart(let uids):
                let there = pods.values.map(\.pod).filter { uids.contains($0.uid) }
                guard there.allSatisfy(\.hasStartedOrFailed) else { continue }
                client.activity = .idle
                reply(.pods(there), to: client)
            case .awaitingEnd(let uids) where uids.allSatisfy({ pods[$0] == nil }):
                client.activity = .idle
                reply(.done, to: client)
            default: continue
            }
        }
        guard pods.isEmpty else { return }
        // Last, because whoever waits for this ends the agent.
        for client in clients.values {
            guard case .awaitingNone = client.activity else { continue }
            client.activity = .idle
            reply(.done, to: client)
        }
    }
}
