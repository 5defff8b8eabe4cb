// The folder of one session: what it says of itself, and the journal of its witness.

import FoundationEssentials
import Glibc
import KernelState
import Linux
import SystemPackage

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
            throw SystemError(operation: "read", object: "/proc/self/stat", errno: .noSuchProcess)
        }
        // A signal is ending this process: what is made now would be left.
        guard !SignalledEnd.hasBegun else { throw SignalledEnd.Begun() }
        try AtomicFile.makeFolder(sessions)
        for number in 0... {
            let folder = SessionFolder(path: sessions.appending("\(own.pid)-\(own.startTime)-\(number)"))
            if mkdir(folder.path.string, 0o700) == 0 {
                do {
                    try folder.write(NodeRecord(owner: .init(own)))
                } catch {
                    folder.remove()
                    throw error
                }
                return folder
            }
            guard errno == EEXIST else { throw SystemError.last("make the folder", folder.path.string) }
        }
        throw SystemError(operation: "make a folder in", object: sessions.string, errno: .fileExists)
    }

    /// This process, as folders name it.
    static var ownIdentity: ProcessIdentity? { ProcessState.read(.current, fields: [])?.identity }

    package func write(_ record: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try AtomicFile.write(Array(try encoder.encode(record)), to: recordPath, flushing: false)
    }

    /// Nil when there is none that this podlab can read. Only a regular file of at most 4 MiB is read.
    package func read() -> NodeRecord? {
        record(NodeRecord.self).flatMap { $0.schema == NodeRecord.schema ? $0 : nil }
    }

    /// The record with what somebody wrote beside the playground's; nil as above.
    package func read<Record: Decodable>(_ type: Record.Type) -> Record? {
        read() == nil ? nil : record(type)
    }

    private func record<Record: Decodable>(_ type: Record.Type) -> Record? {
        guard let folder = try? RootDirectory(path: path),
            let bytes = try? folder.contents(of: "/session.json", limit: 4 << 20)
        else { return nil }
        return try? JSONDecoder().decode(type, from: Data(bytes))
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
