import DelimitedText
import Platform

/// The rows that an ingest could not keep, as comma-separated text: line, reason, the row as it stood in the file; of several files
/// also which one.
///
/// The file is made with the first row, so that there is none if every row was kept.
final class RejectsFile {
    private let path: String?
    private let isOverwriting: Bool
    private let inputs: [String]
    private let namesFiles: Bool
    private var writer: DelimitedWriter?

    /// - Parameters:
    ///   - isOverwriting: take the place of a file of that name.
    ///   - inputs: files that it must not be.
    ///   - namesFiles: whether each row begins with the name of its file.
    /// - Throws: words about a place where the file cannot be made, before any row is read.
    init(
        _ path: String?, overwriting isOverwriting: Bool, protecting inputs: [String], namesFiles: Bool = false
    ) throws(OutputError) {
        if let path { try OutputFile.check(path, overwriting: isOverwriting, protecting: inputs) }
        self.path = path
        (self.isOverwriting, self.inputs, self.namesFiles) = (isOverwriting, inputs, namesFiles)
    }

    /// Keeps no row.
    init() {
        (path, isOverwriting, inputs, namesFiles) = (nil, false, [], false)
    }

    func write(file: String, line: Int, reason: String, raw: RawSpan) throws(DelimitedTextError) {
        guard let path else { return }
        if writer == nil {
            writer = try DelimitedWriter(path: path, dialect: .csv, lineEnd: .lf, overwriting: isOverwriting, protecting: inputs)
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
