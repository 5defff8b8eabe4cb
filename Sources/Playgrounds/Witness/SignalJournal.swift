// The witness's journal: one line for each signal, in a file whose size is bounded however many signals are sent.

import CIsolation
import CLinux
import FoundationEssentials
import Glibc
import KernelState
import Linux
import SystemPackage

/// A check asks whether some fitting signal was sent since its step began, and which was the last one. For that the newest record of each
/// kind suffices, a kind being whom it was for, which signal it was and from which root: no flood of other signals, or of the same
/// one, hides it. When the file has grown beyond its limit it is cut down to those.
///
/// Several podlabs write to one journal (`podlab enter`), each line with one write; whoever writes holds the lock of the file `….lock`, so that nobody
/// adds to a file that has just been replaced.
struct SignalJournal: Sendable {
    let path: FilePath
    /// Bytes after which it is cut down.
    private let limit: Int
    /// Kinds that are kept of each target; the oldest go.
    static let kindsLimit = 256
    /// Bytes that are ever read of it.
    static let readLimit = 8 << 20

    init(at path: FilePath, limit: Int = 256 << 10) {
        self.path = path
        self.limit = limit
    }

    func add(_ record: SignalRecord) {
        guard var line = try? JSONEncoder().encode(record.bounded) else { return }
        line.append(0x0a)
        locked {
            let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW
            guard let file = try? Descriptor.open(path.string, flags: flags, mode: 0o600) else { return }
            try? file.write(Array(line), object: path.string)
            var facts = stat()
            guard fstat(file.raw, &facts) == 0, facts.st_size > limit else { return }
            cut(from: Int(facts.st_size))
        }
    }

    /// Keeps the newest of each kind. Where they take more than half of the limit the oldest kinds go too, so that this is not to be done
    /// again at once.
    private func cut(from size: Int) {
        var kept = Self.newest(of: SignalRecord.read(journal: path, since: 0))
        let encoder = JSONEncoder()
        var lines = kept.compactMap { try? encoder.encode($0) + [0x0a] }
        var total = lines.reduce(0) { $0 + $1.count }
        while total > limit / 2, lines.count > 1 {
            total -= lines.removeFirst().count
            kept.removeFirst()
        }
        // Beside it, then in its place: who reads it meanwhile reads the old one to its end.
        try? Data(lines.joined()).write(to: URL(fileURLWithPath: path.string), options: .atomic)
    }

    /// One record of each kind, oldest first.
    static func newest(of records: [SignalRecord]) -> [SignalRecord] {
        var byTarget: [String: [SignalRecord.Kind: SignalRecord]] = [:]
        for record in records {
            let kind = record.kind
            if let before = byTarget[kind.target]?[kind], before.time > record.time { continue }
            byTarget[kind.target, default: [:]][kind] = record
        }
        return byTarget.values.flatMap { $0.values.sorted { $0.time < $1.time }.suffix(kindsLimit) }
            .sorted { $0.time < $1.time }
    }

    /// The lock is held for a fraction of a millisecond. A podlab that was stopped while it held it is not waited for: a line that is lost once in a
    /// while costs less than a sender that stands still.
    private func locked(_ body: () -> Void) {
        let lock = try? SharedDescriptor(
            result: iso_openat(AT_FDCWD, path.string + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0o600))
        defer { withExtendedLifetime(lock) {} }
        let deadline = ContinuousClock.now + .milliseconds(500)
        while let lock, flock(lock.raw, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR,
            ContinuousClock.now < deadline
        { poll(nil, 0, 1) }
        body()
    }
}

extension SignalRecord {
    /// What a check can tell from another.
    struct Kind: Hashable {
        var target: String
        var signal: Int32
        var rootDevice: [UInt32]
        var rootInode: UInt64
    }

    var kind: Kind {
        Kind(
            target: target.map { "to " + $0 } ?? "missed " + (missed ?? ""), signal: signal,
            rootDevice: senderRootDevice, rootInode: senderRootInode)
    }

    /// Without a path of thousands of bytes, which is only told and never compared.
    var bounded: SignalRecord {
        guard senderRootPath.utf8.count > 256 else { return self }
        var copy = self
        copy.senderRootPath = String(decoding: senderRootPath.utf8.prefix(253), as: UTF8.self) + "…"
        return copy
    }

    /// The records of a journal from a moment on, oldest first; none when there is no journal.
    package static func read(journal: FilePath, since time: UInt64) -> [SignalRecord] {
        guard let name = journal.lastComponent?.string,
            let folder = try? RootDirectory(path: journal.removingLastComponent()),
            let bytes = try? folder.contents(
                of: FilePath("/" + name), limit: SignalJournal.readLimit, allowPartial: true)
        else { return [] }
        let decoder = JSONDecoder()
        return bytes.split(separator: 0x0a)
            .compactMap { try? decoder.decode(SignalRecord.self, from: Data($0)) }
            .filter { $0.time >= time }
            .sorted { $0.time < $1.time }
    }
}
