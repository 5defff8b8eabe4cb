// All about one pod, in the order of `kubectl describe pod`.

import FoundationEssentials
import Glibc
import Pods
import Text

package struct PodDescription {
    private let pod: Pod
    private var lines: [String] = []

    package init(_ pod: Pod) {
        self.pod = pod
        describe()
    }

    /// Safe to print, whatever a pod says of itself.
    package var text: String { terminalSafe(lines.joined(separator: "\n") + "\n", keepingNewlines: true) }

    private mutating func add(_ name: String, _ value: String?, indent: Int = 0) {
        guard let value else { return }
        let label = String(repeating: " ", count: indent) + name + ":"
        lines.append(
            value.isEmpty
                ? label : label.padded(to: max(label.count + 1, 18)) + value)
    }

    private mutating func describe() {
        let status = pod.status
        add("Name", pod.spec.name)
        add("Namespace", pod.spec.metadata.namespace)
        add("UID", pod.uid)
        add("Node", status.nodeName.map { name in status.hostIP.map { "\(name)/\($0)" } ?? name } ?? "<none>")
        add("Start Time", status.startTime.map(Self.time))
        let labels = pod.spec.metadata.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        add("Labels", labels.isEmpty ? "<none>" : labels.joined(separator: ", "))
        add(
            "Status",
            status.deletionTime == nil
                ? status.phase.rawValue : "Terminating (since \(Self.time(status.deletionTime ?? 0)))")
        add("Reason", status.reason)
        add("Message", status.message)
        add("IP", status.podIP ?? "<none>")
        add("Sandbox", status.sandbox.map { "pause is process \($0.pid) of the node, attempt \($0.attempt)" })
        if !status.initContainers.isEmpty {
            add("Init Containers", "")
            for (spec, status) in zip(pod.spec.initContainers, status.initContainers) { add(spec, status) }
        }
        add("Containers", "")
        for (spec, status) in zip(pod.spec.containers, status.containers) { add(spec, status) }
        lines.append("Conditions:")
        let conditions = PodConditions(pod).all.map { ($0.type, $0.isTrue ? "True" : "False") }
        let width = max(18, (conditions.map(\.0.count).max() ?? 0) + 2)
        for (type, state) in [("Type", "Status")] + conditions {
            lines.append("  " + type.padded(to: width) + state)
        }
        let volumes = pod.spec.volumes.map { volume in
            switch volume.source {
            case .emptyDirectory: "\(volume.name) (emptyDir)"
            case .hostPath(let path, _): "\(volume.name) (hostPath \(path))"
            case .configMap(let name, _, _, _): "\(volume.name) (configMap \(name))"
            }
        }
        add("Volumes", volumes.isEmpty ? "<none>" : volumes.joined(separator: ", "))
        add("QoS Class", pod.spec.qualityOfService)
        add("Restart Policy", pod.spec.restartPolicy.rawValue)
    }

    private mutating func add(_ spec: ContainerSpec, _ status: ContainerStatus) {
        add(spec.name, "", indent: 2)
        add("Container ID", status.containerID, indent: 4)
        add("Image", spec.image, indent: 4)
        add("Image ID", status.imageID, indent: 4)
        let ports = spec.ports.map { "\($0.containerPort)/\($0.transport)" }
        add(ports.count > 1 ? "Ports" : "Port", ports.isEmpty ? "<none>" : ports.joined(separator: ", "), indent: 4)
        add("Command", spec.command.map { $0.joined(separator: " ") }, indent: 4)
        add("Args", spec.arguments.map { $0.joined(separator: " ") }, indent: 4)
        add("State", status.state, indent: 4)
        if let last = status.lastTermination { add("Last State", .terminated(last), indent: 4) }
        add("Ready", status.isReady ? "True" : "False", indent: 4)
        add("Restart Count", "\(status.restartCount)", indent: 4)
        add("Limits", spec.resources.limits, indent: 4)
        add("Requests", spec.resources.requests, indent: 4)
        let mounts = spec.volumeMounts.map { "\($0.mountPath) from \($0.name) (\($0.readOnly ? "ro" : "rw"))" }
        add("Mounts", mounts.isEmpty ? nil : mounts.joined(separator: ", "), indent: 4)
    }

    private mutating func add(_ name: String, _ state: ContainerState, indent: Int) {
        switch state {
        case .waiting(let reason, let message):
            add(name, "Waiting", indent: indent)
            add("Reason", reason, indent: indent + 2)
            add("Message", message, indent: indent + 2)
        case .running(let started, let pid):
            add(name, "Running", indent: indent)
            add("Started", Self.time(started), indent: indent + 2)
            add("Process", "\(pid) of the node", indent: indent + 2)
        case .terminated(let end):
            add(name, "Terminated", indent: indent)
            add("Reason", end.reason, indent: indent + 2)
            add("Message", end.message, indent: indent + 2)
            add("Exit Code", "\(end.exitCode)", indent: indent + 2)
            add("Signal", end.signal.map { "\($0)" }, indent: indent + 2)
            add("Started", end.startedAt.map(Self.time), indent: indent + 2)
            add("Finished", Self.time(end.finishedAt), indent: indent + 2)
        }
    }

    private mutating func add(_ name: String, _ amounts: ResourceAmounts, indent: Int) {
        let parts = [("cpu", amounts.cpuText), ("memory", amounts.memoryText)]
        guard parts.contains(where: { $0.1 != nil }) else { return }
        add(name, "", indent: indent)
        for (resource, amount) in parts { add(resource, amount, indent: indent + 2) }
    }

    private static func time(_ time: Timestamp) -> String {
        Date(timeIntervalSince1970: time).formatted(.iso8601)
    }
}
