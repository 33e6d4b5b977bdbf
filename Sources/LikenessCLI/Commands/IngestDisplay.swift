import ArgumentParser
import Likeness
import PlainText
import Platform

/// Shows the progress and the result of an ingest, of likes or of features.
struct IngestDisplay {
    let isVerbose: Bool

    /// Runs an ingest, draws its progress, and stops it behind a durable batch when a signal comes.
    func watch(_ ingest: ((IngestProgress) -> Bool) throws -> IngestReport) throws -> IngestReport {
        Interruption.watch()
        let watch = Stopwatch()
        var bar = ProgressBar(isVerbose: isVerbose)
        defer { bar.finish() }
        return try ingest { progress in
            let fraction = progress.totalBytes.map { $0 > 0 ? Double(progress.bytesRead) / Double($0) : 1 }
            bar.show(
                fraction,
                "\(Readable.count(progress.rows, "row")) read, \(Readable.count(progress.durableRows)) durable, "
                    + "\(Readable.rate(Double(progress.rows) / max(watch.seconds, 1e-3))) rows/s")
            return Interruption.caught == nil
        }
    }

    /// Writes the result of the ingest.
    ///
    /// - Throws: `Failure.rejectedRows` if there were any; what a signal makes of the exit status if one came.
    static func show(
        _ report: IngestReport, _ noun: String, isTakingBack: Bool = false, files: [String], _ text: TextOptions, _ output: OutputOptions
    ) throws {
        if output.isJSON {
            try JSONOutput.print(report)
        } else {
            if text.dryRun { showSample(report) }
            Terminal.writeLine(summary(report, noun, isDryRun: text.dryRun, isTakingBack: isTakingBack))
        }
        for notice in report.notices { Terminal.writeError("note: \(notice)\n") }
        if report.rejected > 0 { explainRejects(report, text) }
        if report.isStopped {
            throw CommandError(
                "stopped after \(Readable.count(report.read, "row")) of \(files.map(\.printable).joined(separator: ", ")), which are all durable. "
                    + "Run the same command again to go on")
        }
        if report.rejected > 0 { throw Failure.rejectedRows }
    }

    private static func summary(_ report: IngestReport, _ noun: String, isDryRun: Bool, isTakingBack: Bool) -> String {
        func nouns(_ count: Int, _ noun: String) -> String { count == 1 ? noun : noun + "s" }
        let rate = Readable.rate(Double(report.read) / max(report.seconds, 1e-9))
        let likes = report.accepted - (noun == "dislike" ? 0 : report.dislikes)
        var parts: [String] = []
        if isTakingBack {
            parts.append("\(Readable.count(report.takenBack)) \(isDryRun ? "to take back" : "taken back")")
            if !isDryRun { parts.append("\(Readable.count(report.notThere)) not there") }
        } else {
            parts.append("\(Readable.count(likes)) \(isDryRun ? "" : "new ")\(nouns(likes, noun))")
        }
        if noun == "like", report.dislikes > 0 {
            parts.append("\(Readable.count(report.dislikes)) \(isDryRun ? "" : "new ")\(nouns(report.dislikes, "dislike"))")
        }
        if report.updated > 0 { parts.append("\(Readable.count(report.updated)) updated") }
        if !isDryRun, !isTakingBack { parts.append(Readable.count(report.duplicates, "duplicate")) }
        if report.passedOver > 0 { parts.append("\(Readable.count(report.passedOver)) neither") }
        parts.append("\(Readable.count(report.rejected)) rejected")
        if report.linesInQuotes > 0 { parts.append("\(Readable.count(report.linesInQuotes, "line")) more inside quotes") }
        return "read \(Readable.count(report.read, "row")) in \(Readable.duration(report.seconds)) (\(rate) rows/s): "
            + parts.joined(separator: ", ")
            + (isDryRun ? "; nothing was written, and \(isTakingBack ? "likes" : "duplicates") were not looked for" : "")
    }

    private static func showSample(_ report: IngestReport) {
        guard let headings = report.sample.first else { return }
        var table = TextTable(headings.map { TextTable.Column.words($0) })
        for row in report.sample.dropFirst() { table.add(row) }
        table.print()
    }

    private static func explainRejects(_ report: IngestReport, _ text: TextOptions) {
        for reject in report.firstRejects { Terminal.writeError("rejected: \(reject.printable)\n") }
        if report.rejected > report.firstRejects.count {
            Terminal.writeError("and \(Readable.count(report.rejected - report.firstRejects.count)) more\n")
        }
        if let file = report.rejects {
            Terminal.writeError("\(Readable.count(report.rejected, "rejected row")) with line and reason: \(file)\n")
        } else if text.rejects == nil {
            Terminal.writeError("give --rejects FILE to have them all with line and reason\n")
        }
    }
}
