import DelimitedText
import PlainText

/// How the fields of a file are divided: as the options say, else as its name says, else as its first line says plainly.
struct TextLayout {
    let dialect: Dialect
    let isJSON: Bool
    /// What was found without being told, in words.
    let note: String?

    init(_ file: TextFile, path: String, _ options: IngestOptions) throws(IngestError) {
        let named = TextFormat(endingOf: path)
        let line = file.firstLine
        let isObject = line.first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: "{")
        if options.format == .jsonl || (options.format == nil && (named == .jsonl || (options.delimiter == nil && isObject))) {
            if line.first == UInt8(ascii: "[") {
                throw .header(
                    path: path,
                    reason: "this is one JSON list. Give one object a line: jq -c '.[]' FILE | likeness ingest likes - --format jsonl")
            }
            dialect = .csv
            isJSON = true
            note = options.format == nil && named != .jsonl ? "lines of JSON (say --format to have it otherwise)" : nil
            return
        }
        isJSON = false
        let base = TextLayout.loose((options.format ?? named ?? .psv).dialect)
        if let delimiter = options.delimiter {
            dialect = try TextLayout.dialect(delimiter, options.format ?? named)
            note = nil
        } else if let byte = file.declaredDelimiter, options.format == nil, byte < 0x80, byte != base.quote {
            dialect = TextLayout.with(byte, base)
            note = "fields are divided by '\(Character(Unicode.Scalar(byte)))', as the line sep= says"
        } else if options.format == nil, named == nil, file.fieldCount(TextLayout.colons) > 1 {
            // Titles and genres of such files hold commas and bars, but nothing else holds colons in pairs.
            dialect = TextLayout.colons
            note = "fields are divided by '::' (say --delimiter or --format to have it otherwise)"
        } else if options.format == nil, file.fieldCount(base) < 2, let found = TextLayout.plain(file, base) {
            dialect = found
            note = "fields are divided by \(TextLayout.name(found)) (say --delimiter or --format to have it otherwise)"
        } else {
            dialect = base
            note = nil
        }
    }

    private static let colons = Dialect(name: "dat", delimiter: UInt8(ascii: ":"), quote: nil, isDelimiterDoubled: true)

    /// The delimiter that divides the first line, if there is one alone that does.
    private static func plain(_ file: TextFile, _ base: Dialect) -> Dialect? {
        let candidates = [loose(.csv), with(UInt8(ascii: ";"), loose(.csv)), .tsv, .psv, colons].filter { $0.delimiter != base.delimiter }
        let dividing = candidates.filter { file.fieldCount($0) > 1 }
        return dividing.count == 1 ? dividing[0] : nil
    }

    /// What a user types as a delimiter: one byte, `\t` or `::`.
    static func dialect(_ delimiter: String, _ format: TextFormat?) throws(IngestError) -> Dialect {
        if delimiter == "::" { return colons }
        let text = delimiter == "\\t" || delimiter == "tab" ? "\t" : delimiter
        guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, byte != 0x0A, byte != 0x0D else {
            throw .file("the delimiter '\(delimiter.printable)' is none. Give one ASCII character, \\t, or ::")
        }
        let base = loose((format ?? (byte == UInt8(ascii: "|") ? .psv : byte == 0x09 ? .tsv : .csv)).dialect)
        if byte == base.quote {
            throw .file("the delimiter '\(text)' is the quote of \(base.name). Give --format csv, or another delimiter")
        }
        return with(byte, base)
    }

    private static func with(_ delimiter: UInt8, _ base: Dialect) -> Dialect {
        Dialect(name: base.name, delimiter: delimiter, quote: base.quote, escapes: base.escapes)
    }

    /// The dialect as files that call themselves so have it: with `\"` for a quote too.
    private static func loose(_ dialect: Dialect) -> Dialect {
        dialect == .csv ? Dialect(name: "csv", delimiter: dialect.delimiter, quote: dialect.quote, escapes: .whereFound) : dialect
    }

    private static func name(_ dialect: Dialect) -> String {
        dialect.isDelimiterDoubled ? "'::'" : dialect.delimiter == 0x09 ? "tabs" : "'\(Character(Unicode.Scalar(dialect.delimiter)))'"
    }
}
