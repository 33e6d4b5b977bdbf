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

            Example: likeness fit --components 64 --epochs 30 --features tfidf --note 'first try'
            """)

    @OptionGroup(title: "Training") var training: TrainingOptions

    @OptionGroup(title: "Features") var features: FeatureWeightOptions

    @Option(parsing: .unconditional, help: ArgumentHelp("Leave out users with fewer likes.", valueName: "n"))
    var minUserLikes = FitOptions().minimumUserLikes

    @Option(parsing: .unconditional, help: ArgumentHelp("Leave out items with fewer likes.", valueName: "n"))
    var minItemLikes = FitOptions().minimumItemLikes

    @OptionGroup(title: "The version") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for (name, value) in [("--min-user-likes", minUserLikes), ("--min-item-likes", minItemLikes)] where value < 0 {
            throw ValidationError("\(name) is \(value), but it must be 0 or more; 5 is usual.")
        }
    }

    func run() throws {
        var options = FitOptions()
        options.hyperparameters = training.hyperparameters
        options.features = features.options
        options.minimumUserLikes = minUserLikes
        options.minimumItemLikes = minItemLikes
        options.alias = publication.chosenAlias
        options.note = publication.note
        let store = try store.openForWriting()
        let report = try FitDisplay(isVerbose: progress.isVerbose).watch { try store.fit(options, progress: $0) }
        try FitDisplay.show(report, output)
    }
}
