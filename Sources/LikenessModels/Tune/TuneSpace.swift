public import LikenessFormat
import LikenessTuning

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a search tries: for each loss, its settings and their values. Settings that are not named keep their defaults.
///
/// As JSON, the names of settings are those of the options of `likeness fit`:
/// ```json
/// {"als": {"components": [64, 128], "regularization": {"from": 0.004, "to": 0.016, "scale": "log"}, "epochs": [4, 8, 12]}}
/// ```
/// `epochs` costs nothing: one training is measured after each number of epochs, and its best counts.
public struct TuneSpace: Sendable, Codable, Equatable {
    /// The values of a setting.
    public enum Values: Sendable, Equatable {
        /// Some values to choose from; one alone is given to all trials.
        case choice([SettingValue])
        /// All numbers between two, both included. By their logarithm, each power of ten has the same chance.
        case range(from: Double, to: Double, isLogarithmic: Bool = false)
    }

    /// The values of each setting of each loss.
    public var settings: [TunedLoss: [String: Values]]

    /// A space of these settings.
    public init(_ settings: [TunedLoss: [String: Values]]) {
        self.settings = settings
    }

    /// The space that is searched when none is given.
    ///
    /// - Parameter hasFeatures: whether items or users have features to be pulled to.
    public init(_ losses: [TunedLoss], hasFeatures: Bool = true) {
        settings = [:]
        for loss in losses { settings[loss] = TuneSpace.standard(loss, hasFeatures) }
    }

    private static func standard(_ loss: TunedLoss, _ hasFeatures: Bool) -> [String: Values] {
        func choice(_ numbers: Double...) -> Values { .choice(numbers.map { .number($0) }) }
        if loss == .als {
            var space: [String: Values] = [
                "components": choice(64, 96, 128, 192, 256),
                "unobserved-factor": .range(from: 0.5, to: 4, isLogarithmic: true),
                "regularization": .range(from: 0.004, to: 0.016, isLogarithmic: true), "epochs": choice(4, 6, 8, 12, 16),
            ]
            if hasFeatures { space["feature-pull"] = .range(from: 0, to: 0.9) }
            return space
        }
        if loss == .softmax {
            var space: [String: Values] = [
                "components": choice(64, 96, 128, 192, 256), "temperature": .range(from: 0.05, to: 0.2, isLogarithmic: true),
                "learning-rate": .range(from: 0.03, to: 0.3, isLogarithmic: true),
                "regularization": .range(from: 0.004, to: 0.016, isLogarithmic: true), "epochs": choice(2, 3, 4, 5, 6, 8, 10),
            ]
            if hasFeatures { space["feature-pull"] = .range(from: 0, to: 0.9) }
            return space
        }
        var space: [String: Values] = [
            "components": choice(32, 64, 96, 128), "learning-rate": .range(from: 0.01, to: 0.2, isLogarithmic: true),
            "user-regularization": .range(from: 1e-7, to: 1e-4, isLogarithmic: true),
            "item-regularization": .range(from: 1e-7, to: 1e-4, isLogarithmic: true), "epochs": choice(5, 10, 15, 20, 30, 40, 50),
        ]
        if loss == .warp || loss == .warpKOS { space["max-sampled"] = .range(from: 5, to: 100, isLogarithmic: true) }
        if loss == .warpKOS { space["kos-k"] = .range(from: 1, to: 7) }
        if hasFeatures { space["feature-shrinkage"] = choice(0, 2, 5, 10, 20) }
        return space
    }

    /// Reads a file of JSON.
    ///
    /// - Throws: `TuneError.space`: the file cannot be read, or is no space.
    public init(contentsOf path: String) throws(TuneError) {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch { throw .space("\(path) cannot be read: check its name") }
        do {
            self = try JSONDecoder().decode(TuneSpace.self, from: data)
        } catch {
            throw .space("\(path): \(TuneSpace.words(for: error))")
        }
        _ = try searchSpace()
    }

    private static func words(for error: any Error) -> String {
        let general = "it is not a JSON object of losses and their settings"
        guard let error = error as? DecodingError else { return general }
        switch error {
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            return context.underlyingError == nil ? context.debugDescription : "it is no JSON"
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context):
            if context.codingPath.isEmpty { return general }
            return
                "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is not what it must be: values are a number, a list, or an "
                + "object with from, to and scale (log or linear)"
        @unknown default: return general
        }
    }

    /// Reads an object of losses.
    public init(from decoder: any Decoder) throws {
        let named = try decoder.singleValueContainer().decode([String: [String: Values]].self)
        settings = [:]
        for (name, values) in named {
            guard let loss = TunedLoss(rawValue: name) else {
                let all = TunedLoss.allCases.map(\.rawValue).joined(separator: ", ")
                throw DecodingError.dataCorrupted(
                    .init(codingPath: [], debugDescription: "there is no loss '\(name)'; there are: \(all)"))
            }
            settings[loss] = values
        }
    }

    /// Writes an object of losses.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Dictionary(uniqueKeysWithValues: settings.map { ($0.key.rawValue, $0.value) }))
    }

    /// The losses, in the order of ``TunedLoss``.
    public var losses: [TunedLoss] { TunedLoss.allCases.filter { settings[$0] != nil } }

    /// The epochs after which trainings of a loss are measured, ascending.
    func epochs(_ loss: TunedLoss) -> [Int] {
        switch settings[loss]?["epochs"] {
        case .choice(let values): return values.compactMap(\.number).map { Int($0) }.sorted()
        case .range(let from, let to, _):
            // Ten points or fewer, evenly.
            let (first, last) = (Int(from.rounded(.up)), Int(to))
            let step = max(1, (last - first + 9) / 10)
            return Array(stride(from: last, through: first, by: -step)).reversed()
        case nil: return [loss.standardEpochs]
        }
    }

    /// The settings that a search proposes.
    ///
    /// - Throws: `TuneError.space`: a name or a value that a loss does not have, inverted bounds, nothing to choose.
    func searchSpace() throws(TuneError) -> SearchSpace {
        var branches: [SearchSpace.Branch] = []
        do {
            for loss in losses {
                var dimensions: [SearchDimension] = []
                for (name, values) in (settings[loss] ?? [:]).sorted(by: { $0.key < $1.key }) {
                    let dimension = try SearchDimension(name: name, values: values.searched(loss.settings[name] == .whole))
                    try TuneSpace.check(dimension, loss)
                    if name != "epochs" { dimensions.append(dimension) }
                }
                branches.append(SearchSpace.Branch(name: loss.rawValue, dimensions: dimensions))
            }
            return try SearchSpace(branches)
        } catch let error as SearchSpaceError {
            throw .space(error.description)
        } catch let error as TuneError {
            throw error
        } catch {
            throw .space("\(error)")
        }
    }

    /// Checks both ends of a range, or all choices.
    private static func check(_ dimension: SearchDimension, _ loss: TunedLoss) throws(TuneError) {
        let ends: [SettingValue] =
            switch dimension.values {
            case .real(let from, let to, _): [.number(from), .number(to)]
            case .whole(let from, let to, _): [.number(Double(from)), .number(Double(to))]
            case .choice(let values): values
            }
        for value in ends {
            if let fault = loss.fault(dimension.name, value) { throw .space("the space of \(loss.rawValue): \(fault)") }
        }
    }

    /// The settings nearest to the defaults that the space has.
    func start(_ loss: TunedLoss, in space: SearchSpace) -> TrialSettings {
        var settings = TrialSettings(loss: loss.rawValue)
        for dimension in space[loss.rawValue]?.dimensions ?? [] {
            // The shrinkage goes by the weighting; 5 is that of the default weighting.
            let standard = loss.standard(dimension.name) ?? .number(5)
            settings.values[dimension.name] = dimension.nearest(to: standard)
        }
        return settings
    }
}

extension TuneSpace.Values: Codable {
    private enum CodingKeys: String, CodingKey {
        case from, to, scale
    }

    /// How a range is seen.
    private enum Scale: String, Codable {
        case log, linear
    }

    /// Reads a value, a list of values, or an object with bounds.
    public init(from decoder: any Decoder) throws {
        if let value = try? decoder.singleValueContainer().decode(SettingValue.self) {
            self = .choice([value])
        } else if let values = try? decoder.singleValueContainer().decode([SettingValue].self) {
            self = .choice(values)
        } else {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self = .range(
                from: try container.decode(Double.self, forKey: .from), to: try container.decode(Double.self, forKey: .to),
                isLogarithmic: try container.decodeIfPresent(Scale.self, forKey: .scale) == .log)
        }
    }

    /// Writes a list of values, or an object with bounds.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .choice(let values):
            var container = encoder.singleValueContainer()
            try container.encode(values)
        case .range(let from, let to, let isLogarithmic):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(from, forKey: .from)
            try container.encode(to, forKey: .to)
            try container.encode(isLogarithmic ? Scale.log : .linear, forKey: .scale)
        }
    }

    /// The same as a search sees it.
    fileprivate func searched(_ isWhole: Bool) throws(SearchSpaceError) -> SearchDimension.Values {
        switch self {
        case .choice(let values): return .choice(values)
        case .range(let from, let to, let isLogarithmic):
            guard isWhole else { return .real(from: from, to: to, isLogarithmic: isLogarithmic) }
            guard let first = Int(exactly: from.rounded(.up)), let last = Int(exactly: to.rounded(.down)) else {
                throw .notFinite(name: "a range")
            }
            return .whole(from: first, to: last, isLogarithmic: isLogarithmic)
        }
    }
}
