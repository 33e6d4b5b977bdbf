/// Reads delimited text from a file or a pipe, one borrowed record at a time, in bounded memory.
///
/// ```swift
/// var reader = try DelimitedReader(path: "likes.psv", dialect: .psv)
/// while let record = try reader.next() {
///     print(record.line, record.text(0))
/// }
/// ```
///
/// Malformed text is a value (``DelimitedRecord/problem``), never an error; only the system's failures throw. As in
/// Python's `csv`, bytes after a closing quote belong to the field as they stand. Blank lines are passed over, and so is a
/// UTF-8 byte order mark. A record longer than the limit is reported without its fields, skipped, and reading goes on.
///
/// A reader that `recovers` takes a quote that opens a field over several lines and does not end it (text follows the closing
/// quote, or none comes before the end of the file or the limit) for a stray one: the first line is a record with
/// ``RecordProblem/strayQuote``, and reading goes on with the second.
///
///
///     buffer   | read and done | the record in hand | read ahead | free |
///              0               position             …            end    capacity (+ 8 bytes, so that words may overlap)
@safe package struct DelimitedReader: ~Copyable {
    let dialect: Dialect
    let source: any ByteSource
    let recovers: Bool
    let recordLimit: Int
    let readSize: Int

    var buffer: UnsafeMutableRawPointer
    var capacity: Int
    /// First byte of the record in hand, and one past the last byte that was read.
    var position = 0
    var end = 0
    var atEndOfFile = false
    /// The last line ended with a CR whose LF, if there is one, is still to be passed over.
    var lineFeedMayFollow = false
    /// Offset in the file of the buffer's first byte.
    var bufferOffset = 0
    var line: Int
    var recordNumber = 0

    var fields: UnsafeMutablePointer<UnsafeRawBufferPointer>
    var fieldCapacity = 64
    var fieldCount = 0
    /// Which fields hold quotes that must be taken out, and the room where that is done.
    var quotedFields: [Int] = []
    var scratch: UnsafeMutableRawPointer
    var scratchCapacity = 0

    /// Whether a backslash before a quote is known to escape it.
    package private(set) var findsEscapes = false

    /// Opens `path` for reading as it stands; `-` is standard input.
    ///
    /// - Parameters:
    ///   - recordLimit: The length in bytes of the longest record that is kept; a longer one is reported and skipped.
    ///   - readSize: How many bytes are asked of the system at once.
    /// - Throws: ``DelimitedTextError`` when the file is missing, a directory or may not be read.
    package init(path: String, dialect: Dialect, recordLimit: Int = 1 << 20, readSize: Int = 1 << 20)
        throws(DelimitedTextError)
    {
        self.init(try DescriptorSource(path: path), dialect: dialect, recordLimit: recordLimit, readSize: readSize)
    }

    /// Reads from an open descriptor, which stays open; `name` is what errors call it.
    package init(
        descriptor: Int32, name: String, dialect: Dialect, recordLimit: Int = 1 << 20, readSize: Int = 1 << 20
    ) {
        self.init(
            DescriptorSource(descriptor, name: name), dialect: dialect, recordLimit: recordLimit,
            readSize: readSize)
    }

    /// Reads what a source gives.
    ///
    /// - Parameters:
    ///   - recovers: whether a stray quote costs its line alone.
    ///   - line: the number of the first line that the source gives.
    package init(
        _ source: any ByteSource, dialect: Dialect, recovers: Bool = false, line: Int = 1, recordLimit: Int = 1 << 20,
        readSize: Int = 1 << 20
    ) {
        precondition(recordLimit > 0 && readSize > 0)
        self.dialect = dialect
        self.source = source
        self.recovers = recovers
        self.line = line
        self.recordLimit = recordLimit
        self.readSize = readSize
        capacity = max(readSize, 16)
        unsafe buffer = .allocate(byteCount: capacity + 8, alignment: 64)
        unsafe fields = .allocate(capacity: fieldCapacity)
        unsafe scratch = .allocate(byteCount: 0, alignment: 1)
    }

    deinit {
        unsafe buffer.deallocate()
        unsafe fields.deallocate()
        unsafe scratch.deallocate()
    }

    /// How many bytes of the file lie before the next record.
    package var bytesRead: Int { bufferOffset + position }

    /// The next record, or `nil` at the end of the file. The record is lent until the next call.
    ///
    /// - Throws: ``DelimitedTextError/cannotRead(path:offset:reason:)``.
    /// - Complexity: O(bytes of the record).
    @_lifetime(&self)
    package mutating func next() throws(DelimitedTextError) -> DelimitedRecord? {
        guard try passLineEnds() else { return nil }
        while true {
            switch scanRecord() {
            case .complete(let stop, let next, let extraLines, let unterminated):
                let length = stop - position
                if recovers, length > recordLimit { return lendFirstLine() }
                if length > recordLimit { fieldCount = 0 } else if !quotedFields.isEmpty { unquote(room: length) }
                let problem: RecordProblem? =
                    unterminated ? .unterminatedQuote : length > recordLimit ? .tooLong(limit: recordLimit) : nil
                return lend(stop: stop, next: next, extraLines: extraLines, problem: problem)
            case .strayQuote:
                return lendFirstLine()
            case .findsEscapes:
                findsEscapes = true
            case .needsMore:
                if end - position > recordLimit {
                    if recovers, firstLineEnd() - position <= recordLimit { return lendFirstLine() }
                    return try skipLongRecord()
                }
                try fill()
            }
        }
    }

    /// Passes over blank lines; false at the end of the file.
    private mutating func passLineEnds() throws(DelimitedTextError) -> Bool {
        while true {
            if position == end {
                if !atEndOfFile { try fill() }
                if position == end {
                    if atEndOfFile { return false }
                    continue
                }
            }
            if bufferOffset == 0, position == 0, try passByteOrderMark() { continue }
            let byte = unsafe buffer.load(fromByteOffset: position, as: UInt8.self)
            if lineFeedMayFollow, byte == Byte.lineFeed {
                position += 1
            } else if byte == Byte.lineFeed || byte == Byte.carriageReturn {
                position += 1
                line += 1
                lineFeedMayFollow = byte == Byte.carriageReturn
                continue
            } else {
                lineFeedMayFollow = false
                return true
            }
            lineFeedMayFollow = false
        }
    }

    private mutating func passByteOrderMark() throws(DelimitedTextError) -> Bool {
        guard unsafe buffer.load(as: UInt8.self) == 0xEF else { return false }
        while end < 3, !atEndOfFile { try fill() }
        guard end >= 3, unsafe buffer.load(fromByteOffset: 1, as: UInt8.self) == 0xBB,
            unsafe buffer.load(fromByteOffset: 2, as: UInt8.self) == 0xBF
        else { return false }
        position = 3
        return true
    }

    /// Where the first line of what is in hand ends, or the end of what is in hand.
    private func firstLineEnd() -> Int {
        var here = position
        while here < end {
            let byte = unsafe buffer.load(fromByteOffset: here, as: UInt8.self)
            if byte == Byte.lineFeed || byte == Byte.carriageReturn { return here }
            here += 1
        }
        return end
    }

    /// Hands out the first line of a record whose quote is a stray one, without fields.
    @_lifetime(&self)
    private mutating func lendFirstLine() -> DelimitedRecord {
        fieldCount = 0
        let stop = firstLineEnd()
        let extraLines = stop < end ? 1 : 0
        lineFeedMayFollow = false
        if stop < end {
            lineFeedMayFollow = unsafe buffer.load(fromByteOffset: stop, as: UInt8.self) == Byte.carriageReturn
        }
        return lend(
            stop: stop, next: stop + extraLines, extraLines: extraLines,
            problem: stop - position > recordLimit ? .tooLong(limit: recordLimit) : .strayQuote)
    }

    /// Hands out what the scan found, and moves on past it.
    @_lifetime(&self)
    private mutating func lend(stop: Int, next: Int, extraLines: Int, problem: RecordProblem?) -> DelimitedRecord {
        recordNumber += 1
        let start = position
        let startLine = line
        line += extraLines
        position = next
        let keptBytes = stop - start > recordLimit ? 0 : stop - start
        let record = unsafe DelimitedRecord(
            fields: fields, bytes: UnsafeRawBufferPointer(start: buffer + start, count: keptBytes), count: fieldCount,
            number: recordNumber, line: startLine, endLine: max(startLine, next > stop ? line - 1 : line),
            offset: bufferOffset + start, isUnended: next == stop, problem: problem)
        return unsafe _overrideLifetime(record, mutating: &self)
    }

    @_lifetime(&self)
    private mutating func skipLongRecord() throws(DelimitedTextError) -> DelimitedRecord {
        recordNumber += 1
        let startLine = line
        let startOffset = bufferOffset + position
        let unterminated = try skipRecord()
        fieldCount = 0
        let record = unsafe DelimitedRecord(
            fields: fields, bytes: UnsafeRawBufferPointer(start: buffer, count: 0), count: 0, number: recordNumber,
            line: startLine, endLine: max(startLine, line - 1), offset: startOffset, isUnended: false,
            problem: unterminated ? .unterminatedQuote : .tooLong(limit: recordLimit))
        return unsafe _overrideLifetime(record, mutating: &self)
    }
}
