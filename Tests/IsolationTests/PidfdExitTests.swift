// How a process ended, asked of its pidfd after it was reaped.

import CIsolation
import Glibc
import Testing

@testable import Isolation

@Suite struct PidfdExitTests {
    @Test("a living process has no end; a reaped one has it, on a kernel that keeps it", arguments: [true, false])
    func end(killed: Bool) throws {
        let script = killed ? "exec sleep 1000" : "read line; exit 7"
        let child = try Plan([.execute("/bin/sh", arguments: ["sh", "-c", script])]).start(
            StartOptions(streams: StandardStreams(input: .null)))
        defer { child.close() }
        let pidfd = iso_pidfd_open(child.pid)
        try #require(pidfd >= 0)
        defer { close(pidfd) }
        var how = iso_exit()
        if killed {
            #expect(iso_pidfd_exit(pidfd, &how) == 0)
            try child.signal(SIGKILL)
        }
        _ = try child.wait()
        let result = iso_pidfd_exit(pidfd, &how)
        #expect(result == 1 || result == -ESRCH)
        guard result == 1 else { return }
        #expect(how.signaled == (killed ? 1 : 0) && how.status == (killed ? 9 : 7))
    }
}
