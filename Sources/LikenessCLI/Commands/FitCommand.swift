import ArgumentParser
import Likeness

/// `likeness fit`: learns a model from all likes and publishes it as a version.
struct FitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit",
        abstract: "Learn a model from all likes, and publish it as a version.",
        discussion: """
            Queries and ingests go on meanwhile. The version appears at the end, whole; Ctrl-C before that leaves the store as \
            it was.

            --loss als ranks best on most data, in the shortest time, and its versions are half as large; fit-partial does not \
            continue them.

            Examples:
              likeness fit --components 64 --epochs 30 --features tfidf --note 'first try'
              likeness fit --loss als --components 128
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup(title: "Alternating least squares (--loss als)") var leastSquares: LeastSquaresOptions
    @OptionGroup(title: "The version") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if model.training.loss != .als {
            guard leastSquares.isGiven else { return }
            throw ValidationError("options of alternating least squares were given without --loss als.")
        }
        do {
            try leastSquares.fit(model).settings.validate()
        } catch .badHyperparameter(let name, let value, let rule) {
            throw ValidationError("\(OptionName(name)) is \(value), but \(rule).")
        }
    }

    func run() throws {
        if model.training.loss == .als {
            var options = leastSquares.fit(model)
            options.alias = publication.chosenAlias
            options.note = publication.note
            let store = try store.openForWriting()
            let report = try FitDisplay(isVerbose: progress.isVerbose).watch { try store.fit(options, progress: $0) }
            return try FitDisplay.show(report, output)
        }
        var options = model.options
        options.alias = publication.chosenAlias
        options.note = publication.note
        let store = try store.openForWriting()
        let report = try FitDisplay(isVerbose: progress.isVerbose).watch { try store.fit(options, progress: $0) }
        try FitDisplay.show(report, output)
    }
}
