// The table of probes: the only place that has to know of a new one. Documentation has them in this order.

enum Probes {
    static let all: [any Probe.Type] = [
        FileProbe.self, ElfClosureProbe.self, ProcessProbe.self, NamespaceProbe.self, MountProbe.self,
        WritableProbe.self, AnswerProbe.self, SignalProbe.self, NamespaceEndProbe.self, ProcViewProbe.self,
        HostnameProbe.self, DecoyProbe.self, CgroupProbe.self, LinkProbe.self, AddressProbe.self, RouteProbe.self,
        NATProbe.self, ReachProbe.self, ListenerProbe.self, PageProbe.self, IPCObjectProbe.self, ZombiesProbe.self,
        RestartProbe.self, NoRestartProbe.self, ExperimentProbe.self, CommandProbe.self,
    ]
}
