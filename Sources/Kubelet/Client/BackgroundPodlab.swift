// podlab started by podlab, in the background: the agent in a node, or the holder of a node.

import CIsolation
import FoundationEssentials
import Glibc
import Linux
import SystemPackage

/// A session of its own, no terminal, and nothing of this process but its environment.
package enum BackgroundPodlab {
    /// Returns when it has said that it serves.
    /// - Throws: `NodeError` with what it said instead.
    package static func start(_ arguments: [String], seconds: Double = 60) throws {
        let pipe = try Pipe.forReading()
        try spawn(arguments, output: pipe.writeEnd.raw)
        // Else the end of podlab would not be the end of the pipe.
        let output = pipe.takingReadEnd()
        try AgentProcess.awaitReady(output.raw, "podlab " + arguments.joined(separator: " "), seconds: seconds)
    }

    private static func spawn(_ arguments: [String], output: Int32) throws {
        // What is open here is for this process only.
        _ = iso_close_range(3, UInt32.max, UInt32(ISO_CLOSE_RANGE_CLOEXEC))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID is 0x80 in glibc, behind a feature macro that Swift does not set.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | 0x80))
        var words: [UnsafeMutablePointer<CChar>?] = (["podlab"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var environment: [UnsafeMutablePointer<CChar>?] =
            ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for entry in environment { free(entry) } }
        var pid: pid_t = 0
        let failed = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, &words, &environment)
        guard failed == 0 else {
            throw WireError.system("start podlab in the background", Errno(rawValue: failed))
        }
    }
}
