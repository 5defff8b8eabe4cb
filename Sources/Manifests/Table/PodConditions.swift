// status.conditions, worked out from the containers' states as the kubelet does.

import Pods

struct PodCondition {
    var type: String
    var isTrue: Bool
    var reason: String?
    var message: String?
    /// When it became so, as far as the states tell.
    var since: Timestamp

    var objectValue: ObjectValue {
        var value: ObjectValue = [
            "type": .text(type), "status": .text(isTrue ? "True" : "False"),
            "lastTransitionTime": .text(rfc3339(since)),
        ]
        value["reason"] = reason.map(ObjectValue.text)
        value["message"] = message.map(ObjectValue.text)
        return value
    }
}

struct PodConditions {
    let all: [PodCondition]

    init(_ pod: Pod) {
        let start = pod.status.startTime ?? pod.creationTime
        let unfinished = pod.status.initContainers.filter { !$0.isComplete }
        let isInitialized =
            unfinished.isEmpty && pod.status.initContainers.count == pod.spec.initContainers.count
        let initialized = pod.status.initContainers.compactMap(\.changedAt).max() ?? start
        let unready = pod.status.containers.filter { !$0.isReady }
        let isReady = unready.isEmpty && pod.status.containers.count == pod.spec.containers.count
        let changed = pod.status.containers.compactMap(\.changedAt).max() ?? start
        let isOver = pod.status.phase == .succeeded

        func condition(
            _ type: String, _ isTrue: Bool, since: Timestamp, _ reason: String, _ message: String?
        ) -> PodCondition {
            PodCondition(
                type: type, isTrue: isTrue, reason: isTrue ? nil : reason, message: isTrue ? nil : message,
                since: since)
        }
        let reason = isOver ? "PodCompleted" : "ContainersNotReady"
        let message = isOver ? nil : Self.words("unready status", unready.map(\.name))
        all = [
            condition("PodReadyToStartContainers", pod.status.podIP != nil, since: start, "", nil),
            condition(
                "Initialized", isInitialized, since: isInitialized ? initialized : start,
                "ContainersNotInitialized",
                Self.words("incomplete status", unfinished.map(\.name))),
            condition("Ready", isReady, since: changed, reason, message),
            condition("ContainersReady", isReady, since: changed, reason, message),
            condition("PodScheduled", true, since: pod.creationTime, "", nil),
        ]
    }

    private static func words(_ what: String, _ names: [String]) -> String {
        "containers with \(what): [\(names.joined(separator: " "))]"
    }
}

extension ContainerStatus {
    fileprivate var isComplete: Bool {
        if case .terminated(let end) = state { end.exitCode == 0 } else { false }
    }

    fileprivate var changedAt: Timestamp? {
        switch state {
        case .waiting: lastTermination?.finishedAt
        case .running(let start, _): start
        case .terminated(let end): end.finishedAt
        }
    }
}
