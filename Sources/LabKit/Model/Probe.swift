// The probes a check can be made of. A new probe is one file in Probes/, one case and one row here.

import StrictYAML

/// One typed reading of kernel state, or one experiment. lab.yaml writes it as a mapping with one key.
package enum Probe: Sendable, Equatable {
    case file(FileProbe)
    case elfClosure(ElfClosureProbe)
    case process(ProcessProbe)
    case namespace(NamespaceProbe)
    case mount(MountProbe)
    case answer(AnswerProbe)
    case signal(SignalProbe)
    case namespaceEnd(NamespaceEndProbe)
    case procView(ProcViewProbe)
    case hostname(HostnameProbe)
    case decoy(DecoyProbe)
    case experiment(ExperimentProbe)
    case command(CommandProbe)
    case writable(WritableProbe)
    case cgroup(CgroupProbe)
    case link(LinkProbe)
    case address(AddressProbe)
    case route(RouteProbe)
    case nat(NATProbe)
    case reach(ReachProbe)
    case listener(ListenerProbe)
    case page(PageProbe)
    case ipcObject(IPCObjectProbe)
    case zombies(ZombiesProbe)
    case restart(RestartProbe)
    case noRestart(NoRestartProbe)
}

/// One row of the table of probes: the key in lab.yaml, the keys below it, and how to read them.
struct ProbeKind: Sendable {
    var key: String
    var shape: Shape
    var read: @Sendable (Fields, String) -> Probe

    init<Body: MappingDecodable>(_ key: String, _ body: Body.Type, _ probe: @escaping @Sendable (Body) -> Probe) {
        self.key = key
        shape = Body.shape
        read = { fields, key in probe(fields.required(key)) }
    }
}

extension Probe: MappingDecodable {
    static let kinds: [ProbeKind] = [
        ProbeKind("file", FileProbe.self, Probe.file),
        ProbeKind("elfClosure", ElfClosureProbe.self, Probe.elfClosure),
        ProbeKind("process", ProcessProbe.self, Probe.process),
        ProbeKind("namespace", NamespaceProbe.self, Probe.namespace),
        ProbeKind("mount", MountProbe.self, Probe.mount),
        ProbeKind("answer", AnswerProbe.self, Probe.answer),
        ProbeKind("signal", SignalProbe.self, Probe.signal),
        ProbeKind("namespaceEnd", NamespaceEndProbe.self, Probe.namespaceEnd),
        ProbeKind("procView", ProcViewProbe.self, Probe.procView),
        ProbeKind("hostname", HostnameProbe.self, Probe.hostname),
        ProbeKind("decoy", DecoyProbe.self, Probe.decoy),
        ProbeKind("experiment", ExperimentProbe.self, Probe.experiment),
        ProbeKind("command", CommandProbe.self, Probe.command),
        ProbeKind("writable", WritableProbe.self, Probe.writable),
        ProbeKind("cgroup", CgroupProbe.self, Probe.cgroup),
        ProbeKind("link", LinkProbe.self, Probe.link),
        ProbeKind("address", AddressProbe.self, Probe.address),
        ProbeKind("route", RouteProbe.self, Probe.route),
        ProbeKind("nat", NATProbe.self, Probe.nat),
        ProbeKind("reach", ReachProbe.self, Probe.reach),
        ProbeKind("listener", ListenerProbe.self, Probe.listener),
        ProbeKind("page", PageProbe.self, Probe.page),
        ProbeKind("ipcObject", IPCObjectProbe.self, Probe.ipcObject),
        ProbeKind("zombies", ZombiesProbe.self, Probe.zombies),
        ProbeKind("restart", RestartProbe.self, Probe.restart),
        ProbeKind("noRestart", NoRestartProbe.self, Probe.noRestart),
    ]

    package static let shape = Shape(name: "probe", optional: kinds.map(\.key), isOneKey: true)

    package init(fields: Fields) {
        let kind = Self.kinds.first { $0.key == fields.onlyKey }
        self = kind.map { $0.read(fields, $0.key) } ?? .decoy(.placeholder)
    }

    /// The key that names the probe in lab.yaml.
    package var key: String {
        switch self {
        case .file: "file"
        case .elfClosure: "elfClosure"
        case .process: "process"
        case .namespace: "namespace"
        case .mount: "mount"
        case .answer: "answer"
        case .signal: "signal"
        case .namespaceEnd: "namespaceEnd"
        case .procView: "procView"
        case .hostname: "hostname"
        case .decoy: "decoy"
        case .experiment: "experiment"
        case .command: "command"
        case .writable: "writable"
        case .cgroup: "cgroup"
        case .link: "link"
        case .address: "address"
        case .route: "route"
        case .nat: "nat"
        case .reach: "reach"
        case .listener: "listener"
        case .page: "page"
        case .ipcObject: "ipcObject"
        case .zombies: "zombies"
        case .restart: "restart"
        case .noRestart: "noRestart"
        }
    }
}
