import ArgumentParser
import Likeness

/// `likeness versions repair`: rebuilds what can be derived, and removes what nothing leads to.
struct VersionsRepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Rebuild what can be derived from the rest of the store, and remove what nothing leads to.",
        discussion: """
            From the log of likes: the lists of what each user likes, and the counts. From ids their indices, and the reverse. Histories that do \
            not say what the log says are removed; the next full fit by als lays them down again. Blocks that no version leads to are removed. \
            Then the store is verified; the exit status is 1 if damage is left, which a backup or a new fit must mend.

            Make a copy of the store's file first if it is the only one.

            Example: likeness versions repair --store store
            """)

    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    /// What was repaired, and what a verification found afterwards.
    private struct Outcome: Encodable {
        let repaired: RepairReport
        let verification: VerificationReport
    }

    func run() throws {
        let watch = Stopwatch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        _ = try store.checkPages()
        let store = try store.openForWriting()
        let report = try store.repair { phase in
            switch phase {
            case .vocabularies: bar.show(nil, "comparing ids with their indices")
            case .likes(let users, let all): bar.show(Double(users) / Double(max(all, 1)), "comparing likes with the log")
            case .histories: bar.show(nil, "comparing histories with the log")
            case .orphans: bar.show(nil, "removing blocks of no version")
            }
        }
        let verification = try store.verify { bytes in bar.show(nil, "verified \(Readable.bytes(bytes))") }
        bar.finish()
        if output.isJSON {
            try JSONOutput.print(Outcome(repaired: report, verification: verification))
        } else {
            show(report, verification, seconds: watch.seconds)
        }
        if !verification.isSound { throw ExitCode.failure }
    }

    private func show(_ report: RepairReport, _ verification: VerificationReport, seconds: Double) {
        if !report.didChange { Terminal.writeLine("there was nothing to repair") }
        if report.vocabularyEntries > 0 {
            Terminal.writeLine("rebuilt \(Readable.count(report.vocabularyEntries, "entry", plural: "entries")) of ids and indices")
        }
        if report.likeLists > 0 { Terminal.writeLine("rebuilt the likes of \(Readable.count(report.likeLists, "user")) from the log") }
        if report.counts { Terminal.writeLine("counted likes and dislikes anew") }
        if report.histories { Terminal.writeLine("removed the histories; the next full fit by als lays them down again") }
        if report.orphans > 0 {
            Terminal.writeLine("removed \(Readable.count(report.orphans, "block")) of no version, \(Readable.bytes(report.orphanBytes))")
        }
        if verification.isSound {
            return Terminal.writeLine("the store is sound; repaired and verified in \(Readable.duration(seconds))")
        }
        for problem in verification.problems { Terminal.writeError("error: \(problem)\n") }
        Terminal.writeError(
            "error: this damage cannot be derived from the rest. Restore a backup, or take in the store's likes again and fit\n")
    }
}
