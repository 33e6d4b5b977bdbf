import ArgumentParser
import Likeness

/// How a file is read, and where the rows go that cannot be kept.
struct TextOptions: ParsableArguments {
    @Option(
        help:
            "How fields are divided: | with \\ as the quote, comma with \", tab, or a JSON object a line. Goes by the file's name and its first line if it is left out; psv otherwise."
    )
    var format: TextFormat?

    @Option(
        help: ArgumentHelp("What divides fields: one character such as ';', \\t, or ::", valueName: "text"))
    var delimiter: String?

    @Flag(help: "The first line is a row; columns are named by their numbers, from 1.")
    var noHeader = false

    @Option(help: "How letters are written. UTF-8 if it is left out, or UTF-16 if the file begins so.")
    var encoding: TextEncodingName?

    @Option(
        help: ArgumentHelp("How times are written, such as '%d.%m.%Y %H:%M:%S %z'.", valueName: "format"))
    var timeFormat: String?

    @Flag(help: "Take white space off the ends of ids.")
    var trim = false

    @Flag(help: "Show the first rows as they would be taken, and the counts; write nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("Where rejected rows go, with line and reason.", valueName: "file"))
    var rejects: String?

    @Option(help: ArgumentHelp("Rows that become durable together.", valueName: "n"))
    var batchRows = IngestOptions().batchRows

    @OptionGroup var force: ForceOption

    func validate() throws {
        if batchRows < 1 { throw ValidationError("--batch-rows is \(batchRows), but at least 1 row must be written.") }
        if let timeFormat, TimeFormat(timeFormat) == nil {
            throw ValidationError(
                "--time-format '\(timeFormat)' cannot be read: it needs a year, a month and a day, as in '%Y-%m-%d %H:%M:%S'.")
        }
    }

    /// The options as the library takes them.
    var options: IngestOptions {
        var options = IngestOptions()
        options.format = format
        options.delimiter = delimiter
        options.hasHeader = !noHeader
        options.encoding = encoding
        options.timeFormat = timeFormat.flatMap { TimeFormat($0) }
        options.trims = trim
        options.rejects = rejects
        options.overwritesRejects = force.isGiven
        options.batchRows = batchRows
        return options
    }
}
