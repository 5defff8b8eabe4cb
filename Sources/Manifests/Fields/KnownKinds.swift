// The kinds of objects that Kubernetes itself has, to tell those that podlab leaves out from those that nobody knows.

enum KnownKinds {
    /// What reads `kind` and `apiVersion` together.
    static let read: [String: String] = [
        "Pod": "v1", "ConfigMap": "v1", "List": "v1", "PodList": "v1", "ConfigMapList": "v1",
    ]

    /// Kinds of Kubernetes 1.34 with the versions in which they are there.
    static let elsewhere: [String: [String]] = [
        "Binding": ["v1"], "Endpoints": ["v1"], "Event": ["v1", "events.k8s.io/v1"],
        "LimitRange": ["v1"],
        "Namespace": ["v1"], "Node": ["v1"], "PersistentVolume": ["v1"],
        "PersistentVolumeClaim": ["v1"],
        "PodTemplate": ["v1"], "ReplicationController": ["v1"], "ResourceQuota": ["v1"],
        "Secret": ["v1"],
        "Service": ["v1"], "ServiceAccount": ["v1"],
        "ControllerRevision": ["apps/v1"], "DaemonSet": ["apps/v1"], "Deployment": ["apps/v1"],
        "ReplicaSet": ["apps/v1"], "StatefulSet": ["apps/v1"],
        "CronJob": ["batch/v1"], "Job": ["batch/v1"],
        "HorizontalPodAutoscaler": ["autoscaling/v1", "autoscaling/v2"],
        "PodDisruptionBudget": ["policy/v1"],
        "Ingress": ["networking.k8s.io/v1"], "IngressClass": ["networking.k8s.io/v1"],
        "NetworkPolicy": ["networking.k8s.io/v1"], "EndpointSlice": ["discovery.k8s.io/v1"],
        "ClusterRole": ["rbac.authorization.k8s.io/v1"],
        "ClusterRoleBinding": ["rbac.authorization.k8s.io/v1"],
        "Role": ["rbac.authorization.k8s.io/v1"], "RoleBinding": ["rbac.authorization.k8s.io/v1"],
        "StorageClass": ["storage.k8s.io/v1"], "CSIDriver": ["storage.k8s.io/v1"],
        "CSINode": ["storage.k8s.io/v1"],
        "VolumeAttachment": ["storage.k8s.io/v1"], "Lease": ["coordination.k8s.io/v1"],
        "PriorityClass": ["scheduling.k8s.io/v1"], "RuntimeClass": ["node.k8s.io/v1"],
        "CustomResourceDefinition": ["apiextensions.k8s.io/v1"],
        "APIService": ["apiregistration.k8s.io/v1"],
        "ValidatingWebhookConfiguration": ["admissionregistration.k8s.io/v1"],
        "MutatingWebhookConfiguration": ["admissionregistration.k8s.io/v1"],
        "CertificateSigningRequest": ["certificates.k8s.io/v1"],
    ]

    static func isElsewhere(kind: String, version: String) -> Bool {
        elsewhere[kind]?.contains(version) == true
    }

    /// The versions in which a kind is there.
    static func versions(of kind: String) -> [String] {
        read[kind].map { [$0] } ?? elsewhere[kind] ?? []
    }

    static var names: [String] { (Array(read.keys) + elsewhere.keys).sorted() }
}
