// A shell in a network namespace of its own, to do with commands what the library does, and to look at it.

import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

let isRoot = geteuid() == 0

/// Asked once: can this user make a network namespace, and is ip(8) here?
let canUseNetworks: Bool = (try? NamespaceShell().run("ip -json link")) != nil
let noNetworks: Comment = "this machine lets this user make no network namespace, or has no ip(8)"

/// `sh` as root of its namespaces; it ends with the object, and its namespaces with it.
final class NamespaceShell: @unchecked Sendable {
    let pid: pid_t
    private let input: FileDescriptor
    private let output: FileDescriptor

    /// In a network namespace of its own, in a user namespace of its own too, as anybody may make them.
    convenience init() throws { try self.init(["unshare", "--net", "--user", "--map-root-user"]) }

    /// In a network namespace of its own, which the user namespace of another shell owns.
    convenience init(beside other: NamespaceShell) throws {
        try self.init(["nsenter", "--target", "\(other.pid)", "--user", "--preserve-credentials", "unshare", "--net"])
    }

    init(_ head: [String]) throws {
        let (childInput, input) = try FileDescriptor.pipe()
        let (output, childOutput) = try FileDescriptor.pipe()
        for end in [input, output, childInput, childOutput] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, childInput.rawValue, 0)
        posix_spawn_file_actions_adddup2(&actions, childOutput.rawValue, 1)
        var strings = (head + ["sh"]).map { strdup($0) } + [nil]
        defer { strings.forEach { free($0) } }
        var number: pid_t = 0
        var attributes = attributesWithBrokenPipes()
        defer { posix_spawnattr_destroy(&attributes) }
        let failure = posix_spawnp(&number, head[0], &actions, &attributes, &strings, environ)
        try childInput.close()
        try childOutput.close()
        pid = number
        self.input = input
        self.output = output
        guard failure == 0 else { throw Errno(rawValue: failure) }
        // When it answers, it is in its namespaces.
        try run("true")
    }

    deinit {
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        try? input.close()
        try? output.close()
    }

    /// What the commands print, errors included; throws when the last of them fails.
    @discardableResult
    func run(_ commands: String) throws -> String { try ShellDialog(input: input, output: output).run(commands) }

    /// The objects that a command of ip(8) prints.
    func json(_ command: String) throws -> [[String: Any]] {
        let text = try run(command)
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] ?? []
    }

    var path: String { "/proc/\(pid)/ns/net" }
}
