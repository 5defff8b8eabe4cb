// Programs that tests start, and that may end before their time.

import Glibc

/// A shell that has ended, because this machine allows no such namespaces say, must be an error for whoever writes to it and not the
/// end of all tests. What is started gets the signal back.
private let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

/// Attributes of a program that is to have SIGPIPE as anybody has it. To be destroyed by the caller.
package func attributesWithBrokenPipes() -> posix_spawnattr_t {
    ignoresBrokenPipes
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    return attributes
}
