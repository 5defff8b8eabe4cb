// One pod as the agent has it: its life as a machine, and the processes that carry it.

import Glibc
import Linux
import Pods

final class PodRun {
    var machine: PodMachine
    var sandbox: (any RunningSandbox)?
    /// The one before, whose pause has ended.
    var lost: (any RunningSandbox)?
    /// By name; only those that run.
    var containers: [String: ContainerRun] = [:]
    /// What the ledger has.
    var recorded: Pod?

    init(_ machine: PodMachine) { self.machine = machine }

    var pod: Pod { machine.pod }
    var name: String { pod.spec.name }
}

/// One run of a container: its processes, and the pipes from which its log is written.
final class ContainerRun {
    let container: any RunningContainer
    let log: LogWriter
    /// Nil: nobody has the other end any more.
    private var output: SharedDescriptor?
    private var error: SharedDescriptor?

    init(
        _ container: any RunningContainer, log: LogWriter, output: consuming Descriptor, error: consuming Descriptor
    ) {
        self.container = container
        self.log = log
        self.output = SharedDescriptor(output)
        self.error = SharedDescriptor(error)
    }

    /// -1: nobody has the other end any more.
    func descriptor(of stream: LogStream) -> Int32 { (stream == .output ? output : error)?.raw ?? -1 }

    /// Takes what is there, at most one chunk, so that a container that writes without end does not keep the others waiting.
    /// - Returns: whether anything was there.
    @discardableResult
    func drain(_ stream: LogStream) -> Bool {
        let descriptor = descriptor(of: stream)
        guard descriptor >= 0 else { return false }
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(descriptor, &chunk, chunk.count)
        if count > 0 {
            log.add(chunk[..<count], from: stream)
            return true
        }
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return false }
        if stream == .output { output = nil } else { error = nil }
        return false
    }

    /// Its first process has ended: takes what is in the pipes, and no more than fits into them, because others may still write.
    func finish() {
        for stream in [LogStream.output, .error] {
            for _ in 0..<32 where !drain(stream) { break }
        }
        log.finish()
    }
}
