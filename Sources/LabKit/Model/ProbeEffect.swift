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

    /// Whether judging it runs a program in a cgroup of the learner's, whose counters go up by it.
    package var isTriedInCgroup: Bool { if case .experiment(let probe) = self { probe.cgroup != nil } else { false } }
}
