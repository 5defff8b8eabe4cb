// The agent gives logs: what is there, and what comes while somebody follows.

import Pods

extension Agent {
    func reader(for request: LogRequest) throws -> LogReader {
        guard let run = pods[request.uid] else { throw Refusal.noPod(request.uid) }
        let restart = try run.pod.logRestart(of: request.container, previous: request.previous)
        let folder = LogFolder(logs: logs, pod: run.pod, container: request.container)
        return LogReader(
            folder, restart: restart, tail: request.tail, withTimes: request.timestamps, since: request.since)
    }

    func pumpFollowers(of uid: String, _ container: String) {
        for client in clients.values {
            guard case .reading(_, let request) = client.activity, request.uid == uid, request.container == container
            else { continue }
            pump(client)
        }
    }

    /// Gives a client as much of a log as it takes now.
    func pump(_ client: AgentClient) {
        guard case .reading(let reader, let request) = client.activity else { return }
        while client.socket.backlog < 256 << 10 {
            let bytes = reader.next()
            if bytes.isEmpty {
                let isOpen = pods[request.uid]?.containers[request.container]?.log.restart == reader.restart
                guard !request.follow || !isOpen else { break }
                client.activity = .idle
                return reply(.done, to: client)
            }
            client.socket.queue(data: bytes)
        }
        try? client.socket.flush()
    }
}
