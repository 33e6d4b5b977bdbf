package import LikenessFormat
import Platform
import RandomNumbers

extension Search {
    /// How the losses go with one setting, all others being as they come.
    package struct Dependence: Sendable {
        /// The loss whose setting it is.
        package let loss: String
        /// The setting.
        package let name: String
        /// Whether its values are seen by their logarithms.
        package let isLogarithmic: Bool
        /// Values, ascending or in the order of the choices, and the mean of what the surrogate expects there.
        package let points: [(value: SettingValue, mean: Double)]
    }

    /// The partial dependence of each setting (Friedman, 2001): the surrogate's mean over random settings in which one has a given value.
    ///
    /// - Parameters:
    ///   - values: how many values of a range to look at.
    ///   - samples: how many random settings to take the mean over.
    /// - Returns: nothing before three trials have been told.
    package func dependences(values: Int = 25, samples: Int = 200) -> [Dependence] {
        let targets = imputedLosses
        guard targets.count >= 3 else { return [] }
        let trees = ExtraTrees(rows, targets, seed: seed)
        var random = SplitMix64(seed: seed, purpose: .max)
        var dependences: [Dependence] = []
        for branch in space.branches {
            var drawn: [TrialSettings] = []
            for _ in 0..<samples {
                var settings = TrialSettings(loss: branch.name)
                for dimension in branch.dimensions { settings.values[dimension.name] = dimension.draw(&random) }
                drawn.append(settings)
            }
            for dimension in branch.dimensions {
                let points = dimension.spread(values).map { value in
                    let rows = drawn.map { settings in
                        var settings = settings
                        settings.values[dimension.name] = value
                        return space.encode(settings)
                    }
                    return (value, trees.expectations(of: rows).reduce(0) { $0 + $1.mean } / Double(samples))
                }
                guard points.count > 1 else { continue }
                dependences.append(
                    Dependence(loss: branch.name, name: dimension.name, isLogarithmic: dimension.isLogarithmic, points: points))
            }
        }
        return dependences
    }
}

extension SearchDimension {
    /// Whether a range is seen by its logarithm.
    package var isLogarithmic: Bool {
        switch values {
        case .real(_, _, let isLogarithmic), .whole(_, _, let isLogarithmic): isLogarithmic
        case .choice: false
        }
    }

    /// At most so many values from one end to the other; all choices, numbers in their order.
    func spread(_ count: Int) -> [SettingValue] {
        let bounds: (from: Double, to: Double)
        switch values {
        case .choice(let choices):
            let numbers = choices.compactMap(\.number)
            return numbers.count == choices.count ? numbers.sorted().map { .number($0) } : choices
        case .real(let from, let to, _): bounds = (from, to)
        case .whole(let from, let to, _): bounds = (Double(from), Double(to))
        }
        guard bounds.to > bounds.from, count > 1 else { return [.number(bounds.from)] }
        var spread: [SettingValue] = []
        for step in 0..<count {
            let share = Double(step) / Double(count - 1)
            var value = bounds.from + share * (bounds.to - bounds.from)
            if isLogarithmic {
                let (low, high) = (Mathematics.decimalLogarithm(bounds.from), Mathematics.decimalLogarithm(bounds.to))
                value = min(max(Mathematics.powerOfTen(low + share * (high - low)), bounds.from), bounds.to)
            }
            if case .whole = values { value = value.rounded() }
            if spread.last != .number(value) { spread.append(.number(value)) }
        }
        return spread
    }
}
