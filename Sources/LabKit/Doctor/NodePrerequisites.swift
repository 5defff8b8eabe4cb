// The programs that a Kubernetes node calls on, what a pod needs each for, and whether this machine has it.

import FoundationEssentials

/// For learners: the same tools are behind every pod. podlab's own labs use those of the course root.
enum NodePrerequisites {
    private static let tools: [(name: String, purpose: String)] = [
        ("swapoff", "turns swap off, so that a pod's memory limit means memory (current releases can also limit swap)"),
        ("iptables", "kube-proxy writes a Service's rules with it (or with nft)"),
        ("nft", "newer ways of kube-proxy and of network plugins write their rules with it"),
        ("ip", "shows, and can do by hand, what a network plugin does for each pod: a cable, addresses, routes"),
        ("mount", "volumes become folders of a container by bind mounts"),
        ("systemctl", "systemd starts the kubelet, and owns the cgroups above the pods"),
        ("socat", "older runtimes forward a port into a pod with it"),
        ("nsenter", "runs a command in the namespaces of a pod"),
        ("unshare", "makes namespaces by hand, as a runtime does by system call"),
        ("ps", "shows a container for what it is: processes of the node"),
    ]

    static var all: [Diagnosis] {
        let folders =
            (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
            + ["/usr/sbin", "/sbin"]
        return tools.map { name, purpose in
            let place = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
            return Diagnosis(
                id: name, title: name, verdict: place == nil ? .optional : .yes,
                detail: "\(purpose); \(place.map { "at \($0)" } ?? "not on this machine")")
        }
    }
}
