// The history file of the line editor: private, bounded, and shared by sessions that run at the same time.
@preconcurrency import CReadline
import CLinux
import Glibc
import Linux
import SystemPackage
import Terminals

/// Readline's history list and the file behind it. Belongs to the one `LineEditor`.
struct LineHistory {
    let path: String
    /// Lines kept in memory and, after the next start, in the file.
    let limit: Int
    /// A file that is larger than this is not read: podlab did not write it.
    static let largestFile = 8 << 20

    /// Loads the file, making it if need be. Errors: what keeps the file from being used; lines are then only kept in
    /// memory.
    init(path: String, limit: Int) throws(SystemError) {
        self.path = path
        self.limit = limit
        using_history()
        clear_history()
        stifle_history(Int32(limit))
        try prepareFile()
        guard read_history(path) == 0 else { throw .last("read history", path) }
        // Twice the limit gathers before the file is cut, so that this is rare. Another session that is appending at
        // this moment holds the lock; then the next start does it.
        if countLines() > 2 * limit {
            withLock(LOCK_EX) { _ = history_truncate_file(path, Int32(limit)) }
        }
    }

    /// Adds a line, unless it begins with a space or repeats the one before.
    func add(_ line: String) {
        guard !line.isBlank, line.first != " ", line != lastLine() else { return }
        add_history(line)
        // Appended at once, in one write: two sessions interleave, and a crash loses nothing.
        withLock(LOCK_SH) { _ = append_history(1, path) }
    }

    private func lastLine() -> String? {
        guard let entry = history_get(history_base + history_length - 1), let text = entry.pointee.line else {
            return nil
        }
        return String(cString: text)
    }

    /// Only a regular file of ours will do, readable by nobody else. O_NONBLOCK keeps a FIFO in its place from
    /// blocking the start.
    private func prepareFile() throws(SystemError) {
        let flags = O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW
        let file = try Descriptor(result: iso_openat(AT_FDCWD, path, flags, 0o600), "open history", path)
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw .last("examine history", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(operation: "use as history", object: path, errno: .invalidArgument)
        }
        guard status.st_size <= Self.largestFile else {
            throw SystemError(operation: "read history", object: path, errno: .fileTooLarge)
        }
        guard status.st_mode & 0o077 == 0 || fchmod(file.raw, 0o600) == 0 else { throw .last("make private", path) }
    }

    private func countLines() -> Int {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var lines = 0
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { return lines }
            lines += chunk.prefix(count).count { $0 == UInt8(ascii: "\n") }
        }
    }

    /// The lock is on the folder: cutting the file replaces it. It is never waited for, because its holder may be
    /// stopped. Without the lock, an append (shared) is still done; a cut (exclusive) is left to the next start.
    private func withLock(_ kind: Int32, _ body: () -> Void) {
        let end = path.lastIndex(of: "/")
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let isLocked = handle >= 0 && flock(handle, kind | LOCK_NB) == 0
        if isLocked || kind == LOCK_SH { body() }
        if handle >= 0 { close(handle) }
    }
}
