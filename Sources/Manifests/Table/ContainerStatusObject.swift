// containerStatuses: what became of each container.

import Pods

extension ContainerStatus {
    var objectValue: ObjectValue {
        var value: ObjectValue = [
            "name": .text(name), "image": .text(image), "imageID": .text(imageID ?? ""),
            "ready": .flag(isReady), "restartCount": .integer(Int64(restartCount)),
            "state": state.objectValue,
            "lastState": lastTermination.map { ["terminated": $0.objectValue] } ?? [:],
        ]
        value["containerID"] = containerID.map(ObjectValue.text)
        if case .running = state { value["started"] = true } else { value["started"] = false }
        return value
    }
}

extension ContainerState {
    fileprivate var objectValue: ObjectValue {
        switch self {
        case .waiting(let reason, let message):
            var value: ObjectValue = ["reason": .text(reason)]
            value["message"] = message.map(ObjectValue.text)
            return ["waiting": value]
        case .running(let start, _): return ["running": ["startedAt": .text(rfc3339(start))]]
        case .terminated(let end): return ["terminated": end.objectValue]
        }
    }
}

extension ContainerTermination {
    fileprivate var objectValue: ObjectValue {
        var value: ObjectValue = [
            "exitCode": .integer(Int64(exitCode)), "reason": .text(reason),
            "finishedAt": .text(rfc3339(finishedAt)),
        ]
        value["signal"] = signal.map { .integer(Int64($0)) }
        value["message"] = message.map(ObjectValue.text)
        value["startedAt"] = startedAt.map { .text(rfc3339($0)) }
        value["containerID"] = containerID.map(ObjectValue.text)
        return value
    }
}
