package import LikenessFormat
import Platform
package import RandomNumbers

/// One setting of a search and the values that it may have.
package struct SearchDimension: Sendable, Equatable {
    /// The values of a setting.
    package enum Values: Sendable, Equatable {
        /// All numbers between two, both included; by their logarithm: each power of ten has the same chance.
        case real(from: Double, to: Double, isLogarithmic: Bool)
        /// All whole numbers between two, both included.
        case whole(from: Int, to: Int, isLogarithmic: Bool)
        /// Some numbers or names. Numbers are seen in their order, names each for itself.
        case choice([SettingValue])
    }

    /// The setting's name.
    package let name: String
    /// Its values.
    package let values: Values

    /// A setting with values that can be searched.
    ///
    /// - Throws: `SearchSpaceError`: bounds that are inverted, infinite or, for logarithms, not positive; no values, or one twice.
    package init(name: String, values: Values) throws(SearchSpaceError) {
        self.name = name
        self.values = values
        let bounds: (from: Double, to: Double, isLogarithmic: Bool)
        switch values {
        case .real(let from, let to, let isLogarithmic): bounds = (from, to, isLogarithmic)
        case .whole(let from, let to, let isLogarithmic):
            guard from.magnitude <= 1 << 53, to.magnitude <= 1 << 53 else { throw .notFinite(name: name) }
            bounds = (Double(from), Double(to), isLogarithmic)
        case .choice(let choices):
            if choices.isEmpty { throw .noValues(name: name) }
            if Set(choices).count < choices.count { throw .repeatedValue(name: name) }
            if choices.contains(where: { $0.number?.isFinite == false }) { throw .notFinite(name: name) }
            return
        }
        guard bounds.from.isFinite, bounds.to.isFinite, (bounds.to - bounds.from).isFinite else { throw .notFinite(name: name) }
        guard bounds.from <= bounds.to else { throw .inverted(name: name, from: bounds.from, to: bounds.to) }
        guard !bounds.isLogarithmic || bounds.from > 0 else { throw .noLogarithm(name: name, from: bounds.from) }
    }

    /// Draws a value: numbers with four digits, so that they can be written down and are what was tried.
    package func draw(_ random: inout SplitMix64) -> SettingValue {
        switch values {
        case .real(let from, let to, let isLogarithmic):
            let drawn = Self.between(from, to, isLogarithmic, random.unit())
            return .number(min(max(Self.rounded(drawn), from), to))
        case .whole(let from, let to, let isLogarithmic):
            if !isLogarithmic { return .number(Double(from + random.below(to - from + 1))) }
            let drawn = Self.between(Double(from), Double(to), true, random.unit()).rounded()
            return .number(min(max(drawn, Double(from)), Double(to)))
        case .choice(let choices): return choices[random.below(choices.count)]
        }
    }

    /// Whether a value is one of the setting's.
    package func contains(_ value: SettingValue) -> Bool {
        switch values {
        case .real(let from, let to, _): value.number.map { $0 >= from && $0 <= to } ?? false
        case .whole(let from, let to, _):
            value.number.map { $0 >= Double(from) && $0 <= Double(to) && $0 == $0.rounded() } ?? false
        case .choice(let choices): choices.contains(value)
        }
    }

    /// The setting's value that is nearest to a number; the first of names.
    package func nearest(to value: SettingValue) -> SettingValue {
        if contains(value) { return value }
        let number = value.number ?? 0
        switch values {
        case .real(let from, let to, _): return .number(min(max(number, from), to))
        case .whole(let from, let to, _): return .number(min(max(number.rounded(), Double(from)), Double(to)))
        case .choice(let choices):
            let numbers = choices.compactMap(\.number)
            guard value.number != nil, let best = numbers.min(by: { abs($0 - number) < abs($1 - number) }) else { return choices[0] }
            return .number(best)
        }
    }

    /// How many columns the surrogate sees of the setting.
    var columns: Int {
        if case .choice(let choices) = values, choices.contains(where: { $0.number == nil }) { choices.count } else { 1 }
    }

    /// Writes what the surrogate sees of a value: numbers or their decimal logarithm, the places of numbers to choose from, and a column for
    /// each name.
    func encode(_ value: SettingValue, into row: inout [Double]) {
        switch values {
        case .real(_, _, let isLogarithmic), .whole(_, _, let isLogarithmic):
            let number = value.number ?? 0
            row.append(isLogarithmic ? Mathematics.decimalLogarithm(number) : number)
        case .choice(let choices):
            if columns == 1 {
                row.append(Double(choices.compactMap(\.number).count { $0 < value.number ?? 0 }))
            } else {
                for choice in choices { row.append(choice == value ? 1 : 0) }
            }
        }
    }

    /// What the surrogate sees where the setting has no part: the same for all.
    func encodeNothing(into row: inout [Double]) {
        for _ in 0..<columns { row.append(0) }
    }

    private static func between(_ from: Double, _ to: Double, _ isLogarithmic: Bool, _ share: Double) -> Double {
        guard isLogarithmic else { return from + share * (to - from) }
        let (low, high) = (Mathematics.decimalLogarithm(from), Mathematics.decimalLogarithm(to))
        return Mathematics.powerOfTen(low + share * (high - low))
    }

    /// A number with four significant digits.
    static func rounded(_ number: Double) -> Double {
        guard number != 0, number.isFinite else { return number }
        let exponent = Mathematics.decimalLogarithm(abs(number)).rounded(.down) - 3
        guard abs(exponent) < 300 else { return number }
        // Dividing by a power of ten that is exact gives the double that the decimal digits read as.
        if exponent < 0 {
            let scale = Mathematics.powerOfTen(-exponent)
            return (number * scale).rounded() / scale
        }
        let scale = Mathematics.powerOfTen(exponent)
        return (number / scale).rounded() * scale
    }
}

/// Why a space cannot be searched.
package enum SearchSpaceError: Error, Equatable, Sendable {
    /// The upper bound is below the lower one.
    case inverted(name: String, from: Double, to: Double)
    /// A number is infinite, none, or too large.
    case notFinite(name: String)
    /// A logarithmic range starts at 0 or below.
    case noLogarithm(name: String, from: Double)
    /// There is nothing to choose from.
    case noValues(name: String)
    /// A value can be chosen twice.
    case repeatedValue(name: String)
    /// A setting, or a part of the space, has its name twice.
    case repeatedName(name: String)
    /// The space has no parts.
    case empty
}

extension SearchSpaceError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .inverted(let name, let from, let to):
            "\(name) goes from \(SettingValue.number(from)) to \(SettingValue.number(to)), but the first must be the smaller"
        case .notFinite(let name): "\(name) has a bound or a value that is too large, or no number"
        case .noLogarithm(let name, let from):
            "\(name) is seen by its logarithm and starts at \(SettingValue.number(from)), but must start above 0"
        case .noValues(let name): "\(name) has no values. Name some, or leave it out"
        case .repeatedValue(let name): "\(name) has a value twice"
        case .repeatedName(let name): "\(name) is there twice"
        case .empty: "there is nothing to search. Name at least one loss"
        }
    }
}
