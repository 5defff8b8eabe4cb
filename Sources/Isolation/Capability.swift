// Capabilities by name. See capabilities(7).

/// A capability; the raw value is its bit (linux/capability.h).
package enum Capability: Int, CaseIterable, Sendable, Hashable {
    case chown = 0
    case dacOverride, dacReadSearch, fowner, fsetid, kill, setgid, setuid, setpcap, linuxImmutable
    case netBindService, netBroadcast, netAdmin, netRaw, ipcLock, ipcOwner, sysModule, sysRawio, sysChroot, sysPtrace
    case sysPacct, sysAdmin, sysBoot, sysNice, sysResource, sysTime, sysTtyConfig, mknod, lease, auditWrite
    case auditControl, setfcap, macOverride, macAdmin, syslog, wakeAlarm, blockSuspend, auditRead, perfmon, bpf
    case checkpointRestore

    /// As capsh(1) and setpriv(1) write it, without the prefix: `net_bind_service`.
    package var name: String {
        "\(self)".reduce(into: "") { text, character in
            if character.isUppercase { text.append("_") }
            text.append(contentsOf: character.lowercased())
        }
    }
}

extension Set<Capability> {
    /// One bit for each, as in `CapEff` of `/proc/PID/status`.
    package var bits: UInt64 { reduce(0) { $0 | 1 << UInt64($1.rawValue) } }
}
