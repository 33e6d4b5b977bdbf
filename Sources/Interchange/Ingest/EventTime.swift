import PlainText

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads the times that likes files and users write.
public enum EventTime {
    /// The time of a like, in milliseconds since 1970-01-01 UTC, or why it is none.
    ///
    /// - Parameter format: how the times are written; nil for the forms of ``milliseconds(_:)``, and `YYYYMMDD`.
    static func read(_ text: String, _ format: TimeFormat?) -> Result<Int64, RowFault> {
        if let format {
            guard let time = format.milliseconds(text) else {
                return .failure(RowFault("the time '\(text.printable(atMost: 60))' is not written as \(format.pattern) says"))
            }
            return plausible(time, text, "as \(format.pattern)")
        }
        if text.utf8.count == 8, let date = compactDate(text) { return .success(date) }
        if let time = milliseconds(text) {
            let isNumber = Double(text) != nil
            return plausible(time, text, isNumber ? text.utf8.count >= 12 ? "in milliseconds" : "in seconds" : "as ISO 8601")
        }
        let shown = text.printable(atMost: 60)
        if isDayMonth(text) {
            return .failure(
                RowFault("the time '\(shown)' is ambiguous: say which number is the day, with --time-format '%d/%m/%Y %H:%M' or the like"))
        }
        return .failure(
            RowFault(
                "the time '\(shown)' is none; use seconds or milliseconds since 1970, or ISO 8601, or say with --time-format how it is written"
            ))
    }

    /// Milliseconds since 1970-01-01 UTC of whole seconds (up to 11 digits), whole milliseconds (12 digits and more), seconds with a
    /// fraction, or ISO 8601 (`2026-03-01`, `2026-03-01T12:00:00Z`, `2026-03-01 12:00:00.250 +02:00`, `2026-03-01 12:00`); nil for anything
    /// else.
    public static func milliseconds(_ text: String) -> Int64? {
        if let number = Int64(text) {
            return text.drop { $0 == "-" }.count >= 12
                ? number : number.multipliedReportingOverflow(by: 1_000).partialValue
        }
        if let seconds = Double(text), seconds.isFinite, abs(seconds) < 1e11 { return Int64(seconds * 1_000) }
        return iso8601(Array(text.utf8))
    }

    /// 1990-01-01 UTC.
    private static let earliest: Int64 = 631_152_000_000
    /// The end of next year, so that clocks that are ahead do no harm.
    static let latest: Int64 = {
        let now = Int(Date().timeIntervalSince1970) / 86_400
        return Int64((CivilDate(days: now).year + 2).daysToYear) * 86_400_000
    }()

    /// A time between 1990 and the end of next year; else the reading that it would have.
    private static func plausible(_ time: Int64, _ text: String, _ how: String) -> Result<Int64, RowFault> {
        if time >= earliest, time < latest { return .success(time) }
        func day(_ time: Int64) -> String { CivilDate(days: Int(time.floored(by: 86_400_000))).description }
        var words = "the time '\(text.printable(atMost: 60))' would be \(day(time)) \(how), and likes are from 1990 to next year"
        for (unit, divisor) in [("microseconds", 1_000 as Int64), ("nanoseconds", 1_000_000)] where Int64(text) != nil {
            let other = time / divisor
            if other >= earliest, other < latest {
                words += "; in \(unit) it would be \(day(other)): divide by \(divisor)"
            }
        }
        return .failure(RowFault(words))
    }

    private static func compactDate(_ text: String) -> Int64? {
        let digits = Array(text.utf8)
        guard let year = number(digits[0..<4]), let month = number(digits[4..<6]), let day = number(digits[6..<8]),
            let days = CivilDate(year: year, month: month, day: day)?.days
        else { return nil }
        let time = Int64(days) * 86_400_000
        return time >= earliest && time < latest ? time : nil
    }

    /// Whether the text begins with two numbers of one or two digits and a year, as `12/10/2017`.
    private static func isDayMonth(_ text: String) -> Bool {
        let parts = text.prefix { $0 != " " && $0 != "T" && $0 != "," }.split(omittingEmptySubsequences: false) {
            $0 == "/" || $0 == "." || $0 == "-"
        }
        return parts.count == 3 && parts.allSatisfy { part in part.allSatisfy { $0.isASCII && $0.isNumber } }
            && (1...2).contains(parts[0].count) && (1...2).contains(parts[1].count) && [2, 4].contains(parts[2].count)
    }

    private static func iso8601(_ text: [UInt8]) -> Int64? {
        guard text.count >= 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = number(text[0..<4]), let month = number(text[5..<7]), let day = number(text[8..<10]),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        var milliseconds = Int64(date.days) * 86_400_000
        if text.count == 10 { return milliseconds }
        guard text.count >= 16, text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "),
            text[13] == UInt8(ascii: ":"), let hour = number(text[11..<13]), let minute = number(text[14..<16]), hour < 24, minute < 60
        else { return nil }
        milliseconds += Int64(hour * 3_600 + minute * 60) * 1_000
        var rest = text[16...]
        if rest.first == UInt8(ascii: ":") {
            guard rest.count >= 3, let second = number(rest[17..<19]), second < 61 else { return nil }
            milliseconds += Int64(second) * 1_000
            rest = rest.dropFirst(3)
            if rest.first == UInt8(ascii: ".") {
                let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
                guard !digits.isEmpty else { return nil }
                milliseconds += Int64(number(ArraySlice((Array(digits) + [0x30, 0x30, 0x30]).prefix(3))) ?? 0)
                rest = rest.dropFirst(1 + digits.count)
            }
        }
        if rest.isEmpty { return milliseconds }
        if rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
        return zoneOffset(rest).map { milliseconds - $0 }
    }

    /// Milliseconds that a zone is ahead of UTC: `Z`, `UTC`, `+02:00`, `+0200`, `+02`.
    static func zoneOffset(_ zone: ArraySlice<UInt8>) -> Int64? {
        if zone.elementsEqual("Z".utf8) || zone.elementsEqual("UTC".utf8) { return 0 }
        guard let sign = zone.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        var digits = Array(zone.dropFirst())
        if digits.count == 5, digits[2] == UInt8(ascii: ":") { digits.remove(at: 2) }
        if digits.count == 2 { digits += [0x30, 0x30] }
        guard digits.count == 4, let hours = number(digits[0..<2]), let minutes = number(digits[2..<4]), hours < 24, minutes < 60
        else { return nil }
        let offset = Int64(hours * 60 + minutes) * 60_000
        return sign == UInt8(ascii: "+") ? offset : -offset
    }

    static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.reduce(Int?.some(0)) { value, byte in
            guard let value, (0x30...0x39).contains(byte) else { return nil }
            return value * 10 + Int(byte - 0x30)
        }
    }
}

extension Int64 {
    fileprivate func floored(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-(self + 1)) / divisor) - 1
    }
}

extension Int {
    /// Days from 1970-01-01 to the first of January of this year.
    fileprivate var daysToYear: Int { CivilDate(year: self, month: 1, day: 1)?.days ?? 0 }
}
