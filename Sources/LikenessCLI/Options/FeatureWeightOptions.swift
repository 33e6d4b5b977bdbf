import ArgumentParser
import Likeness

/// How features become part of a model. The defaults are the library's own.
struct FeatureWeightOptions: ParsableArguments {
    private static let defaults = FeatureOptions()

    @Option(
        help:
            "How the features of an item or user are weighted: tfidf and l1 to unit length, raw as they are, none to leave them out."
    )
    var features = defaults.weighting

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The weight of each row's own embedding beside its features; 0: rows are made of their features alone, and only those without any keep their own.",
            valueName: "s"))
    var identityScale = defaults.identityScale

    /// The options as the library takes them.
    var options: FeatureOptions {
        var options = FeatureOptions()
        options.weighting = features
        options.identityScale = identityScale
        return options
    }

    func validate() throws {
        do {
            try options.validate()
        } catch .badHyperparameter(let name, let value, let rule) {
            throw ValidationError("\(OptionName(name)) is \(value), but \(rule).")
        }
        if features == .none, identityScale != defaultScale {
            throw ValidationError("--identity-scale weighs rows against their features, and --features none leaves those out.")
        }
    }

    private var defaultScale: Float { FeatureWeightOptions.defaults.identityScale }
}
