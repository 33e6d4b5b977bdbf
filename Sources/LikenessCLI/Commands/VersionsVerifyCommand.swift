import ArgumentParser
import Likeness

/// `likeness versions verify`: checks every byte of every version.
struct VersionsVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the store's file, every record of it and every byte of every version.",
        discussion: """
            The pages of the file come first, before anything follows them, so that a file from elsewhere can be checked too. Then every \
            record is read, and every hash computed anew and compared with what the store says. The exit status is 1 if anything is wrong.

            Example: likeness versions verify --store store
            """)

    @Flag(help: "Check only the records of versions, aliases, indexes and studies, and that the blocks they lead to are there.")
    var quick = false

    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let watch = Stopwatch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        if quick {
            let report = try store.openForReading().verify(.catalog)
            if output.isJSON { try JSONOutput.print(report) } else { showQuick(report, seconds: watch.seconds) }
            if !report.isSound { throw ExitCode.failure }
            return
        }
        if try !store.checkPages() {
            Terminal.writeError("the pages of the file were not checked: a writer is busy. Run this again when it is done\n")
        }
        let report = try store.openForReading().verify { bytes in bar.show(nil, "checked \(Readable.bytes(bytes))") }
        bar.finish()
        if output.isJSON {
            try JSONOutput.print(report)
        } else {
            show(report, seconds: watch.seconds)
        }
        if !report.isSound { throw ExitCode.failure }
    }

    private func showQuick(_ report: VerificationReport, seconds: Double) {
        Terminal.writeLine("checked the records of \(Readable.count(report.versions, "version")) in \(Readable.duration(seconds))")
        if report.isSound { return Terminal.writeLine("the catalog is as it was written; blocks and likes were not read") }
        for problem in report.problems { Terminal.writeError("error: \(problem)\n") }
        Terminal.writeError("error: the catalog is damaged. Run `likeness versions verify` to see what else is\n")
    }

    private func show(_ report: VerificationReport, seconds: Double) {
        Terminal.writeLine(
            "checked \(Readable.count(report.versions, "version")), \(Readable.count(report.blocks, "block")), "
                + "\(Readable.bytes(report.bytes)) in \(Readable.duration(seconds))")
        if report.orphans > 0 {
            Terminal.writeLine(
                "\(Readable.count(report.orphans, "block")) belong to no version: left by a publication that was cut off, harmless"
            )
        }
        if report.isSound { return Terminal.writeLine("everything is as it was written") }
        for problem in report.problems { Terminal.writeError("error: \(problem)\n") }
        Terminal.writeError(
            "error: the store is damaged. `likeness versions repair` mends what can be derived from the rest. Otherwise restore a backup, or "
                + "take in its likes again and fit\n")
    }
}
