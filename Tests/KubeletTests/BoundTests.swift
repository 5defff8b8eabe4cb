// Waits of the client that must come to an end: a lock that is not let go of, output that does not stop.

import CIsolation
import Foundation
import Glibc
import SystemPackage
import Terminals
import Testing

@testable import Kubelet
@testable import PodNodes

@Suite struct BoundTests {
    @Test("a lock that somebody else holds is given up with an error that names it")
    func lock() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("podlab-lock-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let runtime = FilePath(folder.path)
        let held = try #require(try NodeLock(runtime))
        #expect(try NodeLock(runtime, waiting: false) == nil)
        let error = #expect(throws: WireError.self) { try NodeLock(runtime, patience: .milliseconds(50)) }
        #expect("\(error as Any)".contains("node.lock"))
        withExtendedLifetime(held) {}
    }

    @Test("what a program has left running may write for ever; the relay ends with the program")
    func endless() throws {
        let relay = try StreamRelay(source: nil)
        let output = dup(relay.programStreams[1])
        relay.closeProgramStreams()
        signal(SIGPIPE, SIG_IGN)
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
        var program: [Int32] = [-1, -1]
        try #require(iso_pipe(&program) >= 0)
        close(program[1])
        defer { close(program[0]) }
        // Each time that something is taken there is more.
        let chunk = [UInt8](repeating: 0x79, count: 64 << 10)
        _ = write(output, chunk, chunk.count)
        var taken = 0
        try relay.run(until: program[0]) { bytes, _ in
            taken += bytes.count
            _ = write(output, chunk, chunk.count)
            return taken < 64 << 20
        }
        #expect(taken > 0 && taken < 16 << 20)
        close(output)
    }
}
