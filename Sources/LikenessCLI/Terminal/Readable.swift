#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Numbers, sizes and times as people read them.
enum Readable {
    /// `632,840`
    static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// `1 like`, `632,840 likes`
    static func count(_ value: some BinaryInteger, _ noun: String, plural: String? = nil) -> String {
        "\(count(value)) \(value == 1 ? noun : plural ?? noun + "s")"
    }

    /// `48.6 MB`, in powers of ten as disks are sold.
    static func bytes(_ value: Int) -> String {
        let units = ["bytes", "kB", "MB", "GB", "TB"]
        var amount = Double(value)
        var unit = 0
        while amount >= 999.95 && unit < units.count - 1 {
            amount /= 1_000
            unit += 1
        }
        return unit == 0 ? "\(count(value)) bytes" : "\(decimal(amount, places: 1)) \(units[unit])"
    }

    /// `0.48 s`, `12.3 s`, `2 min 05 s`, `3 h 07 min`
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite && seconds < 1e9 else { return "a long time" }
        if seconds < 9.995 { return "\(decimal(seconds, places: 2)) s" }
        if seconds < 59.95 { return "\(decimal(seconds, places: 1)) s" }
        let whole = Int(seconds.rounded())
        if whole < 3_600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        return "\(whole / 3_600) h \(twoDigits(whole % 3_600 / 60)) min"
    }

    /// A number with a fixed count of decimal places: `0.1364`.
    static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e18 else { return "\(value)" }
        let digits = String(UInt64(scaled))
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return places == 0 ? sign + padded : "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
    }

    /// A rate without needless digits: `1,234,567`, `850`, `0.4`
    static func rate(_ perSecond: Double) -> String {
        guard perSecond.isFinite && perSecond < 1e18 else { return "?" }
        return perSecond < 10 ? decimal(perSecond, places: 1) : count(Int(perSecond))
    }

    /// `2026-11-24 01:05:10 UTC`, from milliseconds since 1970-01-01 UTC.
    static func time(milliseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        let text = date.formatted(Date.ISO8601FormatStyle(dateTimeSeparator: .space))
        return text.hasSuffix("Z") ? text.dropLast() + " UTC" : text
    }

    private static func twoDigits(_ value: Int) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
