// Ages as kubectl writes them.

/// `59s`, `2m5s`, `3h10m`, `2d4h`, `400d`, `3y20d`: never more than two units, and only the larger one when that says enough.
/// As `HumanDuration` of k8s.io/apimachinery.
func humanDuration(seconds: Double) -> String {
    guard seconds.isFinite else { return "<invalid>" }
    // Clocks that differ by less than two seconds are the same.
    if seconds <= -2 { return "<invalid>" }
    let seconds = Int(min(max(0, seconds), 1e12))
    let (minutes, hours) = (seconds / 60, seconds / 3600)
    func two(_ large: Int, _ one: String, _ small: Int, _ other: String) -> String {
        small == 0 ? "\(large)\(one)" : "\(large)\(one)\(small)\(other)"
    }
    if seconds < 120 { return "\(seconds)s" }
    if minutes < 10 { return two(minutes, "m", seconds % 60, "s") }
    if minutes < 180 { return "\(minutes)m" }
    if hours < 8 { return two(hours, "h", minutes % 60, "m") }
    if hours < 48 { return "\(hours)h" }
    let days = hours / 24
    if days < 8 { return two(days, "d", hours % 24, "h") }
    if days < 365 * 2 { return "\(days)d" }
    if days < 365 * 8 { return two(days / 365, "y", days % 365, "d") }
    return "\(days / 365)y"
}
