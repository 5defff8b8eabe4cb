// A pod as an object of the API, with the names of v1/Pod.

import Pods

extension Pod {
    var objectValue: ObjectValue {
        [
            "apiVersion": "v1", "kind": "Pod", "metadata": metadataValue, "spec": specValue,
            "status": statusValue,
        ]
    }

    private var metadataValue: ObjectValue {
        var value: ObjectValue = [
            "name": .text(spec.name), "namespace": .text(spec.metadata.namespace), "uid": .text(uid),
            "creationTimestamp": .text(rfc3339(creationTime)),
        ]
        value["labels"] = .texts(spec.metadata.labels)
        var annotations = spec.metadata.annotations
        annotations[ConfigMapAnnotation.key] = ConfigMapAnnotation(spec.volumes)?.text
        value["annotations"] = .texts(annotations)
        if let deletion = status.deletionTime {
            // The API's deletionTimestamp is the moment at which the grace period ends.
            let grace = spec.terminationGracePeriodSeconds
            value["deletionTimestamp"] = .text(rfc3339(deletion + Double(grace)))
            value["deletionGracePeriodSeconds"] = .integer(Int64(grace))
        }
        return value
    }

    private var specValue: ObjectValue {
        var value = spec.objectValue
        value["nodeName"] = status.nodeName.map(ObjectValue.text)
        return value
    }

    private var statusValue: ObjectValue {
        var value: ObjectValue = [
            "phase": .text(status.phase.rawValue), "qosClass": .text(spec.qualityOfService),
        ]
        value["conditions"] = .list(PodConditions(self).all.map(\.objectValue))
        value["containerStatuses"] = .nonEmpty(status.containers.map(\.objectValue))
        value["initContainerStatuses"] = .nonEmpty(status.initContainers.map(\.objectValue))
        value["reason"] = status.reason.map(ObjectValue.text)
        value["message"] = status.message.map(ObjectValue.text)
        value["startTime"] = status.startTime.map { .text(rfc3339($0)) }
        value["hostIP"] = status.hostIP.map(ObjectValue.text)
        value["hostIPs"] = status.hostIP.map { .list([["ip": .text($0)]]) }
        value["podIP"] = status.podIP.map(ObjectValue.text)
        value["podIPs"] = status.podIP.map { .list([["ip": .text($0)]]) }
        return value
    }
}

extension ObjectValue {
    /// Nil for none: the API leaves empty objects out.
    static func texts(_ texts: [String: String]) -> ObjectValue? {
        texts.isEmpty ? nil : .object(texts.mapValues(ObjectValue.text))
    }

    static func nonEmpty(_ entries: [ObjectValue]) -> ObjectValue? {
        entries.isEmpty ? nil : .list(entries)
    }
}

extension PodSpec {
    /// The class by which the kernel's OOM killer and an eviction choose. See "Pod Quality of Service Classes" of Kubernetes.
    var qualityOfService: String {
        let all = (initContainers + containers).map(\.resources)
        if all.allSatisfy({ $0.limits.isEmpty && $0.requests.isEmpty }) { return "BestEffort" }
        let isGuaranteed = all.allSatisfy {
            $0.limits.cpuMillis != nil && $0.limits.memory != nil && $0.limits == $0.requests
        }
        return isGuaranteed ? "Guaranteed" : "Burstable"
    }
}

extension ResourceAmounts {
    var isEmpty: Bool { (cpuMillis ?? 0) == 0 && (memory ?? 0) == 0 }
}
