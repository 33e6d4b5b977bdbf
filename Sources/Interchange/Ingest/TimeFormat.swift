/// How times are written, in the letters of C's `strptime`: `%d.%m.%Y %H:%M:%S %z`.
///
/// `%Y %y %m %d %e %b %B %H %I %M %S %p %f %z %Z %a %A %j %s %F %T %R %D %%`. `%f` is a fraction of a second, `%s` seconds since 1970;
/// names are English; `%y` is 1969 to 2068; white space stands for any white space. Without a zone times are UTC.
public struct TimeFormat: Sendable, Equatable {
    /// The format as it was given.
    public let pattern: String
    private let parts: [Part]

    private enum Part: Equatable {
        case text(UInt8)
        case space
        case field(UInt8)
    }

    /// nil if a letter is unknown or the format gives no day.
    public init?(_ pattern: String) {
        self.pattern = pattern
        var parts: [Part] = []
        var letters = Array(pattern.utf8)[...]
        while let byte = letters.popFirst() {
            if byte == 0x20 || byte == 0x09 {
                if parts.last != .space { parts.append(.space) }
            } else if byte == UInt8(ascii: "%") {
                guard let letter = letters.popFirst() else { return nil }
                switch letter {
                case UInt8(ascii: "%"): parts.append(.text(letter))
                case UInt8(ascii: "F"): letters = Array("%Y-%m-%d".utf8) + letters
                case UInt8(ascii: "T"): letters = Array("%H:%M:%S".utf8) + letters
                case UInt8(ascii: "R"): letters = Array("%H:%M".utf8) + letters
                case UInt8(ascii: "D"): letters = Array("%m/%d/%y".utf8) + letters
                default:
                    guard "YymdebBHIMSpfzZaAjs".utf8.contains(letter) else { return nil }
                    parts.append(.field(letter))
                }
            } else {
                parts.append(.text(byte))
            }
        }
        self.parts = parts
        let fields = Set(
            parts.compactMap { part in
                if case .field(let letter) = part { Character(Unicode.Scalar(letter)) } else { nil }
            })
        let hasYear = !fields.isDisjoint(with: "Yy")
        let hasDay = fields.contains("j") || (!fields.isDisjoint(with: "mbB") && !fields.isDisjoint(with: "de"))
        if !fields.contains("s"), !hasYear || !hasDay { return nil }
    }

    /// Milliseconds since 1970-01-01 UTC; nil if the text is not written so.
    func milliseconds(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        var values = Values()
        for part in parts {
            switch part {
            case .space: rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            case .text(let byte): guard rest.popFirst() == byte else { return nil }
            case .field(let letter): guard values.take(letter, &rest) else { return nil }
            }
        }
        return rest.isEmpty ? values.milliseconds : nil
    }

    private struct Values {
        var (year, month, day): (Int?, Int, Int) = (nil, 1, 1)
        var dayOfYear: Int?
        var (hour, minute, second, fraction): (Int, Int, Int, Int) = (0, 0, 0, 0)
        var isAfternoon: Bool?
        var zone: Int64 = 0
        var since1970: Int64?

        private static let months = [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
        ]
        private static let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

        mutating func take(_ letter: UInt8, _ rest: inout ArraySlice<UInt8>) -> Bool {
            func number(_ digits: Int, _ range: ClosedRange<Int>) -> Int? {
                let found = rest.prefix(digits).prefix { 0x30...0x39 ~= $0 }
                guard !found.isEmpty, let value = EventTime.number(found), range.contains(value) else { return nil }
                rest = rest.dropFirst(found.count)
                return value
            }
            func name(_ names: [String]) -> Int? {
                let word = String(decoding: rest.prefix { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }, as: UTF8.self).lowercased()
                guard word.utf8.count >= 3,
                    let place = names.firstIndex(where: { $0 == word || $0.prefix(3) == word || (word == "sept" && $0.hasPrefix("sept")) })
                else { return nil }
                rest = rest.dropFirst(word.utf8.count)
                return place
            }
            func set(_ value: Int?, _ place: WritableKeyPath<Values, Int>, _ to: inout Values) -> Bool {
                guard let value else { return false }
                to[keyPath: place] = value
                return true
            }
            switch letter {
            case UInt8(ascii: "Y"):
                let digits = rest.prefix(4).prefix { 0x30...0x39 ~= $0 }
                if digits.count == 4 { year = number(4, 0...9_999) }
                return digits.count == 4
            case UInt8(ascii: "y"):
                year = number(2, 0...99).map { $0 < 69 ? 2_000 + $0 : 1_900 + $0 }
                return year != nil
            case UInt8(ascii: "m"): return set(number(2, 1...12), \.month, &self)
            case UInt8(ascii: "b"), UInt8(ascii: "B"): return set(name(Values.months).map { $0 + 1 }, \.month, &self)
            case UInt8(ascii: "d"), UInt8(ascii: "e"):
                if rest.first == 0x20 { rest = rest.dropFirst() }
                return set(number(2, 1...31), \.day, &self)
            case UInt8(ascii: "j"):
                dayOfYear = number(3, 1...366)
                return dayOfYear != nil
            case UInt8(ascii: "H"): return set(number(2, 0...23), \.hour, &self)
            case UInt8(ascii: "I"): return set(number(2, 1...12).map { $0 % 12 }, \.hour, &self)
            case UInt8(ascii: "M"): return set(number(2, 0...59), \.minute, &self)
            case UInt8(ascii: "S"): return set(number(2, 0...60), \.second, &self)
            case UInt8(ascii: "p"):
                let word = String(decoding: rest.prefix(2), as: UTF8.self).lowercased()
                guard word == "am" || word == "pm" else { return false }
                isAfternoon = word == "pm"
                rest = rest.dropFirst(2)
                return true
            case UInt8(ascii: "f"):
                let digits = rest.prefix { 0x30...0x39 ~= $0 }
                guard !digits.isEmpty else { return false }
                rest = rest.dropFirst(digits.count)
                return set(EventTime.number(ArraySlice((Array(digits) + [0x30, 0x30, 0x30]).prefix(3))), \.fraction, &self)
            case UInt8(ascii: "z"), UInt8(ascii: "Z"):
                let word = rest.prefix { $0 != 0x20 }
                guard let offset = word.elementsEqual("GMT".utf8) ? 0 : EventTime.zoneOffset(word) else { return false }
                zone = offset
                rest = rest.dropFirst(word.count)
                return true
            case UInt8(ascii: "a"), UInt8(ascii: "A"): return name(Values.days) != nil
            default:
                let digits = rest.prefix(12).prefix { 0x30...0x39 ~= $0 }
                since1970 = EventTime.number(digits).map { Int64($0) }
                rest = rest.dropFirst(digits.count)
                return !digits.isEmpty
            }
        }

        var milliseconds: Int64? {
            if let since1970 { return since1970 * 1_000 + Int64(fraction) }
            guard let year, var days = CivilDate(year: year, month: dayOfYear == nil ? month : 1, day: dayOfYear == nil ? day : 1)?.days
            else { return nil }
            if let dayOfYear {
                days += dayOfYear - 1
                if CivilDate(days: days).year != year { return nil }
            }
            let hours = isAfternoon == true ? hour % 12 + 12 : isAfternoon == false ? hour % 12 : hour
            return Int64(days) * 86_400_000 + Int64(hours * 3_600 + minute * 60 + second) * 1_000 + Int64(fraction) - zone
        }
    }
}
