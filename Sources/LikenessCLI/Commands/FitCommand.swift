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
            Softmax goes on from there by the softmax of cosines, at several times the cost: it ranks better where users have few \
            likes. The other losses are those of LightFM.

            With --auto the likes choose: some are held out, als and softmax train on the others, each with the pull to features and \
            without, and what ranks the held-out likes best is trained on everything. The default stays unless another way leads it \
            by more than noise. This costs about as much as two fits by softmax on top.

            Examples:
              likeness fit --note 'first try'
              likeness fit --auto
              likeness fit --loss softmax
              likeness fit --loss warp --components 64 --epochs 30
              likeness fit --index ivf
            """)

    @Flag(
        name: .customLong("auto"),
        help: "Choose between als and softmax, and whether features pull, by likes that are held out; then train on all likes.")
    var isAutomatic = false

    @OptionGroup var model: ModelOptions
    @OptionGroup var factors: FactorOptions
    @OptionGroup(title: "The version") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try factors.validate(model, isAutomatic: isAutomatic) }

    func run() throws {
        let store = try store.openForWriting()
        let report = try FitDisplay(isVerbose: progress.isVerbose).watch { try fit(store, $0) }
        try FitDisplay.show(report, output)
        try publication.buildIndex(store, report)
        try publication.checkAlias(report)
        try publication.replicate(store)
    }

    private func fit(_ store: Store, _ progress: (FitProgress) -> Bool) throws -> FitReport {
        if isAutomatic {
            var options = factors.automatic(model)
            options.shared.alias = publication.chosenAlias
            options.shared.forcesAlias = publication.isForced
            options.shared.note = publication.note
            return try store.fit(options, progress: progress)
        }
        if var options = factors.fit(model) {
            options.alias = publication.chosenAlias
            options.forcesAlias = publication.isForced
            options.note = publication.note
            return try store.fit(options, progress: progress)
        }
        var options = model.options
        options.alias = publication.chosenAlias
        options.forcesAlias = publication.isForced
        options.note = publication.note
        return try store.fit(options, progress: progress)
    }
}
