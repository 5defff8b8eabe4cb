// What the process is called, and what it belongs to: host name, name, session, terminal, parent.

import CIsolation
import SystemPackage

package enum ProcessStep: Sendable, Equatable {
    /// The host name of the uts namespace.
    case setHostname(String)
    /// The host name of the uts namespace, as the executor itself finds it by uname(2): `Child.said`.
    case readHostname
    /// The name in `/proc/PID/comm` until exec.
    case setName(String)
    case newSession
    /// A new session with this descriptor of the starting process as its terminal. Standard streams are the matter of
    /// `StandardStreams`.
    case setControllingTerminal(Int32)
    /// Children that end as soon as their parent has, which is the process that walks the plan: whoever is their PID 1 has to reap them.
    /// Their name is `podlab-orphan`. Before `.finish`.
    case leaveOrphans(Int)
    /// `PR_SET_PDEATHSIG`, set last, because changes of credentials clear it.
    case dieWithParent(signal: Int32)
}

extension Step {
    package static func setHostname(_ name: String) -> Step { .process(.setHostname(name)) }
    package static var readHostname: Step { .process(.readHostname) }
    package static func setName(_ name: String) -> Step { .process(.setName(name)) }
    package static var newSession: Step { .process(.newSession) }
    package static func setControllingTerminal(_ descriptor: Int32) -> Step {
        .process(.setControllingTerminal(descriptor))
    }
    package static func leaveOrphans(_ count: Int) -> Step { .process(.leaveOrphans(count)) }
    package static func dieWithParent(signal: Int32 = 9) -> Step { .process(.dieWithParent(signal: signal)) }
}

extension ProcessStep: StepFamily {
    var summary: String {
        switch self {
        case .setHostname(let name): "set the host name to \(name)"
        case .readHostname: "read the host name"
        case .setName(let name): "set the name to \(name)"
        case .newSession: "begin a session"
        case .setControllingTerminal: "take the terminal"
        case .leaveOrphans(let count): "leave \(count) orphans"
        case .dieWithParent: "set the parent-death signal"
        }
    }

    var places: [Place] {
        switch self {
        case .setHostname, .readHostname, .setName, .newSession, .setControllingTerminal, .leaveOrphans,
            .dieWithParent:
            []
        }
    }

    var texts: [String] {
        switch self {
        case .setHostname(let name), .setName(let name): [name]
        case .readHostname, .newSession, .setControllingTerminal, .leaveOrphans, .dieWithParent: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .setHostname(let name): (1...64).contains(name.utf8.count) ? nil : "a host name has 1 to 64 bytes"
        case .leaveOrphans(let count): (0...64).contains(count) ? nil : "0 to 64 orphans"
        case .dieWithParent(let signal): (1...64).contains(signal) ? nil : "no such signal"
        case .readHostname, .setName, .newSession, .setControllingTerminal: nil
        }
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .setHostname(let name): lowering.add(ISO_HOSTNAME) { $0.hostname = .init(name: lowering.text(name)) }
        case .readHostname: lowering.add(ISO_READ_HOSTNAME)
        case .setName(let name): lowering.add(ISO_NAME) { $0.name = .init(name: lowering.text(name)) }
        case .newSession: lowering.add(ISO_NEW_SESSION)
        case .setControllingTerminal(let fd):
            lowering.add(ISO_CONTROLLING_TERMINAL) { $0.controlling_terminal = .init(terminal: fd) }
        case .leaveOrphans(let count):
            lowering.add(ISO_LEAVE_ORPHANS) { $0.leave_orphans = .init(count: UInt32(clamping: count)) }
        case .dieWithParent(let signal):
            lowering.needsLastingThread = true
            lowering.deathSignal = (lowering.step, signal)
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .setHostname(let name): .commands([shellCommand(["hostname", name])])
        case .readHostname: .commands(["hostname"])
        case .setName(let name): .commands(["# prctl(PR_SET_NAME, \(name)): no command does this"])
        case .newSession: .prefix(["setsid"])
        case .setControllingTerminal: .prefix(["setsid", "--ctty"])
        case .leaveOrphans(let count): .commands(["for i in $(seq \(count)); do sleep 0 & done"])
        case .dieWithParent(let signal):
            .prefix(["setpriv", "--pdeathsig=\(signal == 9 ? "KILL" : String(signal))"])
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .setHostname(let name): return ["sethostname(\(quoted(name)), \(name.utf8.count))"]
        case .readHostname: return ["uname({nodename})"]
        case .setName(let name): return ["prctl(PR_SET_NAME, \(quoted(name)))"]
        case .newSession: return ["setsid()"]
        case .setControllingTerminal(let fd): return ["setsid()", "ioctl(\(fd), TIOCSCTTY, 0)"]
        case .leaveOrphans(let count): return ["clone({flags=SIGCHLD}) * \(count)"]
        case .dieWithParent(let signal):
            reading.deathSignal = signal
            return []
        }
    }

    func hint(after errno: Errno) -> String? {
        switch self {
        case .setHostname, .readHostname, .setName, .newSession, .setControllingTerminal, .leaveOrphans,
            .dieWithParent:
            nil
        }
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .setHostname, .readHostname, .setName, .newSession, .setControllingTerminal, .leaveOrphans,
            .dieWithParent:
            break
        }
    }
}
