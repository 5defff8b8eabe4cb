// How long to wait before something that keeps failing is tried again.

/// The back-off of Kubernetes' kubelet: nothing before the first time, then 10 s, doubled each time up to 5 min, and forgotten after
/// 10 min of running. All times are divided by a scale, so that a lesson need not last half an hour.
package struct BackOff: Sendable, Equatable {
    package static let first: Double = 10
    package static let longest: Double = 300

    private let scale: Double
    /// Seconds as Kubernetes counts them; nil: nothing has failed yet.
    private var nominal: Double?
    /// When it was tried last.
    private var tried: Timestamp = 0

    package init(scale: Double = 1) { self.scale = scale }

    /// How long it is now, as Kubernetes writes it (`10s`, `1m20s`, `5m0s`), whatever the scale.
    package var text: String {
        let seconds = Int(nominal ?? 0)
        return seconds < 60 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s"
    }

    /// When something that failed may be tried again.
    package func end(since failure: Timestamp) -> Timestamp {
        guard let nominal, !isForgotten(at: failure) else { return failure }
        return failure + nominal / scale
    }

    /// It is tried again now, after a failure.
    package mutating func next(after failure: Timestamp, at now: Timestamp) {
        nominal = nominal.map { isForgotten(at: failure) ? Self.first : min(2 * $0, Self.longest) } ?? Self.first
        tried = now
    }

    /// What had run for twice the longest wait is stable, and its failure the first one again.
    private func isForgotten(at failure: Timestamp) -> Bool { failure - tried > 2 * Self.longest / scale }
}
