import LikenessFormat
import LikenessTraining

/// A loss whose settings can be searched.
public enum TunedLoss: String, Sendable, Codable, CaseIterable {
    /// Alternating least squares.
    case als
    /// The softmax of cosines, which starts from some iterations of least squares.
    case softmax
    /// Weighted approximate-rank pairwise.
    case warp
    /// WARP on the k-th best of a sample.
    case warpKOS = "warp-kos"
    /// Bayesian personalised ranking.
    case bpr
    /// Likes against dislikes.
    case logistic

    /// What values a setting may have.
    enum Kind: Equatable {
        case real, whole
        case name([String])
    }

    /// The settings of the loss by the names that the command line has, without those that are for all trials of a study.
    var settings: [String: Kind] {
        let features = Kind.name(FeatureWeighting.allCases.map(\.rawValue))
        if startsFromLeastSquares {
            var settings: [String: Kind] = [
                "components": .whole, "epochs": .whole, "regularization": .real, "unobserved-factor": .real, "feature-pull": .real,
                "features": features, "confidence": .name(LeastSquaresSettings.Confidence.allCases.map(\.rawValue)),
                "confidence-scale": .real, "min-feature-items": .whole,
            ]
            if self == .softmax {
                settings.merge(["temperature": .real, "learning-rate": .real, "negatives": .whole, "start-iterations": .whole]) { $1 }
            }
            return settings
        }
        var settings: [String: Kind] = [
            "components": .whole, "epochs": .whole, "learning-rate": .real, "user-regularization": .real, "item-regularization": .real,
            "schedule": .name(Hyperparameters.Schedule.allCases.map(\.rawValue)), "rho": .real, "epsilon": .real, "features": features,
            "identity-scale": .real, "feature-shrinkage": .real, "min-feature-items": .whole,
        ]
        if self == .warp || self == .warpKOS { (settings["max-sampled"], settings["margin"]) = (.whole, .real) }
        if self == .warpKOS { (settings["kos-k"], settings["kos-n"]) = (.whole, .whole) }
        if self != .logistic { settings["dislikes"] = .name(Hyperparameters.Dislikes.allCases.map(\.rawValue)) }
        return settings
    }

    /// The value that a setting has when nothing is said; nil for one that goes by others.
    func standard(_ name: String) -> SettingValue? {
        let (squares, steps, features, softmax) = (LeastSquaresSettings(), Hyperparameters(), FeatureOptions(), SoftmaxSettings())
        func number(_ value: Float) -> SettingValue { .number(Double("\(value)") ?? 0) }
        switch name {
        case "components": return .number(Double(startsFromLeastSquares ? squares.components : steps.components))
        case "epochs": return .number(Double(standardEpochs))
        case "regularization": return number(squares.regularization)
        case "unobserved-factor": return number(squares.unobservedFactor)
        case "feature-pull": return number(squares.featurePull)
        case "confidence": return .name(squares.confidence.rawValue)
        case "confidence-scale": return number(squares.confidenceScale)
        case "features": return .name(features.weighting.rawValue)
        case "learning-rate": return number(self == .softmax ? softmax.learningRate : steps.learningRate)
        case "temperature": return number(softmax.temperature)
        case "negatives": return .number(Double(softmax.negatives))
        case "start-iterations": return .number(Double(LeastSquaresFitOptions.softmaxStart))
        case "user-regularization": return number(steps.userRegularization)
        case "item-regularization": return number(steps.itemRegularization)
        case "schedule": return .name(steps.schedule.rawValue)
        case "rho": return number(steps.rho)
        case "epsilon": return number(steps.epsilon)
        case "identity-scale": return number(features.identityScale)
        case "min-feature-items": return .number(Double(features.minimumRows))
        case "max-sampled": return .number(Double(steps.maxSampled))
        case "margin": return number(steps.margin)
        case "kos-k": return .number(Double(steps.k))
        case "kos-n": return .number(Double(steps.n))
        case "dislikes": return .name(steps.dislikes.rawValue)
        default: return nil
        }
    }

    /// The epochs of a fit that is not told any.
    var standardEpochs: Int {
        switch self {
        case .als: LeastSquaresSettings().iterations
        case .softmax: SoftmaxSettings().epochs
        default: Hyperparameters().epochs
        }
    }

    /// Whether the fit is by least squares, or starts from it.
    private var startsFromLeastSquares: Bool { self == .als || self == .softmax }

    /// What is wrong with a value of a setting, in words.
    func fault(_ name: String, _ value: SettingValue) -> String? {
        guard let kind = settings[name] else {
            return "\(rawValue) has no setting '\(name)'. It has: \(settings.keys.sorted().joined(separator: ", "))"
        }
        switch (kind, value) {
        case (.name(let names), .name(let given)) where names.contains(given): return nil
        case (.name(let names), _): return "\(name) is \(value), but it is one of \(names.joined(separator: ", "))"
        case (_, .name): return "\(name) is \(value), but it must be a number"
        case (.whole, .number(let number)) where number != number.rounded() || abs(number) > 1e9:
            return "\(name) is \(value), but it must be a whole number"
        default: break
        }
        do {
            var settings = TrialSettings(loss: rawValue)
            settings.values[name] = value
            let epochs = name == "epochs" ? Int(value.number ?? 0) : standardEpochs
            if name == "epochs", epochs < 1 { return "epochs is \(value), but at least 1 must be trained" }
            switch TrialOptions(settings, self, epochs: epochs) {
            case .leastSquares(let options):
                try options.settings.validate()
                try options.softmax?.validate()
                try options.features.validate()
            case .stepped(let options):
                try options.hyperparameters.validate()
                try options.features.validate()
            }
            return nil
        } catch TrainingError.badHyperparameter(_, _, let rule) {
            return "\(name) is \(value), but \(rule)"
        } catch {
            return "\(name): \(error)"
        }
    }
}

/// What a fit is told by the settings of a trial.
enum TrialOptions {
    case leastSquares(LeastSquaresFitOptions)
    case stepped(FitOptions)

    /// - Precondition: each value is one that its setting may have.
    init(_ settings: TrialSettings, _ loss: TunedLoss, epochs: Int) {
        func number(_ name: String) -> Double? { settings.values[name]?.number }
        func float(_ name: String) -> Float? { number(name).map { Float($0) } }
        func whole(_ name: String) -> Int? { number(name).flatMap { Int(exactly: $0.rounded()) } }
        func name<Value: RawRepresentable<String>>(_ name: String, as type: Value.Type) -> Value? {
            guard case .name(let text) = settings.values[name] else { return nil }
            return Value(rawValue: text)
        }
        let weighting = name("features", as: FeatureWeighting.self)
        guard let stepped = Hyperparameters.Loss(rawValue: loss.rawValue) else {
            var options = LeastSquaresFitOptions()
            options.settings.iterations = epochs
            options.settings.components = whole("components") ?? options.settings.components
            options.settings.regularization = float("regularization") ?? options.settings.regularization
            options.settings.unobservedFactor = float("unobserved-factor") ?? options.settings.unobservedFactor
            options.settings.featurePull = float("feature-pull") ?? options.settings.featurePull
            options.settings.confidence = name("confidence", as: LeastSquaresSettings.Confidence.self) ?? options.settings.confidence
            options.settings.confidenceScale = float("confidence-scale") ?? options.settings.confidenceScale
            options.featureWeighting = weighting ?? options.featureWeighting
            options.minimumFeatureItems = whole("min-feature-items") ?? options.minimumFeatureItems
            if loss == .softmax {
                var softmax = SoftmaxSettings()
                softmax.epochs = epochs
                softmax.temperature = float("temperature") ?? softmax.temperature
                softmax.learningRate = float("learning-rate") ?? softmax.learningRate
                softmax.negatives = whole("negatives") ?? softmax.negatives
                options.softmax = softmax
                options.settings.iterations = whole("start-iterations") ?? LeastSquaresFitOptions.softmaxStart
            }
            self = .leastSquares(options)
            return
        }
        var options = FitOptions()
        options.hyperparameters.loss = stepped
        options.hyperparameters.epochs = epochs
        options.hyperparameters.components = whole("components") ?? options.hyperparameters.components
        options.hyperparameters.learningRate = float("learning-rate") ?? options.hyperparameters.learningRate
        options.hyperparameters.userRegularization = float("user-regularization") ?? options.hyperparameters.userRegularization
        options.hyperparameters.itemRegularization = float("item-regularization") ?? options.hyperparameters.itemRegularization
        options.hyperparameters.schedule = name("schedule", as: Hyperparameters.Schedule.self) ?? options.hyperparameters.schedule
        options.hyperparameters.rho = float("rho") ?? options.hyperparameters.rho
        options.hyperparameters.epsilon = float("epsilon") ?? options.hyperparameters.epsilon
        options.hyperparameters.maxSampled = whole("max-sampled") ?? options.hyperparameters.maxSampled
        options.hyperparameters.margin = float("margin") ?? options.hyperparameters.margin
        options.hyperparameters.k = whole("kos-k") ?? options.hyperparameters.k
        options.hyperparameters.n = whole("kos-n") ?? options.hyperparameters.n
        options.hyperparameters.dislikes = name("dislikes", as: Hyperparameters.Dislikes.self) ?? options.hyperparameters.dislikes
        options.features.weighting = weighting ?? options.features.weighting
        options.features.minimumRows = whole("min-feature-items") ?? options.features.minimumRows
        options.features.identityScale = float("identity-scale") ?? options.features.identityScale
        options.features.shrinkage = float("feature-shrinkage") ?? options.features.shrinkage
        self = .stepped(options)
    }

    /// The same for a study's thresholds and seed, on some threads.
    func of(_ study: Study, threads: Int) -> TrialOptions {
        switch self {
        case .leastSquares(var options):
            (options.minimumUserLikes, options.minimumItemLikes) = (study.minimumUserLikes, study.minimumItemLikes)
            (options.settings.seed, options.settings.threads) = (study.seed, threads)
            return .leastSquares(options)
        case .stepped(var options):
            (options.minimumUserLikes, options.minimumItemLikes) = (study.minimumUserLikes, study.minimumItemLikes)
            (options.hyperparameters.seed, options.hyperparameters.threads) = (study.seed, threads)
            return .stepped(options)
        }
    }
}
