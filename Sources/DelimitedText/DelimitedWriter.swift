#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes delimited text, quoting only the fields that need it, through a buffer of its own.
///
/// ```swift
/// var writer = try DelimitedWriter(path: "likes.psv", dialect: .psv)
/// try writer.write(["modelname", "mid", "uid"])
/// try writer.finish()
/// ```
///
/// What Python's `csv` with `QUOTE_MINIMAL` writes, byte by byte. A file written `atomically` appears under its name
/// only when ``finish()`` returns, and never if the writer goes away before.
@safe package struct DelimitedWriter: ~Copyable {
    private let dialect: Dialect
    private let lineEnd: LineEnd
    private let path: String
    private let temporaryPath: String?
    private let descriptor: Int32
    private let closesDescriptor: Bool
    private var isFinished = false

    private let buffer: UnsafeMutableRawPointer
    private static let capacity = 1 << 18
    private var used = 0
    private var fieldsInRecord = 0
    private var bytesInRecord = 0
    /// Bytes handed to the system so far.
    private var written = 0

    /// What ends a record.
    package enum LineEnd: Sendable { case lf, crlf }

    /// Creates or replaces the file at `path`; `-` is standard output.
    ///
    /// - Parameter atomically: Write beside the file and put it in place when finished.
    /// - Throws: ``DelimitedTextError/cannotOpen(path:reason:)``.
    package init(path: String, dialect: Dialect, lineEnd: LineEnd = .crlf, atomically: Bool = false)
        throws(DelimitedTextError)
    {
        if path == "-" {
            self.init(descriptor: 1, name: "standard output", dialect: dialect, lineEnd: lineEnd)
            return
        }
        let temporary = atomically ? "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).part" : nil
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (atomically ? O_EXCL : O_TRUNC)
        let descriptor = unsafe open(temporary ?? path, flags, 0o666)
        if descriptor < 0 {
            let code = errno
            throw code == EISDIR ? .directory(path: path) : .cannotOpen(path: path, reason: systemMessage(code))
        }
        self.init(
            descriptor: descriptor, name: path, temporary: temporary, dialect: dialect, closing: true, lineEnd: lineEnd)
    }

    /// Writes to an open descriptor, which stays open; `name` is what errors call it.
    package init(descriptor: Int32, name: String, dialect: Dialect, lineEnd: LineEnd = .crlf) {
        self.init(
            descriptor: descriptor, name: name, temporary: nil, dialect: dialect, closing: false, lineEnd: lineEnd)
    }

    private init(
        descriptor: Int32, name: String, temporary: String?, dialect: Dialect, closing: Bool, lineEnd: LineEnd
    ) {
        self.dialect = dialect
        self.lineEnd = lineEnd
        self.path = name
        self.temporaryPath = temporary
        self.descriptor = descriptor
        self.closesDescriptor = closing
        unsafe buffer = .allocate(byteCount: Self.capacity, alignment: 64)
    }

    deinit {
        unsafe buffer.deallocate()
        if closesDescriptor, !isFinished {
            close(descriptor)
            if let temporaryPath { _ = unsafe unlink(temporaryPath) }
        }
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
    }

    /// Hands what is buffered to the system.
    package mutating func flush() throws(DelimitedTextError) {
        var done = 0
        while done < used {
            #if canImport(Glibc)
                let count = unsafe Glibc.write(descriptor, buffer + done, used - done)
            #elseif canImport(Musl)
                let count = unsafe Musl.write(descriptor, buffer + done, used - done)
            #else
                let count = unsafe Darwin.write(descriptor, buffer + done, used - done)
            #endif
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw .cannotWrite(path: path, reason: systemMessage(errno))
            }
        }
        written += used
        used = 0
    }

    /// Writes out what is left, makes it durable if `atomically`, and puts the file in its place.
    ///
    /// - Throws: ``DelimitedTextError/cannotWrite(path:reason:)``; the file of an atomic writer is then untouched.
    package consuming func finish() throws(DelimitedTextError) {
        try flush()
        guard closesDescriptor else { return }
        if temporaryPath != nil, fsync(descriptor) != 0 {
            throw .cannotWrite(path: path, reason: systemMessage(errno))
        }
        isFinished = true
        let closed = close(descriptor)
        let closeError = errno
        if let temporaryPath {
            if closed == 0, unsafe rename(temporaryPath, path) == 0 { return }
            let code = closed == 0 ? errno : closeError
            _ = unsafe unlink(temporaryPath)
            throw .cannotWrite(path: path, reason: systemMessage(code))
        }
        if closed != 0 { throw .cannotWrite(path: path, reason: systemMessage(closeError)) }
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
            unsafe memcpy(buffer + used, base, count)
            used += count
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
