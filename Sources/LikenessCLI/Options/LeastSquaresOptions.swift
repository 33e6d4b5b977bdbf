import ArgumentParser
import Likeness

/// The options of `--loss als`, which the start of `--loss softmax` shares. The library has the defaults.
struct LeastSquaresOptions: ParsableArguments {
    private static let defaults = LeastSquaresSettings()

    @Option(parsing: .unconditional, help: ArgumentHelp("Strength of regularisation (λ). (default: 0.008)", valueName: "x"))
    var regularization: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What the weight of pairs that nobody likes is multiplied by; 1 is a rule that goes by the likes. (default: 1)", valueName: "x")
    )
    var unobservedFactor: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How strongly rows are pulled to what their features say (θ), 0 to 1. (default: 0.6)", valueName: "share"))
    var featurePull: Float?

    @Option(help: "How the weight w of a like becomes its confidence: w itself, 1 + scale × w, or 1 + scale × ln(1 + w). (default: weight)")
    var confidence: LeastSquaresSettings.Confidence?

    @Option(parsing: .unconditional, help: ArgumentHelp("The scale of a linear or log confidence. (default: 1)", valueName: "x"))
    var confidenceScale: Float?

    /// Whether one of them was given.
    var isGiven: Bool {
        regularization != nil || unobservedFactor != nil || featurePull != nil || confidence != nil || confidenceScale != nil
    }

    /// The fit that the options of the command describe.
    func fit(_ model: ModelOptions) -> LeastSquaresFitOptions {
        var options = LeastSquaresFitOptions()
        options.settings.components = model.training.components ?? LeastSquaresOptions.defaults.components
        options.settings.iterations = model.training.epochs ?? LeastSquaresOptions.defaults.iterations
        options.settings.threads = model.training.hyperparameters.threads
        options.settings.seed = model.training.seed
        options.settings.regularization = regularization ?? LeastSquaresOptions.defaults.regularization
        options.settings.unobservedFactor = unobservedFactor ?? LeastSquaresOptions.defaults.unobservedFactor
        options.settings.featurePull = featurePull ?? LeastSquaresOptions.defaults.featurePull
        options.settings.confidence = confidence ?? LeastSquaresOptions.defaults.confidence
        options.settings.confidenceScale = confidenceScale ?? LeastSquaresOptions.defaults.confidenceScale
        options.featureWeighting = model.features.features
        options.minimumFeatureItems = model.features.minimumRows
        options.minimumUserLikes = model.minUserLikes
        options.minimumItemLikes = model.minItemLikes
        return options
    }
}
