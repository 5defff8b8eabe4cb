// Networks: namespaces by name, and changes in one of them. What a change is, Network/ says.

import CIsolation
import SystemPackage

/// What these make outlives the child.
package enum NetworkStep: Sendable, Equatable {
    /// The link lo of the child's own namespace.
    case bringUpLoopback
    /// As `ip netns add`: a new namespace, held by a bind mount on `/run/netns/NAME`. The child stays where it is. EEXIST
    /// when the name is taken.
    case addNamespace(String)
    /// The name goes; the namespace, when nothing else holds it.
    case removeNamespace(String)
    /// Keeps the namespace that the child is in, for `NetworkPlace.kept` after it has joined or unshared another.
    case keepNamespace(as: String)
    /// Links made by a plan, and names of namespaces, are taken away again when a later step of it fails.
    case change(NetworkChange, in: NetworkPlace)
}

extension Step {
    package static var bringUpLoopback: Step { .networks(.bringUpLoopback) }
    package static func addNetworkNamespace(_ name: String) -> Step { .networks(.addNamespace(name)) }
    package static func removeNetworkNamespace(_ name: String) -> Step { .networks(.removeNamespace(name)) }
    package static func keepNetworkNamespace(as name: String) -> Step { .networks(.keepNamespace(as: name)) }
    package static func network(_ change: NetworkChange, in place: NetworkPlace = .own) -> Step {
        .networks(.change(change, in: place))
    }
}

extension NetworkStep: StepFamily {
    var summary: String {
        switch self {
        case .bringUpLoopback: "bring up link lo"
        case .addNamespace(let name): "add network namespace \(name)"
        case .removeNamespace(let name): "remove network namespace \(name)"
        case .keepNamespace(let name): "keep the network namespace as \(name)"
        case .change(let change, let place): change.summary + place.suffix
        }
    }

    var places: [Place] {
        switch self {
        case .change(let change, let place):
            ([place] + change.otherPlaces).compactMap { if case .file(let place) = $0 { place } else { nil } }
        case .bringUpLoopback, .addNamespace, .removeNamespace, .keepNamespace: []
        }
    }

    var texts: [String] {
        switch self {
        case .addNamespace(let name), .removeNamespace(let name): [name]
        case .change(let change, let place):
            ([place] + change.otherPlaces).compactMap { if case .named(let name) = $0 { name } else { nil } }
        case .bringUpLoopback, .keepNamespace: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .bringUpLoopback: nil
        case .addNamespace(let name): check.network.add(name)
        case .removeNamespace(let name): NetworkName.problem(name)
        case .keepNamespace(let name): check.network.keep(name)
        case .change(let change, let place): check.network.problem(of: change, in: place)
        }
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .bringUpLoopback: lowering.add(ISO_LOOPBACK_UP)
        case .addNamespace(let name):
            let number = lowering.slots.add(.named(name))
            lowering.add(ISO_NETWORK_NAME) {
                $0.network_name = .init(
                    slot: UInt32(number), folder: lowering.text(NetworkName.folder), name: lowering.text(name))
            }
            lowering.add(ISO_UNDO_NETWORK_NAME) {
                $0.undo_network_name = .init(
                    slot: UInt32(number), file: lowering.text(NetworkName.path(name)), name: lowering.text(name))
            }
        case .removeNamespace(let name):
            lowering.add(ISO_NETWORK_UNNAME) {
                $0.network_unname = .init(file: lowering.place(.path(NetworkName.path(name))))
            }
        case .keepNamespace(let name): lowering.slots.keep(lowering.slot(of: .own), as: name)
        case .change(let change, let place): lowering.lower(change, in: place)
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .bringUpLoopback: .commands(["ip link set lo up"])
        case .addNamespace(let name): .commands([shellCommand(["ip", "netns", "add", name])])
        case .removeNamespace(let name): .commands([shellCommand(["ip", "netns", "delete", name])])
        case .keepNamespace(let name): .commands(["exec \(reading.network.keep(name))</proc/self/ns/net"])
        case .change(let change, let place): .commands(reading.network.commands(of: change, in: place))
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .bringUpLoopback: ["ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, {\"lo\", IFF_UP})"]
        case .addNamespace(let name): reading.network.add(name)
        case .removeNamespace(let name): reading.network.remove(name)
        case .keepNamespace(let name): reading.network.keep(name)
        case .change(let change, let place): reading.network.calls(of: change, in: place)
        }
    }

    func hint(after errno: Errno) -> String? {
        switch self {
        case .addNamespace(let name):
            if errno == .fileExists {
                return "there is one of that name: ip netns list; ip netns delete \(name) frees it"
            }
            return errno == .notPermitted
                ? "needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace" : nil
        case .removeNamespace:
            return errno == .noSuchFileOrDirectory ? "ip netns list shows the names that there are" : nil
        case .change(let change, _): return change.hint(after: errno)
        case .bringUpLoopback, .keepNamespace: return nil
        }
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .removeNamespace(let name): slots.forget(name)
        case .bringUpLoopback, .addNamespace, .keepNamespace, .change: break
        }
    }
}
