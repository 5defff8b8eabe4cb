// What no volume may lie over: a container that fakes /proc fakes what its own runtime reads of it.

/// The rule of the OCI runtimes.
enum ProcMounts {
    /// Files that tell of the machine, over which some lay one that tells of the container.
    private static let allowed: Set = [
        "cpuinfo", "diskstats", "loadavg", "meminfo", "slabinfo", "stat", "swaps", "sys/crypto/fips_enabled",
        "sys/kernel/ns_last_pid", "uptime",
    ]

    /// Nil: something may be mounted there.
    static func refusal(of path: String) -> String? {
        let names = path.split(separator: "/").filter { $0 != "." }
        guard names.first == "proc", !allowed.contains(names.dropFirst().joined(separator: "/")) else { return nil }
        let place = "/" + names.joined(separator: "/")
        return names.count == 1
            ? "\"\(place)\" cannot be mounted because it is not of type proc"
            : "\"\(place)\" cannot be mounted because it is inside /proc"
    }
}
