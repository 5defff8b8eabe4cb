// A pod's life on a stage: a clock that the test moves, and a runtime that only writes down.

import Testing

@testable import Pods

/// Carries out the machine's orders by answering them with events, and remembers what it was asked for.
struct Stage {
    var machine: PodMachine
    private(set) var now: Timestamp = 1_000_000
    /// `start NAME RESTART`, `sandbox ATTEMPT`, `stop NAME`, `kill NAME`, `remove`, `finished`.
    private(set) var done: [String] = []
    private(set) var running: Set<String> = []
    /// Containers that cannot be started, and why.
    var failures: [String: StartFailure] = [:]
    var sandboxFailure: String?
    private var pid: Int32 = 100

    init(_ spec: PodSpec, scale: Double = 1, preparing: (inout Stage) -> Void = { _ in }) {
        machine = PodMachine(uid: "u", spec: spec, at: now, scale: scale)
        preparing(&self)
        send(.tick)
    }

    init(recovering pod: Pod) {
        machine = PodMachine(recovering: pod, at: now)
        send(.tick)
    }

    mutating func send(_ event: PodEvent) { carryOut(machine.handle(event, at: now)) }

    mutating func update(to spec: PodSpec) {
        carryOut(machine.update(to: spec, at: now) ?? [])
        send(.tick)
    }

    private mutating func carryOut(_ orders: [PodOrder]) {
        for order in orders {
            pid += 1
            switch order {
            case .startSandbox(let attempt):
                done.append("sandbox \(attempt)")
                if let sandboxFailure {
                    send(.sandboxFailed(message: sandboxFailure))
                } else {
                    send(.sandboxStarted(pid: pid, address: "10.244.0.2", hostAddress: "10.244.0.1"))
                }
            case .startContainer(let name, let restart):
                done.append("start \(name) \(restart)")
                if let failure = failures[name] {
                    send(.containerFailed(name, failure))
                } else {
                    running.insert(name)
                    send(.containerStarted(name, id: "\(name)-\(restart)", pid: pid, imageID: "sha256:0"))
                }
            case .stop(let name): done.append("stop \(name)")
            case .kill(let name):
                done.append("kill \(name)")
                if running.contains(name) { end(name, ContainerEnd(signal: 9)) }
            case .removeSandbox(let keeping): done.append(keeping ? "remove, keeping volumes" : "remove")
            case .finished: done.append("finished")
            }
        }
    }

    mutating func end(_ name: String, _ end: ContainerEnd) {
        running.remove(name)
        send(.containerExited(name, end))
    }

    mutating func end(_ name: String, code: Int32 = 0) { end(name, ContainerEnd(exitCode: code)) }

    mutating func endPause() { send(.sandboxDied) }

    /// Time passes; whatever is due happens when it is due, never later.
    mutating func pass(_ seconds: Double) {
        let end = now + seconds
        while let wake = machine.wake, wake <= end {
            now = max(now, wake)
            let before = machine
            send(.tick)
            // A wake that changes nothing would be a loop of the agent.
            precondition(machine.wake != before.wake, "the machine wants to be woken again at \(wake)")
        }
        now = end
    }

    mutating func take() -> [String] {
        defer { done = [] }
        return done
    }

    var status: PodStatus { machine.pod.status }

    func reason(_ name: String) -> String {
        switch (status.initContainers + status.containers).first(where: { $0.name == name })?.state {
        case .waiting(let reason, _): reason
        case .terminated(let end): end.reason
        case .running: "Running"
        case nil: "none"
        }
    }

    static func spec(
        _ containers: String..., policy: RestartPolicy = .always, initContainers: [String] = []
    ) -> PodSpec {
        var spec = PodSpec(
            metadata: PodMetadata(name: "p"), containers: containers.map { ContainerSpec(name: $0, image: "busybox") })
        spec.initContainers = initContainers.map { ContainerSpec(name: $0, image: "busybox") }
        spec.restartPolicy = policy
        return spec
    }
}
