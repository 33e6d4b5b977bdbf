import ArgumentParser
import Likeness

/// What is trained, and on which likes: what `fit` and `learning-curve` share.
struct ModelOptions: ParsableArguments {
    @OptionGroup(title: "Training") var training: TrainingOptions

    @OptionGroup(title: "Features") var features: FeatureWeightOptions

    @Option(parsing: .unconditional, help: ArgumentHelp("Leave out users with fewer likes.", valueName: "n"))
    var minUserLikes = FitOptions().minimumUserLikes

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Leave out items with fewer likes; 0 lets in items that have features and no likes yet.", valueName: "n"))
    var minItemLikes = FitOptions().minimumItemLikes

    func validate() throws {
        for (name, value) in [("--min-user-likes", minUserLikes), ("--min-item-likes", minItemLikes)] where value < 0 {
            throw ValidationError("\(name) is \(value), but it must be 0 or more; 5 is usual.")
        }
    }

    /// The first option that was given and that als, or softmax, does not know.
    var steppedOption: String? {
        if let option = training.steppedOption { return option }
        return features.steppedOption
    }

    /// The options as the library takes them.
    var options: FitOptions {
        var options = FitOptions()
        options.hyperparameters = training.hyperparameters
        options.features = features.options
        options.minimumUserLikes = minUserLikes
        options.minimumItemLikes = minItemLikes
        return options
    }
}
