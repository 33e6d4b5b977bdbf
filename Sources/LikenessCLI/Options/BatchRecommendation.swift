import ArgumentParser
import Likeness
import Platform

/// `recommend` for many users: which ones, and where the rows go.
struct BatchRecommendation: ParsableArguments {
    @Flag(help: "Recommend to every user of the version.")
    var all = false

    @Option(help: ArgumentHelp("Recommend to the users that this file lists, one id a line.", valueName: "file"))
    var users: String?

    @Option(name: .customLong("output"), help: ArgumentHelp("Where the rows go; standard output if it is left out.", valueName: "file"))
    var path = "-"

    @Option(help: "How fields are divided. Goes by the file's name if it is left out; psv otherwise.")
    var format: TextFormat?

    @Option(help: ArgumentHelp("Leave out so many users at the start, such as those that an earlier run has done.", valueName: "n"))
    var skip = 0

    @Option(
        help: ArgumentHelp("Worker threads; as many as there are processors unless told otherwise.", valueName: "n"))
    var threads: Int?

    @OptionGroup var force: ForceOption
    @OptionGroup var progress: ProgressOptions

    /// Whether many users are asked for.
    var isWanted: Bool { all || users != nil }

    func validate() throws {
        if all && users != nil { throw ValidationError("--all and --users were both given. Leave one of them out.") }
        if skip < 0 { throw ValidationError("--skip is \(skip), but it must be 0 or more.") }
        if let threads, threads < 1 { throw ValidationError("--threads is \(threads), but at least 1 must do the work.") }
        if !isWanted && (path != "-" || format != nil || skip > 0 || threads != nil) {
            throw ValidationError("--output, --format, --skip and --threads go with --all or --users FILE.")
        }
    }

    /// One user's items, as `--json` prints them.
    private struct Line: Encodable {
        let user: String
        let results: [Neighbor]
    }

    /// Recommends to all who are asked for.
    func run(_ store: StoreReader, _ version: VersionReference, options: BatchOptions, asJSON: Bool) throws {
        if asJSON && path != "-" {
            throw CommandError("--json writes one object a user to standard output. Leave --output out, and send that to a file")
        }
        var options = options
        options.users = try users.map(FilterOptions.ids)
        options.skip = skip
        options.threads = threads ?? Processors.count
        Interruption.watch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        func show(_ done: Int, _ total: Int) -> Bool {
            bar.show(Double(done) / Double(max(total, 1)), "\(Readable.count(done)) of \(Readable.count(total, "user"))")
            return Interruption.caught == nil
        }
        let report: BatchReport
        do {
            defer { bar.finish() }
            if asJSON {
                report = try store.recommendAll(options, version: version, progress: show) { user, items in
                    try JSONOutput.print(Line(user: user, results: items))
                }
            } else {
                report = try store.writeRecommendations(
                    options, to: path, format: format, overwriting: force.isGiven, version: version, progress: show)
            }
        }
        if report.isStopped {
            Terminal.writeError("stopped; --skip \(report.done) goes on from here\n")
            throw ExitCode(130)
        }
        if report.passedOver > 0 {
            Terminal.writeError("passed over: \(Readable.count(report.passedOver, "user")) that v\(report.version) cannot place\n")
        }
        guard path != "-" else { return }
        Terminal.writeLine(
            "recommended \(Readable.count(options.k, "item")) each to \(Readable.count(report.users, "user")) by v\(report.version) in "
                + "\(Readable.duration(report.seconds))")
    }
}
