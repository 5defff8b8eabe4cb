// A pod as a value: what a manifest of `v1/Pod` asks for, as far as podlab can give it.

/// The desired state of one pod. The words, their defaults and their meaning are those of the Kubernetes API reference, `v1/Pod`.
package struct PodSpec: Codable, Sendable, Equatable {
    package var metadata: PodMetadata
    package var hostname: String?
    package var restartPolicy = RestartPolicy.always
    /// One pid namespace for all, with pause as its PID 1.
    package var shareProcessNamespace = false
    /// Seconds between SIGTERM and SIGKILL.
    package var terminationGracePeriodSeconds: UInt32 = 30
    package var securityContext = PodSecurityContext()
    package var volumes: [Volume] = []
    package var initContainers: [ContainerSpec] = []
    /// At least one.
    package var containers: [ContainerSpec]

    package init(metadata: PodMetadata, containers: [ContainerSpec]) {
        self.metadata = metadata
        self.containers = containers
    }

    package var name: String { metadata.name }
    /// What `hostname` prints in every container.
    package var effectiveHostname: String {
        if let hostname { return hostname }
        // A name is cut to a label, which ends with a letter or a digit, as the kubelet does it.
        var name = metadata.name.prefix(63)
        while let last = name.last, last == "-" || last == "." { name.removeLast() }
        return String(name)
    }

    package static let defaultContainerAnnotation = "kubectl.kubernetes.io/default-container"

    /// The container that `logs` and `exec` mean where none is named.
    package var defaultContainer: ContainerSpec? {
        let named = metadata.annotations[Self.defaultContainerAnnotation]
        return (containers + initContainers).first { $0.name == named } ?? containers.first { !$0.isSidecar }
            ?? containers.first
    }
}

package struct PodMetadata: Codable, Sendable, Equatable {
    /// A DNS subdomain name (RFC 1123): at most 253 of `a-z0-9.-`.
    package var name: String
    package var namespace = "default"
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]

    package init(name: String) { self.name = name }
}

package enum RestartPolicy: String, Codable, Sendable, CaseIterable {
    case always = "Always"
    case onFailure = "OnFailure"
    case never = "Never"
}

package struct ContainerSpec: Codable, Sendable, Equatable {
    /// A DNS label (RFC 1123), unique in the pod.
    package var name: String
    /// A reference such as `busybox`, `docker.io/busybox:latest` or `docker.io/library/busybox@sha256:…`.
    package var image: String
    package var imagePullPolicy: String?
    /// Replaces the image's entry point; nil: the image's.
    package var command: [String]?
    /// Replaces the image's command; nil: the image's, but none where `command` is given.
    package var arguments: [String]?
    /// In order; a later one of the same name wins.
    package var environment: [EnvironmentVariable] = []
    package var workingDirectory: String?
    package var ports: [ContainerPort] = []
    package var resources = ResourceRequirements()
    package var volumeMounts: [VolumeMount] = []
    package var securityContext = ContainerSecurityContext()
    /// An init container of the manifest that restarts always.
    package var isSidecar = false
    /// A file of the container whose text is the message of its end.
    package var terminationMessagePath = "/dev/termination-log"

    package init(name: String, image: String) {
        self.name = name
        self.image = image
    }

    /// What Kubernetes fills in: Always for the tag `latest`, said or not.
    package var defaultPullPolicy: String {
        let name = image.split(separator: "/").last ?? ""
        return image.contains("@") || name.contains(":") && !name.hasSuffix(":latest") ? "IfNotPresent" : "Always"
    }
}

package struct EnvironmentVariable: Codable, Sendable, Equatable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

package struct ContainerPort: Codable, Sendable, Equatable {
    package var name: String?
    package var containerPort: UInt16
    /// `TCP`, `UDP` or `SCTP`.
    package var transport = "TCP"

    package init(containerPort: UInt16) { self.containerPort = containerPort }
}

package struct ResourceRequirements: Codable, Sendable, Equatable {
    package var requests = ResourceAmounts()
    package var limits = ResourceAmounts()

    package init() {}
}

/// nil: not said.
package struct ResourceAmounts: Codable, Sendable, Equatable {
    /// Thousandths of a processor.
    package var cpuMillis: UInt64?
    /// Bytes.
    package var memory: UInt64?

    package init() {}
}

package struct Volume: Codable, Sendable, Equatable {
    package var name: String
    package var source: VolumeSource

    package init(name: String, source: VolumeSource) {
        self.name = name
        self.source = source
    }
}

package enum VolumeSource: Codable, Sendable, Equatable {
    /// Lives as long as the pod. A limit in bytes, if one is set; `inMemory`: medium `Memory`.
    case emptyDirectory(inMemory: Bool, sizeLimit: UInt64?)
    /// A path of the node, absolute, without `..`; resolved below the node's root, symbolic links too.
    case hostPath(String, HostPathType)
    /// Files by name, from a ConfigMap document of the same manifest. `items`: what the manifest picks of its keys; nil: all of them,
    /// under their own names.
    case configMap(name: String, files: [String: String], items: [ConfigMapItem]? = nil, isOptional: Bool = false)
}

/// A key of a ConfigMap and the path at which a volume has its text.
package struct ConfigMapItem: Codable, Sendable, Equatable {
    package var key: String
    /// As the manifest has it.
    package var path: String
    /// The same path, without steps that lead nowhere.
    package var file: String { path.split(separator: "/").filter { $0 != "." }.joined(separator: "/") }

    package init(key: String, path: String) {
        self.key = key
        self.path = path
    }
}

/// `type` of a hostPath volume.
package enum HostPathType: String, Codable, Sendable, CaseIterable {
    case any = ""
    case directory = "Directory"
    case directoryOrCreate = "DirectoryOrCreate"
    case file = "File"
    case fileOrCreate = "FileOrCreate"
}

package struct VolumeMount: Codable, Sendable, Equatable {
    package var name: String
    /// As the manifest has it.
    package var mountPath: String
    /// In the container: what is relative begins at its root, as the kubelet does it.
    package var place: String { mountPath.hasPrefix("/") ? mountPath : "/" + mountPath }
    package var readOnly = false
    /// Below the volume's root, relative, without `..`.
    package var subPath: String?

    package init(name: String, mountPath: String) {
        self.name = name
        self.mountPath = mountPath
    }
}

package struct PodSecurityContext: Codable, Sendable, Equatable {
    package var runAsUser: UInt32?
    package var runAsGroup: UInt32?

    package init() {}
}

package struct ContainerSecurityContext: Codable, Sendable, Equatable {
    package var runAsUser: UInt32?
    package var runAsGroup: UInt32?
    package var readOnlyRootFilesystem = false
    /// Without `CAP_`, as manifests write them: `NET_ADMIN`; `ALL`.
    package var addedCapabilities: [String] = []
    package var droppedCapabilities: [String] = []
    /// nil: as Kubernetes, true. False sets `no_new_privs`.
    package var allowPrivilegeEscalation: Bool?

    package init() {}
}
