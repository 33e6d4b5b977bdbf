import ArgumentParser
import Likeness

/// `likeness ingest likes`: takes a file of likes in.
struct IngestLikesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likes",
        abstract: "Take a file of likes in, each pair of a user and an item once.",
        discussion: """
            The first line names the columns. Rows that cannot be kept are counted, and written to the file of --rejects with \
            their line and the reason; the exit status is then 3.

            A dislike and a like of one pair replace each other: what was taken in last holds.

            Examples:
              likeness ingest likes likes.psv
              likeness ingest likes thumbs-down.psv --dislikes
              zcat likes.csv.gz | likeness ingest likes - --format csv --user user_id --item book_id
            """)

    @Argument(help: "The file, or - for standard input.")
    var file: String

    @Flag(help: "The rows are dislikes: logistic loss trains on them, and no other loss takes them for negatives by chance.")
    var dislikes = false

    @OptionGroup(title: "Columns") var columns: LikesColumnOptions
    @OptionGroup(title: "The file") var text: TextOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var options = text.options
        options.kind = dislikes ? .dislike : .like
        let store = try store.openForWriting()
        let report = try IngestDisplay(file: file, isVerbose: progress.isVerbose).watch {
            try store.ingestLikes(from: file, columns: columns.columns, options: options, progress: $0)
        }
        try IngestDisplay.show(report, dislikes ? "dislike" : "like", file: file, text, output)
    }
}
