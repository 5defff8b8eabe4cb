// Moments as the API writes them.

import Pods

/// `2026-11-21T16:05:09Z` (RFC 3339), to the second below. Days are counted by the civil calendar, without leap seconds.
func rfc3339(_ moment: Timestamp) -> String {
    // Years 0001 to 9999, which is what RFC 3339 can say.
    let bounded = moment.isFinite ? min(max(moment, -62_135_596_800), 253_402_300_799) : 0
    let seconds = Int(bounded.rounded(.down))
    let day = Int((Double(seconds) / 86_400).rounded(.down))
    let time = seconds - day * 86_400
    let (year, month, date) = civil(day: day)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let digits = String(year)
    let years = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return
        "\(years)-\(two(month))-\(two(date))T\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))Z"
}

/// The date of a day counted from 1970-01-01. Years are counted from March, so that a leap day is the last of its year, in eras
/// of 400 years, after which the calendar repeats.
private func civil(day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (
        yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
        dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
}
