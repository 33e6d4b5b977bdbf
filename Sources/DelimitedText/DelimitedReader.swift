#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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
/// UTF-8 byte order mark. A record longer than the limit is reported without its fields, skipped, and reading goes on:
///
///     buffer   | read and done | the record in hand | read ahead | free |
///              0               position             …            end    capacity (+ 8 bytes, so that words may overlap)
@safe package struct DelimitedReader: ~Copyable {
    let dialect: Dialect
    let path: String
    let descriptor: Int32
    let closesDescriptor: Bool
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
    var line = 1
    var recordNumber = 0

    var fields: UnsafeMutablePointer<UnsafeRawBufferPointer>
    var fieldCapacity = 64
    var fieldCount = 0
    /// Which fields hold quotes that must be taken out, and the room where that is done.
    var quotedFields: [Int] = []
    var scratch: UnsafeMutableRawPointer
    var scratchCapacity = 0

    /// Opens `path` for reading; `-` is standard input.
    ///
    /// - Parameters:
    ///   - recordLimit: The length in bytes of the longest record that is kept; a longer one is reported and skipped.
    ///   - readSize: How many bytes are asked of the system at once.
    /// - Throws: ``DelimitedTextError`` when the file is missing, a directory or may not be read.
    package init(path: String, dialect: Dialect, recordLimit: Int = 1 << 20, readSize: Int = 1 << 20)
        throws(DelimitedTextError)
    {
        if path == "-" {
            self.init(
                descriptor: 0, name: "standard input", dialect: dialect, recordLimit: recordLimit, readSize: readSize)
            return
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT { throw .missing(path: path) }
            throw .cannotOpen(path: path, reason: systemMessage(code))
        }
        var status = stat()
        if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw .directory(path: path)
        }
        self.init(
            descriptor: descriptor, name: path, dialect: dialect, closing: true, recordLimit: recordLimit,
            readSize: readSize)
    }

    /// Reads from an open descriptor, which stays open unless `closing`; `name` is what errors call it.
    package init(
        descriptor: Int32, name: String, dialect: Dialect, closing: Bool = false, recordLimit: Int = 1 << 20,
        readSize: Int = 1 << 20
    ) {
        precondition(recordLimit > 0 && readSize > 0)
        self.dialect = dialect
        self.path = name
        self.descriptor = descriptor
        self.closesDescriptor = closing
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
        if closesDescriptor { close(descriptor) }
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
                if length > recordLimit { fieldCount = 0 } else if !quotedFields.isEmpty { unquote(room: length) }
                let problem: RecordProblem? =
                    unterminated ? .unterminatedQuote : length > recordLimit ? .tooLong(limit: recordLimit) : nil
                return lend(stop: stop, next: next, extraLines: extraLines, problem: problem)
            case .needsMore:
                if end - position > recordLimit { return try skipLongRecord() }
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
            number: recordNumber, line: startLine, offset: bufferOffset + start, problem: problem)
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
            line: startLine, offset: startOffset,
            problem: unterminated ? .unterminatedQuote : .tooLong(limit: recordLimit))
        return unsafe _overrideLifetime(record, mutating: &self)
    }
}
