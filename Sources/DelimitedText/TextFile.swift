/// A text file, opened: unpacked and as UTF-8, with what stands before its header passed over.
///
/// The compression is told by the first bytes, UTF-16 by its byte order mark.
package struct TextFile {
    /// Where the bytes come from.
    private let file: any ByteSource
    /// The text from the header on.
    package let source: PeekedSource
    /// How the file is packed.
    package let compression: Compression?
    /// How its letters are written.
    package let encoding: TextEncoding
    /// Lines that stand before the header and say nothing of the rows: `sep=…` and comments.
    package private(set) var preambleLines = 0
    /// The delimiter that a line `sep=…` names.
    package private(set) var declaredDelimiter: UInt8?

    /// Opens `path`; `-` is standard input.
    ///
    /// - Parameters:
    ///   - encoding: how the letters are written; nil: UTF-8, or UTF-16 if there is a byte order mark.
    ///   - hasHeader: whether the first line names columns; a `#` alone makes no comment of a row.
    /// - Throws: ``DelimitedTextError`` when it cannot be opened, is packed in a way that is not read, or is no text.
    package init(path: String, encoding: TextEncoding? = nil, hasHeader: Bool = true) throws(DelimitedTextError) {
        try self.init(
            DescriptorSource(path: path), name: path == "-" ? "standard input" : path, encoding: encoding, hasHeader: hasHeader)
    }

    /// Reads what a source gives, as ``init(path:encoding:hasHeader:)`` does.
    package init(_ file: any ByteSource, name: String, encoding: TextEncoding? = nil, hasHeader: Bool = true)
        throws(DelimitedTextError)
    {
        self.file = file
        let packed = PeekedSource(then: file)
        try packed.peek { $0.count >= Compression.magicBytes }
        compression = Compression(startingWith: packed.ahead)
        let unpacked: any ByteSource =
            switch compression {
            case nil: packed
            case .gzip: try GzipSource(packed, name: name)
            case .zstd: try ZstdSource(packed, name: name)
            case .some(let other): throw .packed(path: name, compression: other)
            }
        let bytes = PeekedSource(then: unpacked)
        try bytes.peek { $0.count >= 2 }
        let isUTF16 = bytes.ahead.starts(with: [0xFF, 0xFE]) || bytes.ahead.starts(with: [0xFE, 0xFF])
        self.encoding = encoding ?? (isUTF16 ? .utf16 : .utf8)
        source = self.encoding == .utf8 ? bytes : PeekedSource(then: TranscodingSource(bytes, self.encoding))
        try source.peek { TextFile.lineEnd(in: $0, from: 0) != nil }
        if source.ahead.starts(with: [0xEF, 0xBB, 0xBF]) { source.drop(3) }
        while try passPreambleLine(hasHeader: hasHeader) {}
        // What gives itself away as no text is not shown as if it were a header.
        if source.ahead[..<(TextFile.lineEnd(in: source.ahead, from: 0) ?? source.ahead.count)].prefix(4_096).contains(0) {
            throw .binary(path: name)
        }
    }

    /// How sure it is that nothing is missing at the end of the text; packed files say themselves where they end.
    package var end: SourceEnd { compression == nil ? file.end : .certain }

    /// The first line, without its end.
    package var firstLine: ArraySlice<UInt8> {
        source.ahead[..<(TextFile.lineEnd(in: source.ahead, from: 0) ?? source.ahead.count)]
    }

    /// How many fields the first record has in a dialect.
    package func fieldCount(_ dialect: Dialect) -> Int {
        var reader = DelimitedReader(PeekedSource(source.ahead), dialect: dialect, readSize: max(1, min(source.ahead.count, 1 << 16)))
        guard let record = try? reader.next() else { return 0 }
        return record.count
    }

    private mutating func passPreambleLine(hasHeader: Bool) throws(DelimitedTextError) -> Bool {
        let bytes = source.ahead
        guard let end = TextFile.lineEnd(in: bytes, from: 0) else { return false }
        let line = bytes[..<end]
        var next = end + 1
        if bytes[end] == Byte.carriageReturn, next < bytes.count, bytes[next] == Byte.lineFeed { next += 1 }
        if preambleLines == 0, hasHeader, line.starts(with: Array("sep=".utf8)), line.count <= 6 {
            declaredDelimiter = line.count == 5 ? line[4] : nil
        } else if line.first == UInt8(ascii: "#"), hasHeader || line.count == 1 || line[1] == UInt8(ascii: " ") {
        } else if line.isEmpty, preambleLines > 0 {
        } else {
            return false
        }
        source.drop(next)
        preambleLines += 1
        try source.peek { TextFile.lineEnd(in: $0, from: 0) != nil }
        return true
    }

    private static func lineEnd(in bytes: [UInt8], from start: Int) -> Int? {
        bytes[start...].firstIndex { $0 == Byte.lineFeed || $0 == Byte.carriageReturn }
    }
}
