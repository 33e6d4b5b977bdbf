import ArgumentParser
import Likeness

/// How a file is read, and where the rows go that cannot be kept.
struct TextOptions: ParsableArguments {
    @Option(
        help:
            "How fields are divided: | with \\ as the quote, comma with \", or tab. Goes by the file's name if it is left out; psv otherwise."
    )
    var format: TextFormat?

    @Option(help: ArgumentHelp("Where rejected rows go, with line and reason.", valueName: "file"))
    var rejects: String?

    @Option(help: ArgumentHelp("Rows that become durable together.", valueName: "n"))
    var batchRows = IngestOptions().batchRows

    func validate() throws {
        if batchRows < 1 { throw ValidationError("--batch-rows is \(batchRows), but at least 1 row must be written.") }
    }

    /// The options as the library takes them.
    var options: IngestOptions {
        var options = IngestOptions()
        options.format = format
        options.rejects = rejects
        options.batchRows = batchRows
        return options
    }
}
