import ArgumentParser
import Likeness

/// `likeness ingest features`: takes a file of features in.
struct IngestFeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Take files of features of items or users in.",
        discussion: """
            A feature is called type:value, both in lower case: the row a1b2|tag|Low Poly gives item a1b2 the feature \
            'tag:low poly'. Features of items that nobody has liked yet are kept until somebody does.

            Examples:
              likeness ingest features feats.psv --type kind --value label
              likeness ingest features movies.csv --columns genres --value-separator '|'
              likeness ingest features books.jsonl --id book_id --columns tags,author
            """)

    @Argument(help: "The files and folders, read in this order; - is standard input. gzip and zstd are read as they are.")
    var files: [String]

    @Option(name: .customLong("of"), help: "Whose features they are.")
    var owner = FeatureOwner.items

    @OptionGroup var duplicates: DuplicateOptions

    @OptionGroup(title: "Columns") var columns: FeaturesColumnOptions
    @OptionGroup(title: "The file") var text: TextOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var options = text.options
        options.valueSeparator = columns.valueSeparator
        options.onDuplicate = duplicates.rule
        let reader = try text.dryRun ? store.openForReading() : store.openForWriting()
        let report = try IngestDisplay(isVerbose: progress.isVerbose).watch { progress in
            guard let store = reader as? Store else {
                return try reader.previewFeatures(
                    from: files, of: owner, columns: columns.columns, options: options, progress: progress)
            }
            return try store.ingestFeatures(
                from: files, of: owner, columns: columns.columns, options: options, progress: progress)
        }
        try IngestDisplay.show(report, "feature", files: files, text, output)
    }
}
