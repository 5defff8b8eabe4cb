// What becomes of the keys that a learner presses while something runs.

/// Sorts keys: for the program at once, for whoever reads next, for the tutor's prompt.
struct KeyDesk {
    /// Pressed while nobody read: for the next reader, which may be the tutor's prompt.
    private(set) var unread: [UInt8] = []
    /// Pressed after the escape key: for the tutor's prompt.
    private var ahead: [UInt8] = []
    private var scanner: EscapeScanner

    /// More than a person types while something runs, and a paste of thousands of lines.
    private static let limit = 1 << 20

    init(_ key: EscapeKey) { scanner = EscapeScanner(key) }

    /// The beginning of a sequence waits for its rest.
    var isHolding: Bool { scanner.isHolding }

    /// Whether the escape key was among the keys; `pass` are the others before it.
    mutating func press(_ keys: ArraySlice<UInt8>) -> (pass: [UInt8], escaped: Bool) {
        let (pass, after) = scanner.scan(keys)
        if let after { ahead += after }
        return (pass, after != nil)
    }

    mutating func release() -> [UInt8] { scanner.release() }

    /// Keeps what nobody reads yet; gives what acts at once. A key that sends a signal makes what was typed before it void,
    /// as the line discipline has it (NOFLSH in termios(3)).
    mutating func keep(_ keys: [UInt8], signals: Set<UInt8>, flow: Set<UInt8>) -> [UInt8] {
        var now: [UInt8] = []
        for key in keys {
            if signals.contains(key) {
                unread = []
                now.append(key)
            } else if flow.contains(key) {
                now.append(key)
            } else if unread.count < Self.limit {
                unread.append(key)
            }
        }
        return now
    }

    mutating func takeUnread() -> [UInt8] {
        defer { unread = [] }
        return unread
    }

    /// What the tutor's prompt gets: with `unread` also what no program has read.
    mutating func takeAhead(withUnread: Bool) -> [UInt8] {
        defer { ahead = [] }
        return (withUnread ? takeUnread() : []) + ahead
    }
}
