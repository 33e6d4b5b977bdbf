import DelimitedText

/// The rows that an ingest could not keep, as comma-separated text: line, reason, the row as it stood in the file.
///
/// The file is made with the first row, so that there is none if every row was kept.
struct RejectsFile: ~Copyable {
    private let path: String?
    private var writer: DelimitedWriter?

    init(_ path: String?) {
        self.path = path
        writer = nil
    }

    mutating func write(line: Int, reason: String, raw: RawSpan) throws(DelimitedTextError) {
        guard let path else { return }
        if writer == nil {
            writer = try DelimitedWriter(path: path, dialect: .csv, lineEnd: .lf, atomically: true)
            try writer?.write(["line", "reason", "row"])
        }
        let row = unsafe raw.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        try writer?.write([String(line), reason, row])
    }

    /// Puts the file in place; nil if there is none.
    mutating func finish() throws(DelimitedTextError) -> String? {
        guard let writer = writer.take() else { return nil }
        try writer.finish()
        return path
    }
}
