import ArgumentParser
import Likeness

/// `likeness ingest likes`: takes a file of likes in.
struct IngestLikesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likes",
        abstract: "Take files of likes in, each pair of a user and an item once.",
        discussion: """
            The first line names the columns, or --no-header says that it does not. Rows that cannot be kept are counted, and written to the file of --rejects with \
            their line and the reason; the exit status is then 3.

            A dislike and a like of one pair replace each other: what was taken in last holds. With --unlike the rows take likes and dislikes back; \
            rows with nothing to take back are counted, and no id is added.

            Examples:
              likeness ingest likes likes.psv
              likeness ingest likes thumbs-down.psv --dislikes
              likeness ingest likes ratings.csv.gz --rating rating --min-rating 4 --dry-run
              likeness ingest likes u.data --no-header --user 1 --item 2 --time 4
              likeness ingest likes plays.jsonl --user user_id --item track.id
              likeness ingest likes hours.csv --weight hours --on-duplicate max
              likeness ingest likes unliked.csv --unlike
            """)

    @Argument(help: "The files and folders, read in this order; - is standard input. gzip and zstd are read as they are.")
    var files: [String]

    @Flag(help: "The rows are dislikes: logistic loss trains on them, and no other loss takes them for negatives by chance.")
    var dislikes = false

    @Flag(help: "The rows take back what their user thinks of their item, be it a like or a dislike.")
    var unlike = false

    @OptionGroup var duplicates: DuplicateOptions

    func validate() throws {
        if unlike, dislikes {
            throw ValidationError("--unlike takes likes and dislikes back alike, so --dislikes does not go with it. Leave one of them out.")
        }
        if unlike, columns.weight != nil || columns.itemName != nil || columns.rating != nil || duplicates.rule != nil {
            throw ValidationError(
                "--unlike goes by users and items alone, so --weight, --name, --rating and --on-duplicate do not go with it. Leave them out."
            )
        }
        if dislikes, columns.rating != nil {
            throw ValidationError("--dislikes makes every row a dislike, so --rating does not go with it. Use --dislike-below.")
        }
    }

    @OptionGroup(title: "Columns") var columns: LikesColumnOptions
    @OptionGroup(title: "The file") var text: TextOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var options = text.options
        options.kind = dislikes ? .dislike : .like
        options.takesBack = unlike
        options.onDuplicate = duplicates.rule
        columns.apply(to: &options)
        let reader = try text.dryRun ? store.openForReading() : store.openForWriting()
        let report = try IngestDisplay(isVerbose: progress.isVerbose).watch { progress in
            guard let store = reader as? Store else {
                return try reader.previewLikes(from: files, columns: columns.columns, options: options, progress: progress)
            }
            return try store.ingestLikes(from: files, columns: columns.columns, options: options, progress: progress)
        }
        try IngestDisplay.show(report, dislikes ? "dislike" : "like", isTakingBack: unlike, files: files, text, output)
    }
}
