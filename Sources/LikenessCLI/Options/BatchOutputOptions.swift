import ArgumentParser
import Likeness
import Platform

/// Where the answers of many queries go, and how they are worked out.
struct BatchOutputOptions: ParsableArguments {
    @Option(name: .customLong("output"), help: ArgumentHelp("Where the answers go; standard output if it is left out.", valueName: "file"))
    var path = "-"

    @Option(
        help: "Rows of psv, csv or tsv, or a JSON object for each (jsonl). Goes by the file's name if it is left out; psv otherwise.")
    var format: TextFormat?

    @Option(help: ArgumentHelp("Leave out so many at the start, such as those that an earlier run has done.", valueName: "n"))
    var skip = 0

    @Flag(help: "Go on at the end of the output file, rather than make it anew.")
    var append = false

    @Option(
        help: ArgumentHelp("Worker threads; as many as there are processors unless told otherwise.", valueName: "n"))
    var threads: Int?

    @OptionGroup var force: ForceOption
    @OptionGroup var progress: ProgressOptions

    func validate() throws {
        if skip < 0 { throw ValidationError("--skip is \(skip), but it must be 0 or more.") }
        if let threads, threads < 1 { throw ValidationError("--threads is \(threads), but at least 1 must do the work.") }
        if append && path == "-" { throw ValidationError("--append goes with --output FILE only.") }
    }

    /// Refuses options of a batch where there is none.
    func check(isWanted: Bool, with names: String) throws {
        if !isWanted && (path != "-" || format != nil || skip > 0 || threads != nil) {
            throw ValidationError("--output, --format, --skip and --threads go with \(names).")
        }
    }

    /// The threads that work.
    var threadCount: Int { threads ?? Processors.count }

    /// Runs a batch, shows how far it is, and says how it ended.
    ///
    /// - Parameters:
    ///   - noun: what is answered, such as "user".
    ///   - source: the file that lists them, if one does.
    ///   - done: the sentence for a batch that was done, made from its report.
    func run(
        noun: String, plural: String? = nil, source: String?, asJSON: Bool, done: (BatchReport) -> String,
        _ work: (BatchOutput, (Int, Int) -> Bool) throws -> BatchReport
    ) throws {
        if asJSON && path != "-" {
            throw CommandError("--json writes one object a \(noun) to standard output. Leave it out, and name the file FILE.jsonl")
        }
        var output = BatchOutput(path: path)
        (output.format, output.appends, output.overwrites) = (asJSON ? .jsonl : format, append, force.isGiven)
        Interruption.watch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        let report: BatchReport
        do {
            defer { bar.finish() }
            report = try work(output) { done, total in
                bar.show(
                    Double(done) / Double(max(total, 1)), "\(Readable.count(done)) of \(Readable.count(total, noun, plural: plural))")
                return Interruption.caught == nil
            }
        }
        for fault in report.firstFaults { Terminal.writeError("passed over: \(fault)\n") }
        if report.passedOver > report.firstFaults.count {
            Terminal.writeError(
                "passed over: \(Readable.count(report.passedOver, noun, plural: plural)) in all that v\(report.version) cannot answer for\n"
            )
        }
        if report.isStopped {
            Terminal.writeError("stopped; --skip \(report.done)\(path == "-" ? "" : " --append") goes on from here\n")
            throw ExitCode(130)
        }
        if report.answered == 0, report.passedOver > 0 {
            throw CommandError("nothing was answered: v\(report.version) knows none of what \(source ?? "was asked") names")
        }
        if report.answered == 0, let source, report.done <= skip { Terminal.writeError("there is nothing in \(source) to answer\n") }
        if path != "-" { Terminal.writeLine(done(report)) }
    }
}
