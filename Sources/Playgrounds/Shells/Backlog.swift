// What was printed while nobody looked: the newest bytes of it.

/// A store of bytes that forgets the oldest when it is full.
package struct Backlog: Equatable, Sendable {
    package let limit: Int
    private var bytes: [UInt8] = []
    /// Some of what was printed is not kept any more.
    package private(set) var hasForgotten = false

    package init(limit: Int) { self.limit = limit }

    package var isEmpty: Bool { bytes.isEmpty }

    package mutating func add(_ new: some Collection<UInt8>) {
        bytes += new.suffix(limit)
        if new.count > limit { hasForgotten = true }
        // Cut seldom: moving everything for every few bytes would cost more than the output itself.
        if bytes.count > 2 * limit { cut() }
    }

    package mutating func clear() {
        bytes = []
        hasForgotten = false
    }

    /// All that is kept, from the beginning of a line where something before it was forgotten. Empty afterwards.
    package mutating func take() -> [UInt8] {
        cut()
        defer { clear() }
        guard hasForgotten, let end = bytes.firstIndex(of: 0x0a) else { return bytes }
        return Array(bytes[(end + 1)...])
    }

    /// The whole lines of it; what has no end yet stays, and all of it where that is more than so many bytes.
    package mutating func takeLines(atMost most: Int) -> [UInt8] {
        guard !hasForgotten, bytes.count <= most, let end = bytes.lastIndex(of: 0x0a) else { return [] }
        defer { bytes.removeFirst(end + 1) }
        return Array(bytes[...end])
    }

    private mutating func cut() {
        guard bytes.count > limit else { return }
        bytes.removeFirst(bytes.count - limit)
        hasForgotten = true
    }
}
