// Which probes only read, and which act upon the playground: those may change what a learner is about to measure.

extension Probe {
    /// Whether looking changes nothing: no packet is sent, no program is run, no limit is met.
    package var onlyReads: Bool {
        switch self {
        case .file, .elfClosure, .process, .namespace, .mount, .answer, .signal, .namespaceEnd, .procView, .hostname,
            .decoy, .cgroup, .link, .address, .route, .nat, .listener, .ipcObject, .restart, .noRestart:
            true
        case .experiment, .command, .writable, .reach, .page, .zombies: false
        }
    }
}
