import DelimitedText

/// The rows that an ingest could not keep, as comma-separated text: line, reason, the row as it stood in the file; of several files
/// also which one.
///
/// The file is made with the first row, so that there is none if every row was kept.
final class RejectsFile {
    private let path: String?
    private let namesFiles: Bool
    private var writer: DelimitedWriter?

    /// - Parameter namesFiles: whether each row begins with the name of its file.
    init(_ path: String?, namesFiles: Bool = false) {
        self.path = path
        self.namesFiles = namesFiles
    }

    func write(file: String, line: Int, reason: String, raw: RawSpan) throws(DelimitedTextError) {
        guard let path else { return }
        if writer == nil {
            writer = try DelimitedWriter(path: path, dialect: .csv, lineEnd: .lf, atomically: true)
            try writer?.write((namesFiles ? ["file"] : []) + ["line", "reason", "row"])
        }
        let row = unsafe raw.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        try writer?.write((namesFiles ? [file] : []) + [String(line), reason, row])
    }

    /// Puts the file in place; nil if there is none.
    func finish() throws(DelimitedTextError) -> String? {
        guard let writer = writer.take() else { return nil }
        try writer.finish()
        return path
    }
}
