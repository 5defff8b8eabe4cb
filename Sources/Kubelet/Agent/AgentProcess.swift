// The agent as a process: what must be true before it serves, and how whoever started it hears that it does.

import CIsolation
import Glibc
import Isolation
import Linux
import Pods
import SystemPackage
import Text

package enum AgentProcess {
    /// What it says on its standard output when it serves.
    package static let ready = "ready\n"
    /// Divides the waits between restarts; from 1 to 3600.
    package static let scaleVariable = "PODLAB_TIME_SCALE"

    package enum Failure: Error, CustomStringConvertible {
        case notInNode
        case scale(String)

        package var description: String {
            switch self {
            case .notInNode: "the agent runs in a node (a playground) only: \(AgentPath.node) is not here"
            case .scale(let text): "\(AgentProcess.scaleVariable) is a number from 1 to 3600, not \(text)"
            }
        }
    }

    /// Serves until it is killed. Returns at once where another agent serves already.
    package static func run(environment: [String: String]) throws {
        guard access(AgentPath.node, F_OK) == 0 else { throw Failure.notInNode }
        let scale = try scale(environment[scaleVariable])
        // Started as /proc/self/exe it would be called `exe`.
        iso_set_name("podlab-kubelet")
        signal(SIGPIPE, SIG_IGN)
        umask(0o022)
        _ = chdir("/")
        raiseDescriptorLimit()
        // Held until this process ends, however it does.
        let lock = try Descriptor.open(AgentPath.lock, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        guard flock(lock.released(), LOCK_EX | LOCK_NB) == 0 else { return announce() }
        for path in ["/var/log", AgentPath.logs] {
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
                throw WireError.system("make \(path)", Errno(rawValue: errno))
            }
        }
        let runtime = try NodeRuntime()
        let agent = try Agent(
            runtime: runtime, listener: try LocalSocket.listen(at: AgentPath.socket), scale: scale, complain: complain)
        agent.recover()
        announce()
        try agent.run()
    }

    /// Whoever has started it reads what it says until it serves.
    /// - Parameter pipe: its standard output and standard error.
    /// - Throws: `NodeError` with what it said instead.
    package static func awaitReady(_ pipe: Int32, _ name: String, seconds: Double) throws {
        var said: [UInt8] = []
        let deadline = ContinuousClock.now + .milliseconds(Int64(seconds * 1000))
        while said.count < 64 << 10 {
            let left = max(0, Int64(ContinuousClock.now.duration(to: deadline) / .milliseconds(1)))
            guard iso_poll(pipe, Int32(POLLIN), left) != 0 else {
                throw NodeError(description: "`\(name)` has not come up within \(Int(seconds)) s")
            }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = read(pipe, &chunk, chunk.count)
            if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
            guard count > 0 else { break }
            said += chunk[..<count]
        }
        let text = String(decoding: said, as: UTF8.self)
        guard !text.hasSuffix(ready) else { return }
        var message = text.trimmed
        if message.hasPrefix("podlab: ") { message.removeFirst("podlab: ".count) }
        throw NodeError(description: message.isEmpty ? "`\(name)` has ended before it was ready" : message)
    }

    /// Says that it is ready. Whoever waits for that reads until nobody has the pipe any more.
    package static func announce() {
        _ = ready.withCString { write(STDOUT_FILENO, $0, strlen($0)) }
        let null = open("/dev/null", O_RDWR)
        dup2(null, STDOUT_FILENO)
        dup2(null, STDERR_FILENO)
        if null > STDERR_FILENO { close(null) }
    }

    private static func scale(_ text: String?) throws(Failure) -> Double {
        guard let text, !text.isEmpty else { return 1 }
        guard let number = Double(text), number >= 1, number <= 3600 else { throw .scale(text) }
        return number
    }

    /// A pod of two containers takes seven descriptors.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// A line in the agent's log, which does not grow without end.
    private static func complain(_ text: String) {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW
        guard let file = try? Descriptor.open(AgentPath.log, flags: flags, mode: 0o600) else { return }
        var status = stat()
        if fstat(file.raw, &status) == 0, status.st_size > 1 << 20 { ftruncate(file.raw, 0) }
        try? file.write(Array("\(LogTime.now) \(text)\n".utf8), object: AgentPath.log)
    }
}
