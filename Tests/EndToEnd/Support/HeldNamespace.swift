// The pid namespace of a playground, for tests that ask whether it is empty after its end.

import Glibc
import KernelState
import Testing

/// Held open: else the kernel gives its number to the next one that anybody makes, and another test's processes would count as its.
final class HeldNamespace {
    let id: NamespaceID
    private let descriptor: Int32

    init(of process: SessionFile.Process) throws {
        descriptor = open("/proc/\(process.pid)/ns/pid", O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        id = try #require(ProcessState.read(ProcessID(process.pid), fields: .namespaces)?.namespace(.pid))
    }

    deinit { close(descriptor) }

    var members: [ProcessID] { ProcessTable.numbers(within: id) }
}
