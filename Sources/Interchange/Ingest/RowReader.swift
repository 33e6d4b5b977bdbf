import DelimitedText
import LikenessStore

/// Reads a file row by row for an ingest: counts, checks, and writes rejected rows aside.
struct RowReader: ~Copyable {
    private var reader: DelimitedReader
    private var rejects: RejectsFile
    private let path: String
    /// The header's column names.
    let header: Header
    private(set) var report = IngestReport()
    private let totalBytes: Int?

    init(_ path: String, options: IngestOptions) throws(IngestError) {
        let format = options.format ?? TextFormat(ofFileNamed: path)
        let name = path == "-" ? "standard input" : path
        var reader = try RowReader.open(path, format.dialect)
        guard let first = try RowReader.header(&reader) else { throw .empty(path: name) }
        self.reader = reader
        header = first
        self.path = name
        totalBytes = path == "-" ? nil : FileSize.of(path)
        rejects = RejectsFile(options.rejects)
    }

    private static func open(_ path: String, _ dialect: Dialect) throws(IngestError) -> DelimitedReader {
        do { return try DelimitedReader(path: path, dialect: dialect) } catch { throw .file(error.description) }
    }

    private static func header(_ reader: inout DelimitedReader) throws(IngestError) -> Header? {
        do {
            guard let record = try reader.next() else { return nil }
            return Header(record)
        } catch {
            throw .file(error.description)
        }
    }

    /// The position of a column.
    func position(of column: String) throws(IngestError) -> Int {
        do { return try header.position(of: column) } catch { throw .header(path: path, reason: error.description) }
    }

    /// The position of a column that may be missing.
    func position(ifPresent column: String) throws(IngestError) -> Int? {
        do { return try header.position(ifPresent: column) } catch {
            throw .header(path: path, reason: error.description)
        }
    }

    /// Hands the next rows to `take`, which says why it cannot take one, until there are no more or `limit` were taken.
    ///
    /// - Returns: false at the end of the file.
    mutating func readRows(
        limit: Int, _ take: (borrowing DelimitedRecord) -> String?
    ) throws(IngestError) -> Bool {
        var taken = 0
        do throws(DelimitedTextError) {
            while taken < limit {
                guard let record = try reader.next() else { return false }
                report.read += 1
                var reason: String?
                if let problem = record.problem {
                    reason = problem.description
                } else if record.count != header.names.count {
                    reason = "the row has \(record.count) fields where the header has \(header.names.count)"
                } else {
                    reason = take(record)
                }
                guard let reason else {
                    taken += 1
                    continue
                }
                report.rejected += 1
                if report.firstRejects.count < 3 { report.firstRejects.append("line \(record.line): \(reason)") }
                try rejects.write(line: record.line, reason: reason, raw: record.raw)
            }
        } catch {
            throw .file(error.description)
        }
        return true
    }

    /// Counts a batch that is durable.
    mutating func count(accepted: Int, duplicates: Int, lastSequence: UInt64) {
        report.accepted += accepted
        report.duplicates += duplicates
        report.lastSequence = lastSequence
    }

    /// How far the reading is.
    var progress: IngestProgress {
        IngestProgress(
            bytesRead: reader.bytesRead, totalBytes: totalBytes, rows: report.read,
            durableRows: report.accepted + report.duplicates + report.rejected)
    }

    /// Closes the rejects file and gives the report.
    mutating func finish(seconds: Double, isStopped: Bool) throws(IngestError) -> IngestReport {
        var report = report
        do { report.rejects = try rejects.finish() } catch { throw .file(error.description) }
        report.seconds = seconds
        report.isStopped = isStopped
        if isStopped { report.read = report.accepted + report.duplicates + report.rejected }
        return report
    }
}
