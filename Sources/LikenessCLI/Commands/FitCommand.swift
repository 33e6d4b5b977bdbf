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

    @OptionGroup var model: ModelOptions
    @OptionGroup(title: "The version") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var options = model.options
        options.alias = publication.chosenAlias
        options.note = publication.note
        let store = try store.openForWriting()
        let report = try FitDisplay(isVerbose: progress.isVerbose).watch { try store.fit(options, progress: $0) }
        try FitDisplay.show(report, output)
    }
}
