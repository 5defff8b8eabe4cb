// Starting programs for tests, on pipes or on a terminal, without anything that a program started beside could inherit.

import Foundation
import Glibc

/// How a program stands to the test's own session. See setsid(2), setpgid(2).
enum Leadership {
    case ofGroup, ofSession

    fileprivate var flag: Int32 {
        switch self {
        case .ofGroup: Int32(POSIX_SPAWN_SETPGROUP)
        case .ofSession: 0x80  // POSIX_SPAWN_SETSID, a macro that Swift does not see.
        }
    }
}

/// Starts a program with an empty signal mask and no signal ignored, whatever whoever runs the tests ignores, as the leader of a group or session of its own. `prepare` gives it its streams.
func spawn(
    _ command: [String], environment: [String: String], leading leadership: Leadership,
    _ prepare: (inout posix_spawn_file_actions_t) -> Void
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    prepare(&actions)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
        &attributes, Int16(leadership.flag | Int32(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)))
    let words = command.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var pid: pid_t = -1
    let failure = posix_spawnp(&pid, command[0], &actions, &attributes, words, variables)
    guard failure == 0 else {
        throw TookTooLong(description: "\(command[0]) cannot be started: \(String(cString: strerror(failure)))")
    }
    return pid
}

/// A new pseudo-terminal: its master, and the path of the other end. Not openpty(3), whose descriptors a program started meanwhile
/// by a test beside this one would inherit. See pty(7), ioctl_tty(2).
func openTerminal(rows: Int, columns: Int) throws -> (master: Int32, slave: String) {
    // Macros that Swift does not see: TIOCSPTLCK locks or unlocks the other end, TIOCGPTN is the number in its name.
    let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (locked, number): (Int32, Int32) = (0, 0)
    guard master >= 0, ioctl(master, setLock, &locked) == 0, ioctl(master, getNumber, &number) == 0 else {
        let failure = errno
        if master >= 0 { close(master) }
        throw TookTooLong(description: "a pseudo-terminal: \(String(cString: strerror(failure)))")
    }
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    return (master, "/dev/pts/\(number)")
}

/// Starts a program on a terminal: the leader of a session gets the first terminal that it opens as its controlling terminal.
func spawn(_ command: [String], environment: [String: String], on terminal: String) throws -> pid_t {
    try spawn(command, environment: environment, leading: .ofSession) { actions in
        posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
    }
}
