// The agent runs commands in containers for its clients.

import Isolation
import Pods

extension Agent {
    private func container(of request: ExecRequest) throws -> any RunningContainer {
        guard let run = pods[request.uid] else { throw Refusal.noPod(request.uid) }
        try run.pod.requireContainer(request.container)
        if run.pod.status.phase == .succeeded || run.pod.status.phase == .failed {
            throw Refusal(
                .badRequest,
                "error: cannot exec into a container in a completed pod; current phase is \(run.pod.status.phase.rawValue)"
            )
        }
        guard let container = run.containers[request.container]?.container else {
            throw Refusal(
                .badRequest, "error: unable to upgrade connection: container not found (\"\(request.container)\")")
        }
        return container
    }

    func startProgram(_ request: ExecRequest, _ streams: [Int32], of client: AgentClient) throws {
        let child = try container(of: request).exec(
            request.command,
            streams: StandardStreams(
                input: .descriptor(streams[0]), output: .descriptor(streams[1]), error: .descriptor(streams[2])))
        client.end()
        client.activity = .executing(child)
        reply(.started, to: client)
    }

    func startOnTerminal(_ request: ExecRequest, of client: AgentClient) throws {
        guard let size = request.terminal else { return }
        let (child, master) = try container(of: request).exec(
            request.command, terminal: size, name: request.terminalName)
        client.activity = .executing(child)
        try client.socket.queue(Reply.started)
        client.socket.queue(descriptor: master)
        try client.socket.flush()
    }

    func endProgram(of key: Int32) {
        guard let client = clients[key], case .executing(let child) = client.activity,
            let status = (try? child.wait(for: .zero)) ?? nil
        else { return }
        client.end()
        switch status {
        case .exited(let code): reply(.exited(code), to: client)
        case .signaled(let number): reply(.exited(128 + number), to: client)
        }
    }
}
