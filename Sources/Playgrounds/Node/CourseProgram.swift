// The programs that the course brings into a playground, and which files they were before a learner came.

import KernelState
import SystemPackage

/// A program of the course: known by the file that it was when the playground was made, and by no name or path, which are the learner's.
package enum CourseProgram: String, Codable, Sendable, CaseIterable {
    /// podlab on a node, in a session of its own, as it is started to keep pods. Whoever types `podlab pod` runs the same program.
    case agent
    case pause, greedy

    /// Where it is in a playground that nobody has been in.
    package var path: String {
        switch self {
        case .agent: PlaygroundPath.programs + "/" + NodeProgram.name
        case .pause, .greedy: "/usr/local/bin/" + rawValue
        }
    }

    /// The kernel's name of a process that was started from there: at most 15 bytes.
    package var fileName: String? { FilePath(path).lastComponent.map { String($0.string.prefix(15)) } }

    /// `podlab's agent`, `the course's pause`.
    package var words: String { self == .agent ? "podlab's agent" : "the course's \(rawValue)" }
}

/// The files of the course's programs as they were when a playground had just been made, and why one of them is not known.
package struct ProgramRecord: Codable, Sendable, Equatable {
    /// A file by device and inode, and since when it is as it is.
    package struct File: Codable, Sendable, Equatable {
        /// As makedev(3) takes them.
        package var major: UInt32
        package var minor: UInt32
        package var inode: UInt64
        /// Bytes.
        package var size: UInt64
        /// `st_ctim`, in nanoseconds since 1970.
        package var changed: Int64

        init(_ stamp: FileStamp) {
            major = stamp.identity.device.major
            minor = stamp.identity.device.minor
            inode = stamp.identity.inode
            size = stamp.size
            changed = stamp.changed
        }

        var stamp: FileStamp {
            FileStamp(
                identity: FileIdentity(device: DeviceNumber(major: major, minor: minor), inode: inode), size: size,
                changed: changed)
        }
    }

    /// By the word for the program.
    package var files: [String: File] = [:]
    /// Why a program is not among the files, by the word for it.
    package var problems: [String: String] = [:]

    package init() {}

    /// Looks at the files. Call it before anybody is in the playground.
    package init(in node: NodeView) throws(KernelStateError) {
        let root = try node.root()
        for program in CourseProgram.allCases {
            if let file = root.look(at: FilePath(program.path)).state, file.kind == .regular {
                files[program.rawValue] = File(file.stamp)
            } else {
                problems[program.rawValue] = "this playground has been started without \(program.path)"
            }
        }
    }

    /// Nil: it is not known.
    package func stamp(of program: CourseProgram) -> FileStamp? { files[program.rawValue]?.stamp }

    /// Why it is not known.
    package func problem(of program: CourseProgram) -> String {
        problems[program.rawValue]
            ?? "this session's record does not say which file it was when the playground was started: start it again"
    }
}
