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

    @Option(
        name: .customLong("feature-shrinkage"), parsing: .unconditional,
        help: ArgumentHelp(
            "After this many likes features have 1/e of their share in an item, and its own embedding the rest; 0: they keep it. (default: 5 with tfidf, else 0)",
            valueName: "likes"))
    var shrinkage: Float?

    @Option(
        name: .customLong("min-feature-items"), parsing: .unconditional,
        help: ArgumentHelp("Leave out features that fewer items, or users, of the model have.", valueName: "n"))
    var minimumRows = defaults.minimumRows

    /// The first option that was given and that als, or softmax, does not know.
    var steppedOption: String? {
        if identityScale != FeatureWeightOptions.defaults.identityScale { return "--identity-scale" }
        return shrinkage == nil ? nil : "--feature-shrinkage"
    }

    /// The options as the library takes them.
    var options: FeatureOptions {
        var options = FeatureOptions()
        options.weighting = features
        options.identityScale = identityScale
        options.shrinkage = shrinkage
        options.minimumRows = minimumRows
        return options
    }

    func validate() throws {
        do {
            try options.validate()
        } catch .badHyperparameter(let name, let value, let rule) {
            throw ValidationError("\(OptionName(name)) is \(value), but \(rule).")
        }
        if let contradiction { throw ValidationError(contradiction) }
    }

    /// What two options say against each other.
    private var contradiction: String? {
        if features == .none, identityScale != FeatureWeightOptions.defaults.identityScale {
            return "--identity-scale weighs rows against their features, and --features none leaves those out."
        }
        guard let shrinkage, shrinkage > 0 else { return nil }
        if features == .none { return "--feature-shrinkage is about features, and --features none leaves those out." }
        if identityScale > 0 { return nil }
        return "--feature-shrinkage gives an item's own embedding what its features lose, and --identity-scale 0 leaves that out."
    }
}
