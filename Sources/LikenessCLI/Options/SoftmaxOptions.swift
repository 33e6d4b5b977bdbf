import ArgumentParser
import Likeness

/// The options of `--loss softmax` alone. The library has the defaults.
struct SoftmaxOptions: ParsableArguments {
    private static let defaults = SoftmaxSettings()

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What cosines are divided by: a lower one looks at the closest negatives alone. (default: 0.1)", valueName: "x"))
    var temperature: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Items drawn as negatives of each 128 likes, a multiple of 16. (default: 128)", valueName: "n"))
    var negatives: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Iterations of als that it starts from. (default: \(LeastSquaresFitOptions.withSoftmax().settings.iterations))", valueName: "n")
    )
    var startIterations: Int?

    /// Whether one of them was given.
    var isGiven: Bool { temperature != nil || negatives != nil || startIterations != nil }

    /// Adds the stage to a fit by least squares.
    func add(to options: inout LeastSquaresFitOptions, _ training: TrainingOptions) {
        let standard = LeastSquaresFitOptions.withSoftmax()
        var softmax = SoftmaxOptions.defaults
        softmax.temperature = temperature ?? softmax.temperature
        softmax.negatives = negatives ?? softmax.negatives
        softmax.epochs = training.epochs ?? softmax.epochs
        softmax.learningRate = training.learningRate ?? softmax.learningRate
        options.softmax = softmax
        options.settings.iterations = startIterations ?? standard.settings.iterations
    }
}

/// What is told to als, and to softmax, which starts from it: what `fit` and `learning-curve` share.
struct FactorOptions: ParsableArguments {
    @OptionGroup(title: "Alternating least squares (--loss als, and where softmax starts)") var leastSquares: LeastSquaresOptions
    @OptionGroup(title: "Softmax of cosines (--loss softmax)") var softmax: SoftmaxOptions

    /// The fit that the options of the command describe; nil if the loss steps from like to like.
    ///
    /// - Parameter standard: the loss where none is named.
    func fit(_ model: ModelOptions, standard: LossChoice = .als) -> LeastSquaresFitOptions? {
        let loss = model.training.loss ?? standard
        guard loss.stepped == nil else { return nil }
        var options = leastSquares.fit(model)
        if loss == .softmax { softmax.add(to: &options, model.training) }
        return options
    }

    /// The options of `fit --auto`.
    func automatic(_ model: ModelOptions) -> AutomaticFitOptions {
        var options = AutomaticFitOptions()
        options.shared = leastSquares.fit(model)
        var further = options.shared
        softmax.add(to: &further, model.training)
        options.softmax = further.softmax ?? options.softmax
        options.softmaxStart = further.settings.iterations
        return options
    }

    /// Checks that the options suit the loss, and every value.
    ///
    /// - Parameter isAutomatic: whether the loss is chosen.
    func validate(_ model: ModelOptions, standard: LossChoice = .als, isAutomatic: Bool = false) throws {
        if isAutomatic {
            for (isGiven, option) in [
                (model.training.loss != nil, "--loss"), (model.training.epochs != nil, "--epochs"),
                (model.training.learningRate != nil, "--learning-rate"), (leastSquares.featurePull == 0, "--feature-pull 0"),
            ] where isGiven {
                throw ValidationError("\(option) does not go with --auto, which chooses by itself. Leave one of them out.")
            }
        }
        if !isAutomatic, softmax.isGiven, model.training.loss != .softmax {
            throw ValidationError("options of the softmax of cosines were given without --loss softmax.")
        }
        guard let options = fit(model, standard: standard) else {
            guard leastSquares.isGiven else { return }
            throw ValidationError("options of alternating least squares were given without --loss als or softmax.")
        }
        if let option = model.steppedOption {
            throw ValidationError(
                "\(option) is an option of the losses that step from like to like. Add --loss warp (or warp-kos, bpr, logistic), or leave it out."
            )
        }
        do {
            try options.settings.validate()
            try (isAutomatic ? automatic(model).softmax : options.softmax)?.validate()
        } catch .badHyperparameter(let name, let value, let rule) {
            throw ValidationError("\(OptionName(name)) is \(value), but \(rule).")
        }
    }
}
