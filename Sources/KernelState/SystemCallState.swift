// The parser of /proc/PID/syscall, and the numbers of the calls with which programs wait for input.

/// What a thread is doing in the kernel. See proc_pid_syscall(5).
enum SystemCallState: Hashable {
    case running
    /// Blocked, but not in a system call.
    case blocked
    case inCall(number: Int, arguments: [UInt64])

    /// Nil when the bytes are not such a line.
    init?(parsing bytes: [UInt8]) {
        let words = (bytes[...].lines.first ?? []).words
        guard let first = words.first else { return nil }
        if first.elementsEqual("running".utf8) {
            self = .running
            return
        }
        guard let number = first.number(as: Int.self) else { return nil }
        if number < 0 {
            self = .blocked
            return
        }
        guard words.count >= 7 else { return nil }
        let arguments = words[1...6].compactMap(\.hexadecimal)
        guard arguments.count == 6 else { return nil }
        self = .inCall(number: number, arguments: arguments)
    }
}

/// A call that waits for input, with what it waits on.
enum WaitingCall: Hashable {
    /// read(2), readv(2): one descriptor.
    case read(descriptor: Int32)
    /// poll(2), ppoll(2): an array of `struct pollfd` in the process's memory.
    case poll(address: UInt64, count: UInt64)
    /// The same, after a signal: restart_syscall(2) does not tell which call it goes on with.
    case perhapsPoll(address: UInt64, count: UInt64)
    /// select(2), pselect6(2): a bit set in the process's memory.
    case select(address: UInt64, count: UInt64)
    /// epoll_wait(2) and its like.
    case epoll(descriptor: Int32)

    private enum Name { case read, poll, restart, select, epoll }

    /// From <asm/unistd_64.h> of x86_64, and <asm-generic/unistd.h>, which aarch64 uses.
    #if arch(x86_64)
        private static let names: [Int: Name] = [
            0: .read, 19: .read, 7: .poll, 271: .poll, 23: .select, 270: .select, 219: .restart, 232: .epoll,
            281: .epoll, 441: .epoll,
        ]
    #else
        private static let names: [Int: Name] = [
            63: .read, 65: .read, 73: .poll, 72: .select, 128: .restart, 22: .epoll, 441: .epoll,
        ]
    #endif

    init?(_ state: SystemCallState) {
        guard case .inCall(let number, let arguments) = state, let name = Self.names[number], arguments.count == 6
        else { return nil }
        let descriptor = Int32(truncatingIfNeeded: arguments[0])
        switch name {
        case .read: self = .read(descriptor: descriptor)
        case .poll: self = .poll(address: arguments[0], count: arguments[1] & 0xffff_ffff)
        case .restart: self = .perhapsPoll(address: arguments[0], count: arguments[1])
        case .select: self = .select(address: arguments[1], count: arguments[0] & 0xffff_ffff)
        case .epoll: self = .epoll(descriptor: descriptor)
        }
    }
}
