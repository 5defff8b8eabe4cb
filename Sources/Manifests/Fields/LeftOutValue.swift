// The values of fields that podlab leaves out: what Kubernetes would refuse is refused here, and what asks for nothing is not told of.

import StrictYAML

/// What a field's value must be.
enum FieldKind {
    case flag
    case text
    case word([String])
    case number(ClosedRange<Int64>)
    /// Permission bits of a file.
    case mode
    /// A number or the name of a port.
    case port
    case list
    case texts
    case object

    /// By the name that the field has in every object.
    static let all: [String: FieldKind] = {
        var kinds: [String: FieldKind] = [:]
        func add(_ kind: FieldKind, _ names: String...) { for name in names { kinds[name] = kind } }
        add(
            .flag, "hostNetwork", "hostPID", "hostIPC", "hostUsers", "automountServiceAccountToken",
            "setHostnameAsFQDN",
            "enableServiceLinks", "stdin", "stdinOnce", "tty", "privileged", "runAsNonRoot", "immutable", "optional",
            "readOnly")
        add(
            .text, "nodeName", "schedulerName", "serviceAccountName", "serviceAccount", "priorityClassName",
            "runtimeClassName", "subdomain", "hostnameOverride", "hostIP", "subPathExpr", "secretName", "claimName",
            "reference", "host", "scheme", "localhostProfile", "server", "topologyKey", "ip")
        add(.word(["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]), "dnsPolicy")
        add(.word(["Never", "PreemptLowerPriority"]), "preemptionPolicy")
        add(.word(["FallbackToLogsOnError", "File"]), "terminationMessagePolicy")
        add(.word(["Bidirectional", "HostToContainer", "None"]), "mountPropagation")
        add(.word(["Disabled", "Enabled", "IfPossible"]), "recursiveReadOnly")
        add(.word(["Default", "Unmasked"]), "procMount")
        add(.word(["Always", "OnRootMismatch"]), "fsGroupChangePolicy")
        add(.word(["Merge", "Strict"]), "supplementalGroupsPolicy")
        add(.word(["MountOption", "Recursive"]), "seLinuxChangePolicy")
        add(.number(1...Int64(Int32.max)), "activeDeadlineSeconds")
        add(.number(Int64(Int32.min)...Int64(Int32.max)), "priority")
        add(.number(0...Int64(Int32.max)), "fsGroup")
        add(.number(0...65535), "hostPort")
        add(
            .number(0...Int64(Int32.max)), "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
            "failureThreshold")
        add(.number(1...Int64(Int32.max)), "maxSkew", "minDomains")
        add(.mode, "defaultMode", "mode")
        add(.port, "port")
        add(
            .list, "imagePullSecrets", "tolerations", "hostAliases", "topologySpreadConstraints", "readinessGates",
            "schedulingGates", "sysctls", "volumeDevices", "ownerReferences", "resourceClaims", "claims", "items",
            "sources", "httpHeaders", "restartPolicyRules", "resizePolicy", "ephemeralContainers", "supplementalGroups")
        add(.texts, "finalizers", "command", "nameservers", "searches", "hostnames")
        add(
            .object, "nodeSelector", "affinity", "dnsConfig", "seLinuxOptions", "seccompProfile", "appArmorProfile",
            "windowsOptions", "overhead", "os", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe",
            "secretKeyRef", "resourceFieldRef", "fileKeyRef", "secretRef", "exec", "httpGet", "tcpSocket", "grpc",
            "postStart", "preStop", "sleep", "nodeAffinity", "podAffinity", "podAntiAffinity", "labelSelector",
            "resources")
        for name in FieldTable.volume.absent.keys { kinds[name] = .object }
        return kinds
    }()

    /// What Kubernetes fills in itself where a field is missing, so that it asks for nothing that podlab does not do. What is empty never
    /// does. Beside them stands what a cluster's own defaults add to every pod.
    static let defaults: [String: ScalarMeaning] = [
        "hostUsers": .flag(true), "enableServiceLinks": .flag(true), "automountServiceAccountToken": .flag(false),
        "dnsPolicy": .text("ClusterFirst"), "schedulerName": .text("default-scheduler"),
        "serviceAccountName": .text("default"), "serviceAccount": .text("default"),
        "preemptionPolicy": .text("PreemptLowerPriority"), "priority": .integer(0),
        "terminationMessagePolicy": .text("File"), "mountPropagation": .text("None"),
        "recursiveReadOnly": .text("Disabled"),
        "procMount": .text("Default"), "defaultMode": .integer(0o644), "mode": .integer(0o644), "hostPort": .integer(0),
        // The name that podlab's nodes have.
        "nodeName": .text("node"),
    ]
}

extension ObjectFields {
    /// Holds a value that podlab does nothing with against what Kubernetes takes.
    /// - Returns: whether the pod would be another one in Kubernetes for it; false too where it is wrong, which has been said.
    func isLeftOut(_ name: String, _ node: Node) -> Bool {
        guard !node.isNull, let kind = FieldKind.all[name] else { return !node.isNull }
        let path = child(name)
        switch (kind, node) {
        case (.flag, _):
            guard let value = node.manifestFlag else { return refuse(node, path, "true or false") }
            return FieldKind.defaults[name].map { $0 != .flag(value) } ?? value
        case (.text, _), (.word, _):
            guard let text = node.manifestText else { return refuse(node, path, "text") }
            if text.isEmpty || FieldKind.defaults[name] == .text(text) { return false }
            if case .word(let words) = kind { return word(name, of: words) != nil }
            return true
        case (.number(let range), _):
            guard let value = node.manifestInteger else { return refuse(node, path, "a whole number") }
            guard range.contains(value) else {
                let words =
                    range.upperBound == Int64(Int32.max)
                    ? "must be greater than or equal to \(range.lowerBound)"
                    : "must be between \(range.lowerBound) and \(range.upperBound), inclusive"
                invalid(name, value: "\(value)", words)
                return false
            }
            return FieldKind.defaults[name] != .integer(value)
        case (.mode, _):
            guard let value = node.manifestInteger else { return refuse(node, path, "a whole number") }
            guard 0...0o777 ~= value else {
                invalid(
                    name, value: "\(value)",
                    "must be a number between 0 and 0777 (octal), both inclusive (a leading zero makes a number octal: 0644)"
                )
                return false
            }
            return FieldKind.defaults[name] != .integer(value)
        case (.port, _):
            if node.manifestText != nil { return true }
            guard let value = node.manifestInteger else { return refuse(node, path, "a number or the name of a port") }
            guard 1...65535 ~= value else {
                invalid(name, value: "\(value)", "must be between 1 and 65535, inclusive")
                return false
            }
            return true
        // Those are refused.
        case (.list, .sequence) where name == "ephemeralContainers": return false
        case (.list, .sequence(let entries)): return !entries.isEmpty && !isDefault(name, entries)
        case (.texts, .sequence(let entries)):
            for (index, entry) in entries.enumerated() where entry.manifestText == nil && !entry.isNull {
                wrongType(entry, at: "\(path)[\(index)]", expected: "text")
            }
            return !entries.isEmpty
        case (.list, _), (.texts, _): return refuse(node, path, "a list")
        // An object without fields may still be one kind of volume, or a probe.
        case (.object, .mapping(let mapping)): return !mapping.isEmpty || !Self.emptyIsNothing.contains(name)
        case (.object, _): return refuse(node, path, "an object")
        }
    }

    private static let emptyIsNothing: Set = [
        "nodeSelector", "affinity", "dnsConfig", "seLinuxOptions", "windowsOptions", "overhead", "lifecycle",
        "resources",
    ]

    private func refuse(_ node: Node, _ path: String, _ expected: String) -> Bool {
        wrongType(node, at: path, expected: expected)
        return false
    }

    /// The tolerations that the API server gives to every pod.
    private func isDefault(_ name: String, _ entries: Node.Sequence) -> Bool {
        guard name == "tolerations" else { return false }
        return entries.allSatisfy { entry in
            let key = entry.mapping?["key"]?.scalar?.string
            return ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].contains(key)
        }
    }
}
