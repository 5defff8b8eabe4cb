// What a container's processes may do: their user, their capabilities, and no more.

import Isolation

/// The steps that take rights away, for a container's first process and for those that are executed in it later.
struct ContainerRights: Sendable, Equatable {
    var user: ContainerUser
    var capabilities: Set<Capability>
    var mayGainPrivileges: Bool

    /// What containerd gives a container that asks for nothing.
    static let defaultCapabilities: Set<Capability> = [
        .chown, .dacOverride, .fsetid, .fowner, .mknod, .netRaw, .setgid, .setuid, .setfcap, .setpcap, .netBindService,
        .sysChroot, .kill, .auditWrite,
    ]

    /// - Throws: a name that is none.
    init(user: ContainerUser, _ context: ContainerSecurityContext) throws(CapabilityError) {
        self.user = user
        mayGainPrivileges = context.allowPrivilegeEscalation ?? true
        // As containerd does: what is added, then what is dropped, but ALL of either first.
        let added = try Self.capabilities(context.addedCapabilities)
        let dropped = try Self.capabilities(context.droppedCapabilities)
        var set = Self.defaultCapabilities
        if added.isAll { set = Set(Capability.allCases) }
        if dropped.isAll { set = [] }
        capabilities = set.union(added.names).subtracting(dropped.names)
    }

    private static func capabilities(
        _ names: [String]
    ) throws(CapabilityError) -> (isAll: Bool, names: Set<Capability>) {
        var result: Set<Capability> = []
        var isAll = false
        for name in names {
            let plain = (name.uppercased().hasPrefix("CAP_") ? String(name.dropFirst(4)) : name).uppercased()
            if plain == "ALL" {
                isAll = true
            } else if let capability = Capability.allCases.first(where: { $0.name.uppercased() == plain }) {
                result.insert(capability)
            } else {
                throw CapabilityError(name: name)
            }
        }
        return (isAll, result)
    }

    var steps: [Step] {
        [
            // The bounding set while the right to it is there, the others after the change of user, which needs them.
            .limitCapabilities(capabilities),
            .setCredentials(
                uid: user.uid, gid: user.gid, groups: user.groups.isEmpty ? .dropIfAllowed : .exactly(user.groups)),
            .keepCapabilities(capabilities),
        ] + (mayGainPrivileges ? [] : [.noNewPrivileges])
    }
}

struct CapabilityError: Error, Equatable {
    var name: String
}
