// A running session as other podlab processes see it: one file in the run-time folder, written atomically.

import FoundationEssentials
import Glibc
import KernelState
import SystemPackage

/// What another process needs to check a session: who plays the node, which lab and step, since when, and what was answered.
package struct SessionRecord: Codable, Sendable, Equatable {
    package static let schema = "podlab.session/v1"

    package enum Kind: String, Codable, Sendable {
        /// A playground that was made for pods alone.
        case node
    }

    /// A process by number and start time (clock ticks after boot), so that a later one with its number is not mistaken for it.
    package struct Process: Codable, Sendable, Equatable {
        package var pid: Int32
        package var startTime: UInt64

        package init(_ identity: ProcessIdentity) {
            pid = identity.pid.rawValue
            startTime = identity.startTime
        }

        package var identity: ProcessIdentity { ProcessIdentity(pid: ProcessID(pid), startTime: startTime) }

        /// Whether that very process lives.
        package var isAlive: Bool {
            guard let state = ProcessState.read(identity.pid, fields: []) else { return false }
            return state.identity == identity && !state.isZombie
        }
    }

    package var schema = SessionRecord.schema
    /// What it is when it is no learner's session at a lab.
    package var kind: Kind?
    /// The podlab that owns the session.
    package var owner: Process
    /// PID 1 of the playground.
    package var playground: Process?
    package var decoys: [String: Process] = [:]
    package var cgroups = CgroupRecord()
    /// Nil in the record of a podlab that did not know of it.
    package var programs: ProgramRecord?
    package var lab: String?
    package var step: String?
    package var seed: String?
    /// When each step began, in nanoseconds of CLOCK_BOOTTIME.
    package var began: [String: UInt64] = [:]
    package var answers: [String: String] = [:]
    /// Edge checks that have held since their step began, by `STEP/CHECK`, with what was seen then.
    package var edges: [String: Edge] = [:]
    /// Pid namespaces that a `namespaceEnd` check of a step has seen since the step began, by step.
    package var sightings: [String: [NamespaceSighting]] = [:]
    /// Processes that a `restart` check of a step has seen since the step began, by step.
    package var restarts: [String: [RestartSighting]] = [:]
    /// Cgroups whose counters a check of a step asks for, as they were seen since the step began, by step.
    package var limits: [String: [LimitSighting]] = [:]

    package init(owner: Process) { self.owner = owner }

    /// What an edge check saw when it held.
    package struct Edge: Codable, Sendable, Equatable {
        package var expected: String?
        package var actual: String?
        package var evidence: [Evidence]
    }
}

/// The folder of one session: its record and its journal. It is what the kernel does not take away when podlab dies, so every
/// start removes those whose owner is gone.
package struct SessionFolder: Sendable {
    package let path: FilePath
    package var recordPath: FilePath { path.appending("session.json") }
    package var journalPath: FilePath { path.appending("signals.jsonl") }

    init(path: FilePath) { self.path = path }

    /// The session's name: number and start time of its owner, and a count.
    package var name: String { path.lastComponent?.string ?? "" }

    /// Makes a folder for this process, mode 0700, with a record that names its owner.
    package static func create(in sessions: FilePath) throws -> SessionFolder {
        guard let own = ownIdentity else {
            throw FileError(operation: "read", path: "/proc/self/stat", error: .noSuchProcess)
        }
        // A signal is ending this process: what is made now would be left.
        guard !SignalledEnd.hasBegun else { throw SignalledEnd.Begun() }
        try AtomicFile.makeFolder(sessions)
        for number in 0... {
            let folder = SessionFolder(path: sessions.appending("\(own.pid)-\(own.startTime)-\(number)"))
            if mkdir(folder.path.string, 0o700) == 0 {
                do {
                    try folder.write(SessionRecord(owner: .init(own)))
                } catch {
                    folder.remove()
                    throw error
                }
                return folder
            }
            guard errno == EEXIST else {
                throw FileError(operation: "make the folder", path: folder.path, error: Errno(rawValue: errno))
            }
        }
        throw FileError(operation: "make a folder in", path: sessions, error: .fileExists)
    }

    /// This process, as folders name it.
    static var ownIdentity: ProcessIdentity? { ProcessState.read(.current, fields: [])?.identity }

    package func write(_ record: SessionRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try AtomicFile.write(Array(try encoder.encode(record)), to: recordPath, flushing: false)
    }

    /// Nil when there is none that this podlab can read. Only a regular file of at most 4 MiB is read.
    package func read() -> SessionRecord? {
        guard let folder = try? RootDirectory(path: path),
            let bytes = try? folder.contents(of: "/session.json", limit: 4 << 20),
            let record = try? JSONDecoder().decode(SessionRecord.self, from: Data(bytes)),
            record.schema == SessionRecord.schema
        else { return nil }
        return record
    }

    package func remove() {
        try? FileManager.default.removeItem(atPath: path.string)
    }

    /// The folders of all sessions, by name.
    package static func all(in sessions: FilePath) -> [SessionFolder] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: sessions.string)) ?? []
        return names.sorted().map { SessionFolder(path: sessions.appending($0)) }
    }

    /// The owner, as the folder's name says it; nil for a name that podlab did not give.
    var owner: ProcessIdentity? {
        Self.owner(of: name)
    }

    /// The owner that a session's name tells of; nil for a name that podlab did not give.
    static func owner(of name: String) -> ProcessIdentity? {
        let parts = name.split(separator: "-")
        guard parts.count == 3, let pid = Int32(parts[0]), let start = UInt64(parts[1]), Int(parts[2]) != nil else {
            return nil
        }
        return ProcessIdentity(pid: ProcessID(pid), startTime: start)
    }

    static func isLive(_ owner: ProcessIdentity) -> Bool {
        guard let state = ProcessState.read(owner.pid, fields: []) else { return false }
        return state.identity == owner && !state.isZombie
    }

    /// Whether the podlab that made it lives.
    package var isLive: Bool {
        owner.map(Self.isLive) ?? false
    }

    /// Whether this very process made it.
    package var isOwn: Bool { owner?.pid == .current && isLive }
}
