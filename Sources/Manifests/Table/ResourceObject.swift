// Resources and volumes, as objects of the API.

import Pods

extension ResourceRequirements {
    var objectValue: ObjectValue {
        var value: ObjectValue = [:]
        value["limits"] = limits.objectValue
        value["requests"] = requests.objectValue
        return value
    }
}

extension ResourceAmounts {
    /// As Kubernetes writes quantities.
    var cpuText: String? { cpuMillis.map { $0 % 1000 == 0 ? "\($0 / 1000)" : "\($0)m" } }
    var memoryText: String? { memory.map(Self.bytes) }

    fileprivate var objectValue: ObjectValue? {
        var value: [String: ObjectValue] = [:]
        value["cpu"] = cpuText.map(ObjectValue.text)
        value["memory"] = memoryText.map(ObjectValue.text)
        return value.isEmpty ? nil : .object(value)
    }

    /// With the largest binary suffix that loses nothing, as Kubernetes writes quantities that were given so.
    static func bytes(_ amount: UInt64) -> String {
        for (power, suffix) in [(60, "Ei"), (50, "Pi"), (40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")]
        where amount > 0 && amount % (1 << UInt64(power)) == 0 {
            return "\(amount >> UInt64(power))\(suffix)"
        }
        return "\(amount)"
    }
}

extension Volume {
    var objectValue: ObjectValue {
        var value: ObjectValue = ["name": .text(name)]
        switch source {
        case .emptyDirectory(let inMemory, let limit):
            var empty: ObjectValue = [:]
            if inMemory { empty["medium"] = "Memory" }
            empty["sizeLimit"] = limit.map { .text(ResourceAmounts.bytes($0)) }
            value["emptyDir"] = empty
        case .hostPath(let path, let type):
            value["hostPath"] = ["path": .text(path), "type": .text(type.rawValue)]
        case .configMap(let map, _, let items, let isOptional):
            var object: ObjectValue = ["name": .text(map)]
            object["items"] = items.map { .list($0.map { ["key": .text($0.key), "path": .text($0.path)] }) }
            if isOptional { object["optional"] = true }
            value["configMap"] = object
        }
        return value
    }
}
