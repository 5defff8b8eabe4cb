// What a container is made from, and whose it is.

/// An unpacked image: the layers of its root file system and the defaults of its configuration. See the OCI image specification.
package struct ContainerImage: Sendable, Equatable {
    /// `sha256:…` of the configuration.
    package var id: String
    /// Folders in the node, the lowest layer first.
    package var layers: [String]
    /// What the layers' folders do not show.
    package var corrections: [FileCorrection]
    package var entryPoint: [String]
    package var command: [String]
    /// `NAME=value`.
    package var environment: [String]
    package var workingDirectory: String?
    /// `user`, `uid`, `user:group`, `uid:gid`.
    package var user: String?

    package init(
        id: String, layers: [String], corrections: [FileCorrection] = [], entryPoint: [String] = [],
        command: [String] = [], environment: [String] = [],
        workingDirectory: String? = nil, user: String? = nil
    ) {
        self.id = id
        self.layers = layers
        self.corrections = corrections
        self.entryPoint = entryPoint
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
    }
}

package struct PodIdentity: Sendable, Equatable, Hashable {
    /// A version 4 UUID in lower case.
    package var uid: String
    package var name: String
    package var namespace: String

    package init(uid: String, name: String, namespace: String = "default") {
        self.uid = uid
        self.name = name
        self.namespace = namespace
    }
}
