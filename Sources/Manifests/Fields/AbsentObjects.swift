// The objects inside fields that podlab leaves out, so that a slip in them is found here and not by the cluster.

extension FieldTable {
    /// A table of names alone, with those of the objects inside.
    private init(_ name: String, _ fields: [String], parts: [String: FieldTable] = [:]) {
        self.init(name: name, read: fields, parts: parts)
    }

    private static let exec = FieldTable("ExecAction", ["command"])
    private static let httpGet = FieldTable(
        "HTTPGetAction", ["path", "port", "host", "scheme", "httpHeaders"],
        parts: ["httpHeaders": FieldTable("HTTPHeader", ["name", "value"])])
    private static let tcpSocket = FieldTable("TCPSocketAction", ["port", "host"])

    static let probe = FieldTable(
        "Probe",
        [
            "exec", "httpGet", "tcpSocket", "grpc", "initialDelaySeconds", "timeoutSeconds", "periodSeconds",
            "successThreshold", "failureThreshold", "terminationGracePeriodSeconds",
        ],
        parts: [
            "exec": exec, "httpGet": httpGet, "tcpSocket": tcpSocket,
            "grpc": FieldTable("GRPCAction", ["port", "service"]),
        ])

    private static let handler = FieldTable(
        "LifecycleHandler", ["exec", "httpGet", "tcpSocket", "sleep"],
        parts: [
            "exec": exec, "httpGet": httpGet, "tcpSocket": tcpSocket, "sleep": FieldTable("SleepAction", ["seconds"]),
        ])
    static let lifecycle = FieldTable(
        "Lifecycle", ["postStart", "preStop", "stopSignal"], parts: ["postStart": handler, "preStop": handler])

    static let toleration = FieldTable("Toleration", ["key", "operator", "value", "effect", "tolerationSeconds"])
    static let hostAlias = FieldTable("HostAlias", ["ip", "hostnames"])
    static let localReference = FieldTable("LocalObjectReference", ["name"])
    static let dnsConfig = FieldTable(
        "PodDNSConfig", ["nameservers", "searches", "options"],
        parts: ["options": FieldTable("PodDNSConfigOption", ["name", "value"])])
    static let topologySpread = FieldTable(
        "TopologySpreadConstraint",
        [
            "maxSkew", "topologyKey", "whenUnsatisfiable", "labelSelector", "minDomains", "nodeAffinityPolicy",
            "nodeTaintsPolicy", "matchLabelKeys",
        ], parts: ["labelSelector": labelSelector])
    private static let labelSelector = FieldTable(
        "LabelSelector", ["matchLabels", "matchExpressions"],
        parts: ["matchExpressions": FieldTable("LabelSelectorRequirement", ["key", "operator", "values"])])

    static let affinity = FieldTable(
        "Affinity", ["nodeAffinity", "podAffinity", "podAntiAffinity"],
        parts: [
            "nodeAffinity": FieldTable("NodeAffinity", affinityRules),
            "podAffinity": FieldTable("PodAffinity", affinityRules),
            "podAntiAffinity": FieldTable("PodAntiAffinity", affinityRules),
        ])
    private static let affinityRules = [
        "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution",
    ]

    static let seccompProfile = FieldTable("SeccompProfile", ["type", "localhostProfile"])
    static let appArmorProfile = FieldTable("AppArmorProfile", ["type", "localhostProfile"])
    static let seLinuxOptions = FieldTable("SELinuxOptions", ["user", "role", "type", "level"])
    static let sysctl = FieldTable("Sysctl", ["name", "value"])

    private static let keyItem = FieldTable("KeyToPath", ["key", "path", "mode"])
    static let secretVolume = FieldTable(
        "SecretVolumeSource", ["secretName", "items", "defaultMode", "optional"], parts: ["items": keyItem])
    static let claimVolume = FieldTable("PersistentVolumeClaimVolumeSource", ["claimName", "readOnly"])
    static let imageVolume = FieldTable("ImageVolumeSource", ["reference", "pullPolicy"])
    static let nfsVolume = FieldTable("NFSVolumeSource", ["server", "path", "readOnly"])
    static let projectedVolume = FieldTable("ProjectedVolumeSource", ["sources", "defaultMode"])
    static let downwardVolume = FieldTable("DownwardAPIVolumeSource", ["items", "defaultMode"])
    static let secretKey = FieldTable("SecretKeySelector", ["name", "key", "optional"])
    static let resourceField = FieldTable("ResourceFieldSelector", ["containerName", "resource", "divisor"])
    static let secretReference = FieldTable("SecretEnvSource", ["name", "optional"])
}
