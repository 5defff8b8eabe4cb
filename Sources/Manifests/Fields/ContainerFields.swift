// The fields of v1/Container and of the objects in it: those that podlab has, each a row, and those that it leaves out.

import Pods

extension ContainerSpec: PodObject {
    static let fields: [PodField<ContainerSpec>] = [
        PodField("name", read: ContainerReader.readName, printed: { .text($0.name) }),
        PodField("image", read: ContainerReader.readImage, printed: { .text($0.image) }),
        PodField("imagePullPolicy") { object, _, container in
            container.imagePullPolicy =
                object.word("imagePullPolicy", of: ["Always", "IfNotPresent", "Never"]) ?? container.defaultPullPolicy
        } printed: {
            .text($0.imagePullPolicy ?? $0.defaultPullPolicy)
        },
        .texts("command", \.command),
        .texts("args", \.arguments),
        .text("workingDir", \.workingDirectory),
        PodField("env") { object, context, container in
            container.environment = EnvironmentReader(context).read(object)
        } printed: {
            .nonEmpty($0.environment.map { ["name": .text($0.name), "value": .text($0.value)] })
        },
        // Its variables are those of `env` when the pod is there.
        .readElsewhere("envFrom"),
        PodField("ports") { object, context, container in
            container.ports = ContainerReader.ports(object, context)
        } printed: {
            .nonEmpty($0.ports.map(\.objectValue))
        },
        PodField("resources") { object, _, container in
            container.resources = ResourceReader.read(object)
        } printed: {
            $0.resources.objectValue
        },
        PodField("volumeMounts") { object, context, container in
            container.volumeMounts = ContainerReader.mounts(object, context)
        } printed: {
            .nonEmpty($0.volumeMounts.map(\.objectValue))
        },
        .object("securityContext", \.securityContext, .containerSecurityContext, isPrintedEmpty: false),
        // What it means depends on the list that the container stands in: the pod's fields read it.
        PodField("restartPolicy", printed: { $0.isSidecar ? "Always" : nil }),
        PodField("terminationMessagePath") { object, _, container in
            guard let path = object.text("terminationMessagePath"), !path.isEmpty else { return }
            container.terminationMessagePath = path
        } printed: {
            .text($0.terminationMessagePath)
        },
    ]
}

extension ContainerSecurityContext: PodObject {
    static let fields: [PodField<ContainerSecurityContext>] = [
        .id("runAsUser", \.runAsUser),
        .id("runAsGroup", \.runAsGroup),
        .flag("readOnlyRootFilesystem", \.readOnlyRootFilesystem),
        .group("capabilities", .capabilities, capabilities),
        .flag("allowPrivilegeEscalation", \.allowPrivilegeEscalation),
    ]

    static let capabilities: [PodField<ContainerSecurityContext>] = [
        capabilities("add", \.addedCapabilities),
        capabilities("drop", \.droppedCapabilities),
    ]

    private static func capabilities(
        _ name: String, _ part: WritableKeyPath<ContainerSecurityContext, [String]> & Sendable
    ) -> PodField<ContainerSecurityContext> {
        PodField(name) { object, _, security in
            security[keyPath: part] = ContainerReader.capabilities(object, name)
        } printed: {
            .nonEmpty($0[keyPath: part].map(ObjectValue.text))
        }
    }
}

extension ContainerPort: PodObject {
    static let fields: [PodField<ContainerPort>] = [
        .text("name", \.name, .portName),
        PodField("containerPort") { object, _, port in
            guard object.has("containerPort") else { return object.required("containerPort") }
            port.containerPort = object.integer("containerPort", in: 1...65535) ?? 0
        } printed: {
            .integer(Int64($0.containerPort))
        },
        PodField("protocol") { object, _, port in
            port.transport = object.word("protocol", of: ["TCP", "UDP", "SCTP"]) ?? "TCP"
        } printed: {
            .text($0.transport)
        },
    ]
}

extension VolumeMount: PodObject {
    static let fields: [PodField<VolumeMount>] = [
        PodField("name", read: ContainerReader.readVolume, printed: { .text($0.name) }),
        PodField("mountPath", read: ContainerReader.readMountPath, printed: { .text($0.mountPath) }),
        .flag("readOnly", \.readOnly),
        PodField("subPath", read: ContainerReader.readSubPath, printed: { $0.subPath.map(ObjectValue.text) }),
    ]
}

extension FieldTable {
    static let container = FieldTable(
        name: "Container",
        read: ContainerSpec.fields.map(\.name),
        absent: [
            "livenessProbe": "the kubelet would restart the container whenever this probe fails",
            "readinessProbe":
                "the pod would be ready, and get traffic of services, only while this probe succeeds",
            "startupProbe": "the other probes would wait until this one has succeeded",
            "lifecycle": "these hooks would run after the start and before the stop",
            "restartPolicyRules": "exit codes would decide about a restart",
            "resizePolicy": "this would decide whether new limits need a restart",
            "terminationMessagePolicy":
                "the end of the log would be the message of a failed container that wrote none",
            "volumeDevices": "raw block devices would be there",
            "stdin": "standard input would stay open, for `kubectl attach`",
            "stdinOnce": "standard input would be closed after the first `kubectl attach`",
            "tty": "the program would have a terminal",
        ],
        parts: ["livenessProbe": probe, "readinessProbe": probe, "startupProbe": probe, "lifecycle": lifecycle])

    static let containerSecurityContext = FieldTable(
        name: "SecurityContext",
        read: ContainerSecurityContext.fields.map(\.name),
        absent: [
            "privileged": "the container could do on the node what its root can do",
            "procMount": "`Unmasked` would leave all of /proc visible and writable",
        ].merging(sharedSecurity) { one, _ in one },
        parts: sharedSecurityParts)

    static let capabilities = FieldTable(
        name: "Capabilities", read: ContainerSecurityContext.capabilities.map(\.name))

    static let port = FieldTable(
        name: "ContainerPort", read: ContainerPort.fields.map(\.name),
        absent: [
            "hostPort": "connections to this port of the node would reach the container",
            "hostIP": "hostPort would be bound to this address only",
        ])

    static let variable = FieldTable(name: "EnvVar", read: ["name", "value", "valueFrom"])
    static let variableSource = FieldTable(
        name: "EnvVarSource", read: ["configMapKeyRef", "fieldRef"],
        absent: [
            "secretKeyRef": "the value would come from a Secret",
            "resourceFieldRef": "the value would be a limit or request of a container",
            "fileKeyRef": "the value would come from a file that another container wrote",
        ],
        parts: ["secretKeyRef": secretKey, "resourceFieldRef": resourceField])
    static let configMapKey = FieldTable(
        name: "ConfigMapKeySelector", read: ["name", "key", "optional"])
    static let objectField = FieldTable(
        name: "ObjectFieldSelector", read: ["apiVersion", "fieldPath"])
    static let variablesSource = FieldTable(
        name: "EnvFromSource", read: ["prefix", "configMapRef"],
        absent: ["secretRef": "every value of a Secret would be a variable"], parts: ["secretRef": secretReference])
    static let configMapReference = FieldTable(
        name: "ConfigMapEnvSource", read: ["name", "optional"])

    static let resources = FieldTable(
        name: "ResourceRequirements", read: ["limits", "requests"],
        absent: ["claims": "the container would get devices that the pod has claimed"])

    static let volumeMount = FieldTable(
        name: "VolumeMount", read: VolumeMount.fields.map(\.name),
        absent: [
            "subPathExpr": "this would be a subPath with variables such as $(NAME)",
            "mountPropagation": "mounts made below this path would be seen on the other side as well",
            "recursiveReadOnly": "mounts below this path would be read-only as well",
        ])
}
