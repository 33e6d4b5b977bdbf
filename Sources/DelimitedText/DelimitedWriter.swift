import Platform

/// Writes delimited text, quoting only the fields that need it, through a buffer of its own.
///
/// ```swift
/// var writer = try DelimitedWriter(path: "likes.psv", dialect: .psv)
/// try writer.write(["modelname", "mid", "uid"])
/// try writer.finish()
/// ```
///
/// What Python's `csv` with `QUOTE_MINIMAL` writes, byte by byte. A file appears under its name only when ``finish()`` returns, and
/// never if the writer goes away before: see `OutputFile`.
@safe package struct DelimitedWriter: ~Copyable {
    private let dialect: Dialect
    private let lineEnd: LineEnd
    private let path: String
    private var output: OutputFile?
    /// Whether what is written goes on with a file that has something in it.
    package let continues: Bool

    private let buffer: UnsafeMutableRawPointer
    private static let capacity = 1 << 18
    private var used = 0
    private var fieldsInRecord = 0
    private var bytesInRecord = 0
    /// Bytes handed to the system so far.
    private var written = 0

    /// What ends a record.
    package enum LineEnd: Sendable { case lf, crlf }

    /// Makes a file; `-` is standard output.
    ///
    /// - Parameters:
    ///   - isOverwriting: take the place of a file of that name.
    ///   - inputs: files that are read, which it must not be.
    /// - Throws: ``DelimitedTextError/output(_:)``.
    package init(
        path: String, dialect: Dialect, lineEnd: LineEnd = .crlf, overwriting isOverwriting: Bool = false, protecting inputs: [String] = []
    ) throws(DelimitedTextError) {
        let output: OutputFile
        do throws(OutputError) {
            output = try OutputFile(path, overwriting: isOverwriting, protecting: inputs)
        } catch {
            throw .output(error)
        }
        self.init(output, dialect, lineEnd)
    }

    /// Goes on at the end of the file at `path`, which is made if it is not there.
    ///
    /// - Throws: ``DelimitedTextError/output(_:)``.
    package init(
        appendingTo path: String, dialect: Dialect, lineEnd: LineEnd = .crlf, protecting inputs: [String] = []
    ) throws(DelimitedTextError) {
        let output: OutputFile
        do throws(OutputError) {
            output = try OutputFile(appendingTo: path, protecting: inputs)
        } catch {
            throw .output(error)
        }
        self.init(output, dialect, lineEnd)
    }

    private init(_ output: consuming OutputFile, _ dialect: Dialect, _ lineEnd: LineEnd) {
        path = output.name
        continues = output.continues
        self.output = consume output
        self.dialect = dialect
        self.lineEnd = lineEnd
        unsafe buffer = .allocate(byteCount: Self.capacity, alignment: 64)
    }

    deinit {
        unsafe buffer.deallocate()
    }

    /// Bytes written so far, those in the buffer included.
    package var byteCount: Int { written + used }

    /// Writes one record of these fields.
    package mutating func write(_ fields: [String]) throws(DelimitedTextError) {
        for field in fields { try append(field) }
        try endRecord()
    }

    /// Adds a field to the record in hand.
    package mutating func append(_ field: String) throws(DelimitedTextError) {
        var field = field
        var failure: DelimitedTextError?
        field.withUTF8 { bytes in
            do throws(DelimitedTextError) { try unsafe append(bytes: UnsafeRawBufferPointer(bytes)) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Adds a field to the record in hand.
    package mutating func append(_ field: RawSpan) throws(DelimitedTextError) {
        try unsafe field.withUnsafeBytes { bytes throws(DelimitedTextError) in try unsafe append(bytes: bytes) }
    }

    /// Adds a field to the record in hand.
    ///
    /// - Throws: ``DelimitedTextError/cannotRepresent(path:dialect:field:)`` when the field needs quotes and the
    ///   dialect has none, or the system's failure to write.
    /// - Complexity: O(bytes of the field).
    @unsafe package mutating func append(bytes: UnsafeRawBufferPointer) throws(DelimitedTextError) {
        let quotes = try unsafe mustQuote(bytes)
        if fieldsInRecord > 0 {
            try put(dialect.delimiter)
            if dialect.isDelimiterDoubled { try put(dialect.delimiter) }
        }
        fieldsInRecord += 1
        bytesInRecord += bytes.count
        guard quotes, let quote = dialect.quote else { return try unsafe put(bytes) }
        try put(quote)
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            if byte == quote { try put(quote) }
            try put(byte)
        }
        try put(quote)
    }

    /// Ends the record in hand.
    package mutating func endRecord() throws(DelimitedTextError) {
        // A record of one empty field would be a blank line, which readers pass over.
        if fieldsInRecord == 1, bytesInRecord == 0, let quote = dialect.quote {
            try put(quote)
            try put(quote)
        }
        fieldsInRecord = 0
        bytesInRecord = 0
        if lineEnd == .crlf { try put(Byte.carriageReturn) }
        try put(Byte.lineFeed)
        // So that whoever reads along, or a process that is killed, has whole records.
        if used >= Self.capacity / 2 { try flush() }
    }

    /// Writes a line as it is, which must not hold a line feed.
    package mutating func write(line: String) throws(DelimitedTextError) {
        var line = line
        var failure: DelimitedTextError?
        line.withUTF8 { bytes in
            do throws(DelimitedTextError) { try unsafe put(UnsafeRawBufferPointer(bytes)) } catch { failure = error }
        }
        if let failure { throw failure }
        try endRecord()
    }

    /// Hands what is buffered to the system.
    package mutating func flush() throws(DelimitedTextError) {
        do throws(OutputError) {
            try unsafe output?.write(UnsafeRawBufferPointer(start: buffer, count: used))
        } catch {
            throw .output(error)
        }
        written += used
        used = 0
    }

    /// Writes out what is left, and puts the file in its place.
    ///
    /// - Throws: ``DelimitedTextError/output(_:)``; then there is no file, or the one that was there.
    package consuming func finish() throws(DelimitedTextError) {
        try flush()
        do throws(OutputError) {
            try output.take()?.finish()
        } catch {
            throw .output(error)
        }
    }

    private func mustQuote(_ bytes: UnsafeRawBufferPointer) throws(DelimitedTextError) -> Bool {
        let quote = dialect.quote ?? dialect.delimiter
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            let isSpecial =
                byte == dialect.delimiter || byte == quote || byte == Byte.lineFeed || byte == Byte.carriageReturn
            guard isSpecial else { continue }
            if dialect.quote != nil { return true }
            throw .cannotRepresent(
                path: path, dialect: dialect.name, field: unsafe String(decoding: bytes, as: UTF8.self))
        }
        return false
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) throws(DelimitedTextError) {
        if used == Self.capacity { try flush() }
        unsafe buffer.storeBytes(of: byte, toByteOffset: used, as: UInt8.self)
        used += 1
    }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) throws(DelimitedTextError) {
        var rest = unsafe bytes
        while rest.count > 0, let base = rest.baseAddress {
            if used == Self.capacity { try flush() }
            let count = min(rest.count, Self.capacity - used)
            unsafe (buffer + used).copyMemory(from: base, byteCount: count)
            used += count
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
