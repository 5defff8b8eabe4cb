// A moment as logs write it: RFC 3339 in UTC, with nanoseconds.

import Glibc

package struct LogTime: Sendable, Equatable, CustomStringConvertible {
    /// Since 1970.
    package var seconds: Int64
    package var nanoseconds: Int64

    package init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// By the clock on the wall.
    package static var now: LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    package var timestamp: Timestamp { Double(seconds) + Double(nanoseconds) / 1e9 }

    /// `2026-11-21T16:08:23.000000001Z`.
    package var description: String {
        let (day, second) = seconds.quotientAndFloor(by: 86_400)
        let (year, month, date) = Self.civil(fromDays: day)
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(date, 2))T\(padded(second / 3600, 2))"
            + ":\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2)).\(padded(nanoseconds, 9))Z"
    }

    /// Reads what `description` writes, with one to nine digits of a second's fraction.
    package init?(_ text: ArraySlice<UInt8>) {
        let bytes = Array(text)
        guard bytes.count >= 22, bytes.count <= 30, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes[19] == UInt8(ascii: "."), bytes.last == UInt8(ascii: "Z")
        else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let date = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            var fraction = number(20..<bytes.count - 1), (1...12).contains(month), (1...31).contains(date),
            hour < 24, minute < 60, second < 61
        else { return nil }
        for _ in bytes.count - 21..<9 { fraction *= 10 }
        seconds = Self.days(fromCivil: (year, month, date)) * 86_400 + hour * 3600 + minute * 60 + second
        nanoseconds = fraction
    }

    // Days of the proleptic Gregorian calendar, counted in eras of 400 years that begin in March: 146,097 days each.

    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).quotientAndFloor(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func days(fromCivil date: (year: Int64, month: Int64, day: Int64)) -> Int64 {
        let (era, yearOfEra) = (date.month <= 2 ? date.year - 1 : date.year).quotientAndFloor(by: 400)
        let dayOfYear = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Int64 {
    /// Division that rounds down, for days before 1970 too.
    fileprivate func quotientAndFloor(by divisor: Int64) -> (Int64, Int64) {
        let rest = (self % divisor + divisor) % divisor
        return ((self - rest) / divisor, rest)
    }
}
