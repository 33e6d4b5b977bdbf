/// How rows of text are cut into fields: the delimiter between them and the quote around those that need one.
///
/// A quote counts only as the first byte of a field; inside a quoted field two quotes stand for one, and delimiters and
/// line ends are ordinary bytes. A row ends with LF, CRLF or a lone CR. These are the rules of Python's `csv` module
/// with `doublequote=True`, `strict=False`, which wrote the files that this project reads first.
package struct Dialect: Sendable, Equatable {
    /// The name that a user types, such as `psv`.
    package let name: String
    /// The byte between two fields.
    package let delimiter: UInt8
    /// The byte around a field that holds a delimiter, a quote or a line end; `nil` when the dialect cannot quote.
    package let quote: UInt8?
    /// Whether the delimiter is the byte twice, as `::` of the MovieLens files; such a dialect has no quotes.
    package let isDelimiterDoubled: Bool
    /// Whether a backslash may stand before a quote inside a quoted field to say that it does not end there.
    package let escapes: Escapes

    /// What a backslash before a quote means.
    package enum Escapes: Sendable {
        /// A backslash like any other.
        case never
        /// An escape as soon as one stands in a quoted field before a quote that other text follows, and from then on.
        case whereFound
    }

    /// A dialect of its own. The bytes must differ from each other and from CR and LF, and be ASCII.
    package init(name: String, delimiter: UInt8, quote: UInt8?, isDelimiterDoubled: Bool = false, escapes: Escapes = .never) {
        precondition(delimiter < 0x80 && delimiter != Byte.lineFeed && delimiter != Byte.carriageReturn)
        precondition(
            quote.map { $0 < 0x80 && $0 != delimiter && $0 != Byte.lineFeed && $0 != Byte.carriageReturn } ?? true)
        self.name = name
        self.delimiter = delimiter
        precondition(!isDelimiterDoubled || quote == nil)
        precondition(escapes == .never || quote != Byte.backslash)
        self.quote = quote
        self.isDelimiterDoubled = isDelimiterDoubled
        self.escapes = escapes
    }

    /// `|` between fields, `\` around those that need it: the layout of the Sketchfab likes.
    package static let psv = Dialect(name: "psv", delimiter: UInt8(ascii: "|"), quote: UInt8(ascii: "\\"))
    /// `,` between fields, `"` around those that need it.
    package static let csv = Dialect(name: "csv", delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""))
    /// A tab between fields and no quoting at all, as registered for `text/tab-separated-values`: a `"` is a `"`.
    package static let tsv = Dialect(name: "tsv", delimiter: UInt8(ascii: "\t"), quote: nil)

    /// The dialects that have a name.
    package static let named: [Dialect] = [.psv, .csv, .tsv]

    /// The dialect called `name`, or `nil` when there is none of that name.
    package init?(named name: String) {
        guard let dialect = Dialect.named.first(where: { $0.name == name.lowercased() }) else { return nil }
        self = dialect
    }

    /// The dialect that the ending of `path` names (`likes.csv`), or `nil` when it names none.
    package init?(endingOf path: String) {
        guard let dot = path.lastIndex(of: "."), dot > (path.lastIndex(of: "/") ?? path.startIndex) else { return nil }
        self.init(named: String(path[path.index(after: dot)...]))
    }
}

/// The bytes that structure text.
enum Byte {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let backslash: UInt8 = 0x5C
}
