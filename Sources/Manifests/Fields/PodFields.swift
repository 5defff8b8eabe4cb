// The fields of v1/PodSpec and of the objects in it that are not containers: those that podlab has, each a row, and those that
// it leaves out.

import Pods

extension PodSpec: PodObject {
    static let fields: [PodField<PodSpec>] = [
        // Of two containers of one name the second is wrong, and init containers go before.
        PodField("containers", turn: .last, read: PodReader.readContainers) { pod in
            .list(pod.containers.filter { !$0.isSidecar }.map(\.objectValue))
        },
        // As the manifest has them: sidecars are init containers that restart always.
        PodField("initContainers", read: PodReader.readInitContainers) { pod in
            .nonEmpty((pod.containers.filter(\.isSidecar) + pod.initContainers).map(\.objectValue))
        },
        // Containers refer to them.
        PodField("volumes", turn: .first) { object, context, pod in
            pod.volumes = VolumeReader(configMaps: context.configMaps).read(object)
            context.volumes = Set(pod.volumes.map(\.name))
        } printed: {
            .nonEmpty($0.volumes.map(\.objectValue))
        },
        PodField("restartPolicy") { object, _, pod in
            pod.restartPolicy = object.word("restartPolicy") ?? .always
        } printed: {
            .text($0.restartPolicy.rawValue)
        },
        PodField("terminationGracePeriodSeconds") { object, _, pod in
            let grace = object.integer("terminationGracePeriodSeconds", in: 0...Int64.max, as: Int64.self)
            pod.terminationGracePeriodSeconds = UInt32(clamping: grace ?? 30)
        } printed: {
            .integer(Int64($0.terminationGracePeriodSeconds))
        },
        .flag("shareProcessNamespace", \.shareProcessNamespace),
        .text("hostname", \.hostname, .label),
        .object("securityContext", \.securityContext, .podSecurityContext, isPrintedEmpty: true),
    ]
}

extension PodSecurityContext: PodObject {
    static let fields: [PodField<PodSecurityContext>] = [
        .id("runAsUser", \.runAsUser),
        .id("runAsGroup", \.runAsGroup),
    ]
}

extension FieldTable {
    static let podSpec = FieldTable(
        name: "PodSpec",
        read: PodSpec.fields.map(\.name),
        absent: [
            "ephemeralContainers":
                "these would be containers for debugging, added by `kubectl debug` only",
            "activeDeadlineSeconds":
                "the pod would be stopped and marked as failed after this many seconds",
            "dnsPolicy": "this would decide which name servers stand in /etc/resolv.conf",
            "dnsConfig": "name servers, search domains and options would be added to /etc/resolv.conf",
            "nodeSelector": "the scheduler would take only nodes with these labels",
            "serviceAccountName": "the pod would get this account's token for the API server",
            "serviceAccount": "this is the old name of serviceAccountName",
            "automountServiceAccountToken": "this would decide whether the account's token is mounted",
            "nodeName": "the pod would go to this node without being scheduled",
            "hostNetwork": "the pod would share the node's network namespace",
            "hostPID": "the pod would share the node's pid namespace",
            "hostIPC": "the pod would share the node's ipc namespace",
            "hostUsers": "false would give the pod a user namespace of its own",
            "imagePullSecrets": "these secrets would open private registries",
            "subdomain":
                "the pod's full name would be HOSTNAME.SUBDOMAIN.NAMESPACE.svc and the cluster's domain",
            "hostnameOverride": "the pod would get this host name, whatever its name and subdomain",
            "setHostnameAsFQDN": "`hostname` would print the full domain name",
            "affinity": "the scheduler would weigh nodes and neighbours by these rules",
            "schedulerName": "another scheduler would place the pod",
            "schedulingGates": "the pod would not be scheduled until all gates were taken off",
            "tolerations": "the pod could be placed on nodes with these taints",
            "topologySpreadConstraints": "the scheduler would spread pods over zones and nodes",
            "hostAliases": "these lines would be added to /etc/hosts",
            "priorityClassName": "this would set the pod's priority by name",
            "priority": "pods of lower priority would have to make room for this one",
            "preemptionPolicy":
                "this would decide whether pods of lower priority are evicted for this one",
            "readinessGates": "the pod would be ready only when these conditions are true as well",
            "runtimeClassName": "another container runtime, such as gVisor or Kata, would run the pod",
            "enableServiceLinks":
                "this would decide whether there are variables such as NAME_SERVICE_HOST",
            "overhead": "this would be counted to what the pod uses",
            "os": "this would name the operating system that the pod is for",
            "resourceClaims": "devices would be claimed for the pod",
            "resources": "these requests and limits would hold for the pod as a whole",
        ],
        parts: [
            "dnsConfig": dnsConfig, "imagePullSecrets": localReference, "affinity": affinity, "tolerations": toleration,
            "topologySpreadConstraints": topologySpread, "hostAliases": hostAlias,
        ])

    static let podSecurityContext = FieldTable(
        name: "PodSecurityContext", read: PodSecurityContext.fields.map(\.name),
        absent: [
            "fsGroup": "volumes would belong to this group, and every process would be in it",
            "fsGroupChangePolicy": "this would decide when volumes are given to fsGroup",
            "supplementalGroups": "every process would be in these groups as well",
            "supplementalGroupsPolicy":
                "this would decide whether groups of the image's /etc/group are added",
            "sysctls": "these kernel parameters would be set in the pod's namespaces",
            "seLinuxChangePolicy": "this would decide how SELinux labels come onto volumes",
        ].merging(sharedSecurity) { one, _ in one },
        parts: sharedSecurityParts.merging(["sysctls": sysctl]) { one, _ in one })

    /// In the security context of a pod and of a container.
    static let sharedSecurity = [
        "runAsNonRoot": "a container that would run as user 0 would not be started",
        "seLinuxOptions": "processes would get this SELinux label",
        "seccompProfile": "system calls would be filtered by this profile",
        "appArmorProfile": "processes would be confined by this AppArmor profile",
        "windowsOptions": "these would be settings for containers of Windows",
    ]

    static let sharedSecurityParts = [
        "seLinuxOptions": seLinuxOptions, "seccompProfile": seccompProfile, "appArmorProfile": appArmorProfile,
    ]

    static let volume = FieldTable(
        name: "Volume", read: ["name", "emptyDir", "hostPath", "configMap"],
        absent: [
            "secret": "the values of a Secret would be files here",
            "projected": "several sources, such as tokens and ConfigMaps, would be files here",
            "downwardAPI": "facts about the pod would be files here",
            "persistentVolumeClaim": "the storage that was claimed would be mounted here",
            "ephemeral": "storage would be claimed for the life of the pod",
            "csi": "a storage driver would give this volume",
            "image": "the files of an image would be mounted here",
            "nfs": "a folder of an NFS server would be mounted here",
            "iscsi": "an iSCSI disk would be mounted here",
            "fc": "a Fibre Channel disk would be mounted here",
            "gitRepo": "a git repository would be cloned here",
        ].merging(retiredVolumes) { one, _ in one },
        parts: [
            "secret": secretVolume, "projected": projectedVolume, "downwardAPI": downwardVolume,
            "persistentVolumeClaim": claimVolume, "image": imageVolume, "nfs": nfsVolume,
        ])

    /// Volumes of single makers, which the API still lists.
    private static let retiredVolumes = Dictionary(
        uniqueKeysWithValues: [
            "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "flexVolume", "flocker",
            "gcePersistentDisk", "glusterfs", "photonPersistentDisk", "portworxVolume", "quobyte", "rbd",
            "scaleIO",
            "storageos", "vsphereVolume",
        ].map { ($0, "storage of this kind would be mounted here") })

    static let emptyDir = FieldTable(name: "EmptyDirVolumeSource", read: ["medium", "sizeLimit"])
    static let hostPath = FieldTable(name: "HostPathVolumeSource", read: ["path", "type"])
    static let configMapVolume = FieldTable(
        name: "ConfigMapVolumeSource", read: ["name", "items", "optional"],
        absent: ["defaultMode": "the files would have these permissions instead of 0644"])
    static let keyToPath = FieldTable(
        name: "KeyToPath", read: ["key", "path"],
        absent: ["mode": "this file would have these permissions instead of 0644"])
}
