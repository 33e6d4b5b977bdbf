/// Reads the times that likes files hold.
enum EventTime {
    /// Milliseconds since 1970-01-01 UTC of whole seconds (up to 11 digits), whole milliseconds (12 digits and more), seconds with a
    /// fraction, or ISO 8601 (`2026-03-01`, `2026-03-01T12:00:00Z`, `2026-03-01 12:00:00.250+02:00`); nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        if let number = Int64(text) {
            return text.drop { $0 == "-" }.count >= 12
                ? number : number.multipliedReportingOverflow(by: 1_000).partialValue
        }
        if let seconds = Double(text), seconds.isFinite, abs(seconds) < 1e11 { return Int64(seconds * 1_000) }
        return iso8601(Array(text.utf8))
    }

    private static func iso8601(_ text: [UInt8]) -> Int64? {
        guard text.count >= 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = number(text[0..<4]), let month = number(text[5..<7]), let day = number(text[8..<10]),
            (1...12).contains(month), (1...length(ofMonth: month, year)).contains(day)
        else { return nil }
        var milliseconds = Int64(days(year: year, month: month, day: day)) * 86_400_000
        if text.count == 10 { return milliseconds }
        guard text.count >= 19, text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"), let hour = number(text[11..<13]),
            let minute = number(text[14..<16]), let second = number(text[17..<19]), hour < 24, minute < 60, second < 61
        else { return nil }
        milliseconds += Int64(hour * 3_600 + minute * 60 + second) * 1_000
        var rest = text[19...]
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            milliseconds += Int64(number(ArraySlice((Array(digits) + [0x30, 0x30, 0x30]).prefix(3))) ?? 0)
            rest = rest.dropFirst(1 + digits.count)
        }
        if rest.isEmpty || rest.elementsEqual([UInt8(ascii: "Z")]) { return milliseconds }
        let zone = Array(rest)
        guard zone.count == 6, zone[3] == UInt8(ascii: ":"),
            zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"),
            let hours = number(zone[1..<3]), let minutes = number(zone[4..<6])
        else { return nil }
        let offset = Int64(hours * 60 + minutes) * 60_000
        return zone[0] == UInt8(ascii: "+") ? milliseconds - offset : milliseconds + offset
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.reduce(Int?.some(0)) { value, byte in
            guard let value, (0x30...0x39).contains(byte) else { return nil }
            return value * 10 + Int(byte - 0x30)
        }
    }

    private static func length(ofMonth month: Int, _ year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
