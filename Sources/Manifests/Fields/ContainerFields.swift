// The fields of v1/Container and of the objects in it.

extension FieldTable {
    static let container = FieldTable(
        name: "Container",
        read: [
            "name", "image", "imagePullPolicy", "command", "args", "workingDir", "env", "envFrom",
            "ports", "resources",
            "volumeMounts", "securityContext", "restartPolicy", "terminationMessagePath",
        ],
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
        read: [
            "runAsUser", "runAsGroup", "readOnlyRootFilesystem", "capabilities",
            "allowPrivilegeEscalation",
        ],
        absent: [
            "privileged": "the container could do on the node what its root can do",
            "procMount": "`Unmasked` would leave all of /proc visible and writable",
        ].merging(sharedSecurity) { one, _ in one },
        parts: sharedSecurityParts)

    static let capabilities = FieldTable(name: "Capabilities", read: ["add", "drop"])

    static let port = FieldTable(
        name: "ContainerPort", read: ["name", "containerPort", "protocol"],
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
        name: "VolumeMount", read: ["name", "mountPath", "readOnly", "subPath"],
        absent: [
            "subPathExpr": "this would be a subPath with variables such as $(NAME)",
            "mountPropagation": "mounts made below this path would be seen on the other side as well",
            "recursiveReadOnly": "mounts below this path would be read-only as well",
        ])
}
