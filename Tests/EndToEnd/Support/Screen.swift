// A person's terminal: podlab in tmux, driven by keys and read from the screen.

import Foundation
import TestSupport
import Testing

final class Screen {
    private let home: Home
    private var socket: String { home.path + "/tmux" }

    static let isAvailable = program("tmux") != nil

    /// Opens a terminal of this size with podlab on it.
    init(_ home: Home, columns: Int = 100, rows: Int = 40) throws {
        self.home = home
        let opened = try tmux(
            "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "exec '\(try home.executable())'")
        guard opened.code == 0 else { throw TookTooLong(description: "tmux: \(opened.error)") }
    }

    deinit { _ = try? tmux("kill-server") }

    private func tmux(_ arguments: String...) throws -> Finished {
        try run(
            ["tmux", "-u", "-S", socket, "-f", "/dev/null"] + arguments, environment: home.environment)
    }

    /// The row of the cursor when a line was typed last: as long as it is there, the last line is the one from before.
    private var typedAt: Int?

    /// Types text and Enter.
    func type(_ line: String) throws {
        typedAt = try cursorRow()
        _ = try tmux("send-keys", "-l", line)
        try press("Enter")
    }

    /// The cursor's row, counted from the first line that scrolled away.
    private func cursorRow() throws -> Int {
        let rows = try tmux("display-message", "-p", "#{history_size} #{cursor_y}").output
        return rows.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.reduce(0, +)
    }

    /// Presses keys by tmux's names: `C-c`, `q`, `Enter`.
    func press(_ keys: String...) throws {
        for key in keys { _ = try tmux("send-keys", key) }
    }

    func resize(columns: Int, rows: Int) throws {
        _ = try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// What is on the screen, without the empty lines below.
    func text() throws -> String {
        let lines = try tmux("capture-pane", "-p").output.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.reversed().drop { $0.allSatisfy(\.isWhitespace) }.reversed().joined(separator: "\n")
    }

    /// The last line on the screen: where the cursor is.
    func lastLine() throws -> String { try text().split(separator: "\n").last.map(String.init) ?? "" }

    /// Waits until the screen is as wanted; gives the screen.
    @discardableResult
    func expect(
        _ what: String, seconds: Double = Deadline.seconds, sourceLocation: SourceLocation = #_sourceLocation,
        _ holds: (String) throws -> Bool
    ) throws -> String {
        var seen = ""
        let came = try eventually(seconds: seconds) {
            seen = try text()
            return try holds(seen)
        }
        try #require(came, "\(what) was not seen:\n\(seen)", sourceLocation: sourceLocation)
        return seen
    }

    @discardableResult
    func expect(_ part: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        try expect(part, sourceLocation: sourceLocation) { $0.contains(part) }
    }

    /// Waits for the tutor's prompt at the end of the screen, turning the pages of a lesson on the way.
    @discardableResult
    func prompt(_ start: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        try expect("the prompt \(start)", sourceLocation: sourceLocation) { screen in
            if let row = typedAt {
                // This screen may be from before the line's end: the next one is not.
                if try cursorRow() != row { typedAt = nil }
                return false
            }
            let last = screen.split(separator: "\n").last.map(String.init) ?? ""
            if last.contains("space: ") || last == " more" || last == " end" { try? press("Space") }
            return last.hasPrefix(start) && last.hasSuffix("›")
        }
    }

    /// Waits for podlab's end: tmux ends with its last program.
    func ended() throws -> Bool {
        try eventually { try tmux("has-session").code != 0 }
    }
}

extension Trait where Self == ConditionTrait {
    static var needsScreen: Self { .enabled(if: Screen.isAvailable, "tmux is not installed") }
}
