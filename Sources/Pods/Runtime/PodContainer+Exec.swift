// Programs that are executed in a running container: on the streams that somebody brings, or on a terminal of the container's own.

import CIsolation
import Glibc
import Isolation
import Linux
import SystemPackage

/// A program on a terminal in a container.
package struct ContainerTerminal {
    package let child: Child
    /// The other side of its terminal; whoever has it closes it.
    package let master: Int32
}

/// Both sides of a pty.
private struct TerminalSides: ~Copyable {
    let master: Descriptor
    let slave: Descriptor
}

extension PodContainer {
    /// Runs one more program, as the container's user, with its environment and in its directory.
    /// - Parameter environment: added to that of the container.
    package func exec(
        _ arguments: [String], environment: [EnvironmentVariable] = [], streams: StandardStreams
    ) throws(PodError) -> Child {
        try start(arguments, environment, streams: streams, terminal: nil)
    }

    /// The same, on a new terminal of the container's own /dev/pts.
    package func execOnTerminal(
        _ arguments: [String], environment: [EnvironmentVariable] = [], rows: UInt16, columns: UInt16
    ) throws(PodError) -> ContainerTerminal {
        let sides = try terminal()
        _ = iso_set_window_size(sides.master.raw, rows, columns)
        let child = try start(
            arguments, [EnvironmentVariable(name: "TERM", value: "xterm")] + environment,
            streams: .terminal(sides.slave.raw), terminal: sides.slave.raw)
        return ContainerTerminal(child: child, master: sides.master.released())
    }

    private func refusal(_ meaning: String, _ errno: Errno? = nil) -> PodError {
        PodError("execute in container", name, errno: errno, meaning: meaning)
    }

    private func start(
        _ arguments: [String], _ environment: [EnvironmentVariable], streams: StandardStreams, terminal: Int32?
    ) throws(PodError) -> Child {
        guard let program = arguments.first, !program.isEmpty else { throw refusal("no program is named") }
        var process = process
        process.arguments = arguments
        process.environment = ContainerProcess.merged(
            process.environment + environment.map { "\($0.name)=\($0.value)" })
        var namespaces: Set<Namespace> = [.mount, .pid, .network, .ipc, .uts]
        if cgroup != nil { namespaces.insert(.cgroup) }
        let plan = ExecPlan(
            process: process, rights: rights, container: child.pidfd, namespaces: namespaces,
            joining: cgroup?.stepsOfJoining ?? [], outOfMemoryScore: outOfMemoryScore, terminal: terminal
        ).plan
        do throws(IsolationError) {
            let other = try plan.start(StartOptions(streams: streams, cgroup: cgroup?.birthplace))
            adopt(other)
            return other
        } catch {
            if let meaning = PodError.execution(process, error) { throw refusal(meaning, error.errno) }
            // The kernel says ENOMEM of a pid namespace whose PID 1 has ended.
            if error.errno == .noSuchProcess || error.errno == .noMemory {
                throw refusal("the container is not running", error.errno)
            }
            throw PodError("execute in container", name, error)
        }
    }

    /// Both sides of a new pty, by a path that no link of the image's leads out of.
    private func terminal() throws(PodError) -> TerminalSides {
        let root: Descriptor
        do throws(SystemError) {
            root = try .root(ofProcess: child.pid)
        } catch {
            throw refusal("the container is not running", error.errno)
        }
        let master: Descriptor
        do throws(SystemError) {
            master = try .open("dev/pts/ptmx", inRoot: root.raw, flags: O_RDWR | O_NOCTTY | O_NONBLOCK)
        } catch {
            throw refusal("open /dev/pts/ptmx there: \(error.errno.words)", error.errno)
        }
        // Not a terminal, whatever is in its place: ENOTTY.
        guard iso_pty_number(master.raw) >= 0, iso_pty_unlock(master.raw) >= 0 else {
            throw refusal("/dev/pts/ptmx there is no terminal", Errno(rawValue: ENOTTY))
        }
        let slave: Descriptor
        do throws(Errno) {
            slave = try Descriptor(result: iso_pty_peer(master.raw))
        } catch {
            throw refusal("open the other side of the terminal: \(error.words)", error)
        }
        // A shell in there may be another user's: what it is started on must be his.
        fchown(slave.raw, rights.user.uid, rights.user.gid)
        return TerminalSides(master: master, slave: slave)
    }
}
