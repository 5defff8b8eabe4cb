// The witness: reads who sends a signal while the sender stands still in the system call.

import CIsolation
import Glibc
import Isolation
import KernelState
import Linux
import SystemPackage
import Terminals
import Text

/// Serves one seccomp listener on a thread of its own, until nobody is watched any more or it is stopped. Each watched call
/// is looked at and let go on unchanged; what concerns a decoy is written to the journal. See seccomp_unotify(2).
///
/// The journal is a file outside the playground, so that nobody inside can write it, and any podlab process of the session
/// can read it. It is bounded: `SignalJournal`.
package final class SignalWitness: @unchecked Sendable {
    private let listener: Int32
    private let node: NodeView
    private let decoys: [String: ProcessIdentity]
    private let journal: SignalJournal
    private var thread: ServiceThread?

    /// Takes over the listener.
    /// - Throws: `TerminalError.system` when no thread or pipe can be had; the listener is closed then.
    package init(
        listener: Int32, node: NodeView, decoys: [String: ProcessIdentity], journal: FilePath
    ) throws(TerminalError) {
        self.listener = listener
        self.node = node
        self.decoys = decoys
        self.journal = SignalJournal(at: journal)
        do {
            thread = try ServiceThread("the witness of signals (\(journal))") { [self] in serve(until: $0) }
        } catch {
            close(listener)
            throw error
        }
    }

    /// Whether it has ended because nobody is left to be watched.
    package var isOver: Bool { thread?.isOver != false }

    /// Ends the thread and waits for it, a few seconds at most. Watched calls fail with ENOSYS from then on, so end the watched processes
    /// first. The second time it does nothing: its descriptor may be somebody else's by then.
    package func stop() { thread?.stop() }

    private func serve(until stop: Int32) {
        defer { close(listener) }
        while true {
            var waiting = [
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&waiting, 2, -1)
            if ready < 0 {
                if errno == EINTR { continue }
                return
            }
            if waiting[1].revents != 0 { return }
            if Int32(waiting[0].revents) & POLLIN != 0 {
                answerOne()
            } else if waiting[0].revents != 0 {
                return
            }
        }
    }

    private func answerOne() {
        var notice = iso_notice()
        guard iso_notice_receive(listener, &notice) >= 0 else { return }
        if let record = record(of: notice), iso_notice_is_valid(listener, notice.id) >= 0 {
            journal.add(record)
        }
        _ = iso_notice_continue(listener, notice.id)
    }

    /// What the call is about; nil when it concerns no decoy.
    private func record(of notice: iso_notice) -> SignalRecord? {
        guard let name = iso_witnessed_call(notice.call).map({ String(cString: $0) }), notice.pid != 0,
            let sender = ProcessState.read(ProcessID(pid_t(notice.pid)), fields: [.status, .root, .namespaces])
        else { return nil }
        let first = Int32(truncatingIfNeeded: notice.arguments.0)
        let signal: Int32
        var number = first
        var target: String?
        switch name {
        case "tgkill", "rt_tgsigqueueinfo": signal = Int32(truncatingIfNeeded: notice.arguments.2)
        default: signal = Int32(truncatingIfNeeded: notice.arguments.1)
        }
        // Signal 0 asks, and what is none is refused by the kernel: neither is sent.
        guard (1...64).contains(signal) else { return nil }
        if name == "pidfd_send_signal" {
            number = pidOfDescriptor(first, of: sender.pid) ?? 0
            target = decoys.first { $0.value.pid.rawValue == number }?.key
        } else if number > 0 {
            target = decoys.first { numberSeen(of: $0.value, by: sender) == number }?.key
        } else if number == -1 {
            // Everyone whom the sender can signal; a decoy in its pid namespace is among them.
            target = decoys.first { numberSeen(of: $0.value, by: sender) != nil }?.key
        } else {
            // A process group: the sender's own, or that of a number.
            target =
                decoys.first { decoy in
                    numberSeen(of: decoy.value, by: sender) != nil
                        && group(of: decoy.value).map {
                            number == 0 ? $0.onHost == sender.stat.processGroup.rawValue : $0.inside == -number
                        }
                            == true
                }?.key
        }
        // The node's number of a decoy, given by someone who counts otherwise: it reaches whoever has that number there, if anyone.
        let missed =
            target == nil && name != "pidfd_send_signal" && number > 0 ? decoyNumbered(number, besides: sender) : nil
        guard target != nil || missed != nil else { return nil }
        let root = sender.root
        return SignalRecord(
            time: bootTime(), target: target, missed: missed, targetNumber: number, signal: signal,
            sender: sender.pid.rawValue,
            senderComm: sender.comm, senderRootPath: root?.path.string ?? "unknown",
            senderRootDevice: root.map { [$0.identity.device.major, $0.identity.device.minor] } ?? [],
            senderRootInode: root?.identity.inode ?? 0)
    }

    /// The number by which the sender knows a decoy: the decoys live in the node's own pid namespace.
    private func numberSeen(of decoy: ProcessIdentity, by sender: ProcessState) -> Int32? {
        guard sender.namespace(.pid) == node.namespaces[.pid],
            let state = ProcessState.read(decoy.pid, fields: .status), state.identity == decoy
        else { return nil }
        return state.numberInside?.rawValue
    }

    /// The number of a decoy's process group on the host, and in the node: that of its leader.
    private func group(of decoy: ProcessIdentity) -> (onHost: Int32, inside: Int32?)? {
        guard let state = ProcessState.read(decoy.pid, fields: []), state.identity == decoy else { return nil }
        let leader = ProcessState.read(state.stat.processGroup, fields: .status)
        return (state.stat.processGroup.rawValue, leader?.numberInside?.rawValue)
    }

    /// The decoy that has a number in the node, for a sender in another pid namespace.
    private func decoyNumbered(_ number: Int32, besides sender: ProcessState) -> String? {
        guard let namespace = sender.namespace(.pid), namespace != node.namespaces[.pid] else { return nil }
        return decoys.first { decoy in
            guard let state = ProcessState.read(decoy.value.pid, fields: .status), state.identity == decoy.value else {
                return false
            }
            return state.numberInside?.rawValue == number
        }?.key
    }

    /// Which process a pidfd of another process stands for. See proc_pid_fdinfo(5).
    private func pidOfDescriptor(_ descriptor: Int32, of pid: ProcessID) -> Int32? {
        guard let root = try? RootDirectory(path: FilePath("/proc/\(pid)/fdinfo")),
            let bytes = try? root.contents(of: FilePath("/\(descriptor)"), limit: 4096)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("Pid:") }
            .flatMap { Int32($0.dropFirst(4).trimmed) }
    }
}
