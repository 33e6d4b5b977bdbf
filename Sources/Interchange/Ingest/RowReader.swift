import DelimitedText
import LikenessStore
import PlainText
import Platform

/// Reads a file row by row for an ingest: finds its columns, counts, checks, and writes rejected rows aside.
struct RowReader: ~Copyable {
    private var delimited: DelimitedReader
    private var json: JSONLinesReader
    private let isJSON: Bool
    private let hasHeader: Bool
    private let isPacked: Bool
    private let file: TextFile
    private let layoutNote: String?
    let path: String
    /// The header's column names; numbers from 1 if there is none; the paths of the first object of a file of JSON lines.
    let header: Header
    var tally: RowTally
    private let totalBytes: Int?

    init(
        _ path: String, options: IngestOptions, rejects: RejectsFile? = nil, namesFile: Bool = false
    ) throws(IngestError) {
        let name = path == "-" ? "standard input" : path
        let file: TextFile
        do {
            file = try TextFile(path: path, encoding: options.encoding?.encoding, hasHeader: options.hasHeader)
        } catch {
            throw .file(error.description)
        }
        let layout = try TextLayout(file, path: path, options)
        let hasHeader = options.hasHeader && !layout.isJSON
        let line = file.preambleLines + 1
        var delimited = DelimitedReader(
            layout.isJSON ? PeekedSource() : file.source, dialect: layout.dialect, recovers: true, line: line,
            readSize: layout.isJSON ? 16 : 1 << 20)
        let header: Header
        if hasHeader {
            guard let found = try RowReader.header(&delimited, name) else { throw .empty(path: name) }
            header = found
        } else {
            if file.source.ahead.isEmpty { throw .empty(path: name) }
            header = Header(
                names: layout.isJSON
                    ? JSONLinesReader.paths(in: file.firstLine) : (0..<file.fieldCount(layout.dialect)).map { String($0 + 1) })
        }
        self.delimited = delimited
        json = JSONLinesReader(layout.isJSON ? file.source : PeekedSource(), line: line, readSize: layout.isJSON ? 1 << 20 : 16)
        self.header = header
        layoutNote = layout.note
        self.hasHeader = hasHeader
        isJSON = layout.isJSON
        self.file = file
        self.path = name
        isPacked = file.compression != nil
        totalBytes = path == "-" ? nil : FileSystem.byteCount(path)
        tally = RowTally(
            rejects ?? RejectsFile(), path: name, namesFile: namesFile,
            columns: layout.isJSON ? nil : header.names.count, encodingIsGiven: options.encoding != nil
        ) { file.end }
        if let note = layout.note { tally.note(note) }
        if file.encoding == .utf16, options.encoding == nil { tally.note("the file is UTF-16") }
        if file.preambleLines > 0 {
            tally.note("\(file.preambleLines) \(file.preambleLines == 1 ? "line" : "lines") before the header passed over")
        }
    }

    private static func header(_ reader: inout DelimitedReader, _ path: String) throws(IngestError) -> Header? {
        do {
            guard let record = try reader.next() else { return nil }
            if let problem = record.problem { throw IngestError.header(path: path, reason: "the header: \(problem.description)") }
            return Header(record)
        } catch let error as DelimitedTextError {
            throw .file(error.description)
        } catch let error as IngestError {
            throw error
        } catch {
            throw .file("\(error)")
        }
    }

    var report: IngestReport { tally.report }

    /// The position of the column of this name or, if there is none, of this number, counted from 1.
    mutating func position(of column: String) throws(IngestError) -> Int {
        if isJSON {
            if !header.names.contains(column) { tally.note("the first object has no '\(column.printable(atMost: 60))'") }
            return json.add(column)
        }
        do {
            if let place = try header.position(ifPresent: column) { return place }
            if let number = Int(column), (1...header.names.count).contains(number) { return number - 1 }
            return try header.position(of: column)
        } catch {
            throw headerError(error.description)
        }
    }

    /// The position of a column that may be missing.
    mutating func position(ifPresent column: String) throws(IngestError) -> Int? {
        if isJSON { return header.names.contains(column) ? json.add(column) : nil }
        do { return try header.position(ifPresent: column) } catch { throw headerError(error.description) }
    }

    /// The position of the column that is named or, if none is, of the only one that is called as data sets call it.
    mutating func position(
        of column: String?, called names: Set<String>, first: String, option: String
    ) throws(IngestError) -> Int {
        if let column { return try position(of: column) }
        let places = ColumnNames.places(of: names, first: first, in: header)
        if places.count > 1, header.names[places[0]] != first {
            let candidates = places.map { "\"\(header.names[$0].printable(atMost: 60))\"" }.joined(separator: " and ")
            throw headerError("the columns \(candidates) may both be meant by \(option). Say which one with \(option)")
        }
        guard let place = places.first else {
            if !hasHeader, !isJSON {
                throw headerError("without a header, \(option) must give the number of a column, 1 to \(header.names.count)")
            }
            if isJSON { throw headerError("no key of the first object is called as data sets call it. Name one with \(option)") }
            return try position(of: first)
        }
        let name = header.names[place]
        if name != first { tally.note("\(option) is the column '\(name.printable(atMost: 60))'") }
        return isJSON ? json.add(name) : place
    }

    /// An error about the header, with how it was read.
    func headerError(_ reason: String) -> IngestError {
        guard !isJSON else { return .header(path: path, reason: reason) }
        let numbers = header.names.count > 1 ? " A column's number, 1 to \(header.names.count), will do as well" : ""
        let rows = hasHeader ? "; if the first line is a row already, say --no-header." : "."
        let note = layoutNote.map { " Its \($0)." } ?? ""
        return .header(path: path, reason: reason + note + (numbers.isEmpty ? "" : numbers + rows))
    }

    /// Hands the next rows to `take` until there are no more or `limit` were handed over.
    ///
    /// - Returns: false at the end of the file.
    mutating func readRows(
        limit: Int, _ take: (borrowing DelimitedRecord) -> RowOutcome
    ) throws(IngestError) -> Bool {
        var left = limit
        do throws(DelimitedTextError) {
            if isJSON {
                while left > 0 {
                    guard let record = try json.next() else { return false }
                    try tally.count(record, take)
                    left -= 1
                }
            } else {
                while left > 0 {
                    guard let record = try delimited.next() else { return false }
                    try tally.count(record, take)
                    left -= 1
                }
            }
        } catch {
            throw .file(error.description)
        }
        return true
    }

    /// Where the file stands.
    var progress: IngestProgress {
        IngestProgress(
            bytesRead: isPacked ? file.source.bytesTaken : isJSON ? json.bytesRead : delimited.bytesRead, totalBytes: totalBytes,
            rows: tally.report.read, durableRows: tally.durableRows)
    }

    /// The report on the file as far as it was read.
    mutating func finish(seconds: Double, isStopped: Bool) -> IngestReport {
        if file.end == .ofChangedFile { tally.note("the file was changed while it was read; run the command again to have all of it") }
        if delimited.findsEscapes { tally.note("a backslash before a quote is read as an escape") }
        var report = tally.report
        report.seconds = seconds
        report.isStopped = isStopped
        if isStopped { report.read = tally.durableRows }
        return report
    }
}
