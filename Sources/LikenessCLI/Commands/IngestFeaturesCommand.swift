import ArgumentParser
import Likeness

/// `likeness ingest features`: takes a file of features in.
struct IngestFeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Take a file of features of items or users in.",
        discussion: """
            A feature is called type:value, both in lower case: the row a1b2|tag|Low Poly gives item a1b2 the feature \
            'tag:low poly'. Features of items that nobody has liked yet are kept until somebody does.

            Example: likeness ingest features feats.psv --type kind --value label
            """)

    @Argument(help: "The file, or - for standard input.")
    var file: String

    @Option(name: .customLong("of"), help: "Whose features they are.")
    var owner = FeatureOwner.items

    @OptionGroup(title: "Columns") var columns: FeaturesColumnOptions
    @OptionGroup(title: "The file") var text: TextOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let store = try store.openForWriting()
        let report = try IngestDisplay(file: file, isVerbose: progress.isVerbose).watch {
            try store.ingestFeatures(
                from: file, of: owner, columns: columns.columns, options: text.options, progress: $0)
        }
        try IngestDisplay.show(report, "feature", file: file, text, output)
    }
}
