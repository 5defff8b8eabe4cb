// The standard streams of this process for a program inside, which gets pipes in their place.

import CIsolation
import Glibc
import Isolation

/// Nothing that enters a playground has a descriptor that podlab has not made itself. Whoever is root in there can take a descriptor of
/// what runs there and open the file anew, for writing too, because the owner of the user's files is often the user whom it is; and of a
/// terminal can read the keys, and type into it (TIOCSTI). So this process passes the bytes on.
final class OutsideStreams {
    /// From a descriptor to another, in the direction of the bytes.
    private struct Passage {
        var from: Int32
        var to: Int32
        var isOpen = true
    }

    private var passages: [Passage] = []
    /// The ends that the program has; this process lets go of them once it runs.
    private var theirs: [Int32] = []
    private(set) var streams = StandardStreams.null

    init() throws(PlaygroundError) {
        var given: [StandardStream] = []
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            var ends: [Int32] = [-1, -1]
            let made = iso_pipe(&ends)
            guard made >= 0 else { throw .system(operation: "make a pipe", errno: -made) }
            let isInput = descriptor == STDIN_FILENO
            passages.append(
                isInput ? Passage(from: descriptor, to: ends[1]) : Passage(from: ends[0], to: descriptor))
            theirs.append(isInput ? ends[0] : ends[1])
            given.append(.descriptor(isInput ? ends[0] : ends[1]))
            // Nobody inside may hold this process up by not reading.
            if isInput { _ = fcntl(ends[1], F_SETFL, O_NONBLOCK) }
        }
        streams = StandardStreams(input: given[0], output: given[1], error: given[2])
    }

    deinit {
        for end in theirs { close(end) }
        for passage in passages { close(passage.from == STDIN_FILENO ? passage.to : passage.from) }
    }

    /// Passes on until the program has ended, and then what is still in the pipes: not what others write who live on.
    func pass(until child: Child) throws -> ExitStatus {
        for end in theirs { close(end) }
        theirs = []
        while true {
            var polled = passages.map { pollfd(fd: $0.isOpen ? $0.from : -1, events: Int16(POLLIN), revents: 0) }
            polled.append(pollfd(fd: child.pidfd, events: Int16(POLLIN), revents: 0))
            // As long as the program runs: it is what was asked for.
            guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
            for index in passages.indices where polled[index].revents != 0 { passOn(index) }
            guard polled[passages.count].revents != 0 else { continue }
            for index in passages.indices where passages[index].from != STDIN_FILENO {
                while passages[index].isOpen, iso_poll(passages[index].from, Int32(POLLIN), 0) & Int32(POLLIN) > 0 {
                    passOn(index)
                }
            }
            return try child.wait()
        }
    }

    private func passOn(_ index: Int) {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = read(passages[index].from, &chunk, chunk.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        var rest = chunk[..<max(0, count)]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(passages[index].to, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            if written < 0, errno == EAGAIN, iso_poll(passages[index].to, Int32(POLLOUT), 1000) > 0 { continue }
            guard written > 0 else { break }
            rest = rest.dropFirst(written)
        }
        guard count <= 0 || !rest.isEmpty else { return }
        passages[index].isOpen = false
        if passages[index].from == STDIN_FILENO {
            close(passages[index].to)
            passages[index].to = -1
        }
    }
}
