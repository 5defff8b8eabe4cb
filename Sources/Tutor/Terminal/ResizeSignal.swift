// SIGWINCH as something that poll(2) can wait for.
import CLinux
import Glibc

/// While it lives, SIGWINCH makes `descriptor` readable, and so does going on after a stop; `end` puts the handler that was there before
/// back. One at a time.
final class ResizeSignal {
    enum Event: UInt8 {
        case nothing, resized
        /// The process was stopped and goes on: somebody else may have used the terminal meanwhile.
        case continued
    }

    let descriptor: Int32

    init?() {
        descriptor = iso_terminal_watch()
        if descriptor < 0 { return nil }
    }

    /// Takes what happened since it was asked last.
    @discardableResult
    func drain() -> Event {
        var event = Event.nothing
        var bytes = [UInt8](repeating: 0, count: 64)
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            guard count > 0 else { return event }
            if let newest = bytes.prefix(count).max(), newest > event.rawValue {
                event = Event(rawValue: newest) ?? event
            }
        }
    }

    func end() { iso_terminal_unwatch() }
}
