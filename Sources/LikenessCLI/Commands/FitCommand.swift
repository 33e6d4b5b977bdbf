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

            Alternating least squares (als) ranks best on most data, in the shortest time, and its versions are half as large. \
            The other losses are those of LightFM.

            Examples:
              likeness fit --note 'first try'
              likeness fit --loss warp --components 64 --epochs 30
              likeness fit --index ivf
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup(title: "Alternating least squares (--loss als)") var leastSquares: LeastSquaresOptions
    @OptionGroup(title: "The version") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard isLeastSquares else {
            guard leastSquares.isGiven else { return }
            throw ValidationError("options of alternating least squares were given without --loss als.")
        }
        if let option = model.steppedOption {
            throw ValidationError(
                "\(option) is an option of the losses that step from like to like. Add --loss warp (or warp-kos, bpr, logistic), or leave it out."
            )
        }
        do {
            try leastSquares.fit(model).settings.validate()
        } catch .badHyperparameter(let name, let value, let rule) {
            throw ValidationError("\(OptionName(name)) is \(value), but \(rule).")
        }
    }

    /// Whether the fit is by alternating least squares, as it is unless another loss is named.
    private var isLeastSquares: Bool { model.training.loss ?? .als == .als }

    func run() throws {
        if isLeastSquares {
            var options = leastSquares.fit(model)
            options.alias = publication.chosenAlias
            options.forcesAlias = publication.isForced
            options.note = publication.note
            let store = try store.openForWriting()
            let report = try FitDisplay(isVerbose: progress.isVerbose).watch { try store.fit(options, progress: $0) }
            try FitDisplay.show(report, output)
            try publication.buildIndex(store, report)
            try publication.checkAlias(report)
            return try publication.replicate(store)
        }
        var options = model.options
        options.alias = publication.chosenAlias
        options.forcesAlias = publication.isForced
        options.note = publication.note
        let store = try store.openForWriting()
        let report = try FitDisplay(isVerbose: progress.isVerbose).watch { try store.fit(options, progress: $0) }
        try FitDisplay.show(report, output)
        try publication.buildIndex(store, report)
        try publication.checkAlias(report)
        try publication.replicate(store)
    }
}
