// Why a root could not be built, and what to do about it.

import KernelState
import Linux
import SystemPackage

/// A program or data file that the recipe wants and this machine lacks.
package struct MissingTool: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    package let package: String
    /// Ids of the labs that need it; empty means all.
    package let labs: [String]
    /// What is wrong, when something is there after all: a library of it is missing, it is not static.
    package let reason: String?

    package var description: String {
        "\(name) is missing\(reason.map { " (\($0))" } ?? "") (package \(package)): needed by "
            + (labs.isEmpty ? "all labs" : (labs.count == 1 ? "lab " : "labs ") + labs.joined(separator: ", "))
    }
}

/// A failed build.
package enum RootBuildError: Error, Hashable, Sendable, CustomStringConvertible {
    case missingTools([MissingTool])
    /// A system call failed.
    case system(operation: String, object: String, errno: Errno)
    /// A program that builds (mmdebstrap, tar, busybox) failed; `output` is the end of what it printed.
    case command(String, status: Int32, output: String)
    case cancelled
    /// The recipe asks for what cannot be.
    case recipe(String)

    package var description: String {
        switch self {
        case .missingTools(let tools):
            tools.map(\.description).joined(separator: "\n")
                + "\nto install what is missing: sudo apt-get install -y "
                + Set(tools.map(\.package)).sorted().joined(separator: " ")
        case .system(let operation, let object, let errno):
            SystemError(operation: operation, object: object, errno: errno).description
        case .command(let command, let status, let output):
            "\(command) failed with status \(status)\(output.isEmpty ? "" : ":\n\(output)")"
        case .cancelled: "building the root was interrupted; nothing was changed"
        case .recipe(let message): message
        }
    }
}
