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

            Examples:
              likeness fit --note 'first try'
              likeness fit --loss softmax
              likeness fit --loss warp --components 64 --epochs 30
              likeness fit --index ivf
            """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var factors: FactorOptions
    @OptionGroup(title: "The version") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try factors.validate(model) }

    func run() throws {
        if var options = factors.fit(model) {
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
