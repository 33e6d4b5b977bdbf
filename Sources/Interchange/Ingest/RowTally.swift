import DelimitedText
import PlainText

/// The outcome of a row.
enum RowOutcome {
    /// It waits for the next batch, with so many values.
    case taken(Int)
    /// It says nothing.
    case passedOver
    /// It cannot be kept.
    case rejected(String)
}

/// Counts rows, writes rejected ones aside, and notes what a user should know of the file.
struct RowTally {
    private(set) var report = IngestReport()
    private let rejects: RejectsFile
    private let path: String
    private let namesFile: Bool
    private let columns: Int?
    private let encodingIsGiven: Bool
    private let end: () -> SourceEnd
    /// Values that were taken since the last batch.
    private(set) var pending = 0
    private var hasSaidEncoding = false
    private var hasSaidSpan = false
    /// A quoted field that spans more lines is worth a word.
    private static let manyLines = 3

    /// - Parameter end: how sure it is that nothing is missing at the end of the file.
    init(
        _ rejects: RejectsFile, path: String, namesFile: Bool, columns: Int?, encodingIsGiven: Bool, end: @escaping () -> SourceEnd
    ) {
        self.rejects = rejects
        self.path = path
        self.namesFile = namesFile
        self.columns = columns
        self.encodingIsGiven = encodingIsGiven
        self.end = end
    }

    mutating func note(_ notice: String) {
        if !report.notices.contains(notice) { report.notices.append(notice) }
    }

    /// Hands a row to `take` if it is whole, and counts its outcome.
    mutating func count(
        _ record: borrowing DelimitedRecord, _ take: (borrowing DelimitedRecord) -> RowOutcome
    ) throws(DelimitedTextError) {
        var outcome: RowOutcome
        if record.isUnended, let reason = cutOff(record) {
            outcome = .rejected(reason)
        } else if let problem = record.problem {
            outcome = .rejected(problem.description)
        } else if let columns, record.count != columns {
            outcome = .rejected("the row has \(record.count == 1 ? "1 field" : "\(record.count) fields") where the header has \(columns)")
        } else {
            outcome = take(record)
        }
        if record.endLine > record.line {
            report.linesInQuotes += record.endLine - record.line
            if !hasSaidSpan, record.endLine - record.line > RowTally.manyLines {
                hasSaidSpan = true
                note(
                    "a quoted field spans the lines \(record.line) to \(record.endLine); if a quote there is a stray one, these lines are "
                        + "one row by mistake")
            }
        }
        if case .taken(0) = outcome { outcome = .passedOver }
        switch outcome {
        case .taken(let values):
            report.read += values
            pending += values
        case .passedOver:
            report.read += 1
            report.passedOver += 1
        case .rejected(let reason):
            report.read += 1
            report.rejected += 1
            if !encodingIsGiven, !hasSaidEncoding, reason.contains("not UTF-8") {
                hasSaidEncoding = true
                note("there are bytes that are not UTF-8: if the file is in latin-1 or windows-1252, say so with --encoding")
            }
            if report.firstRejects.count < 3 {
                report.firstRejects.append((namesFile ? "\(path.printable), " : "") + "line \(record.line): \(reason)")
            }
            try rejects.write(file: path, line: record.line, reason: reason, raw: record.raw)
        }
    }

    /// Why the last row of a text that has no end of line is taken for cut off; nil if it is not.
    ///
    /// An object of JSON is whole or not whole by itself. Files often lack the last end of line, and what is piped in by a program that was
    /// stopped looks the same, so that a pipe must end its lines.
    private func cutOff(_ record: borrowing DelimitedRecord) -> String? {
        let isBroken = record.problem != nil || record.count < columns ?? 0
        if columns == nil, !isBroken { return nil }
        switch end() {
        case .ofPipe:
            return "the row is cut off: what was piped in ended without an end of line. If the row is whole, end it with a line feed"
        case .ofChangedFile: return "the row is cut off: the file was changed while it was read. Run the command again to go on"
        case .certain: return isBroken && record.problem == nil ? "the row is cut off: the file ends in it" : nil
        }
    }

    /// Counts a batch that is durable.
    mutating func count(_ batch: BatchCounts) {
        report.accepted += batch.accepted
        report.updated += batch.updated
        report.duplicates += batch.duplicates
        report.takenBack += batch.takenBack
        report.notThere += batch.notThere
        report.dislikes += batch.dislikes
        report.lastSequence = max(report.lastSequence, batch.lastSequence)
        pending = 0
    }

    /// Rows of which is known how they end.
    var durableRows: Int {
        report.accepted + report.updated + report.duplicates + report.takenBack + report.notThere + report.rejected + report.passedOver
    }
}

/// The outcome of a durable batch.
struct BatchCounts {
    var accepted = 0
    var updated = 0
    var duplicates = 0
    var takenBack = 0
    var notThere = 0
    var dislikes = 0
    var lastSequence: UInt64 = 0
}
