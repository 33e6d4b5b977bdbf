import DelimitedText
public import Interchange
import PlainText

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the answers of a batch go.
public struct BatchOutput: Sendable, Equatable {
    /// The file, made whole and then put in place; `-` is standard output, which gets whole lines as they come.
    public var path = "-"
    /// psv, csv or tsv with a row for each neighbour, or jsonl with an object for each query; nil goes by the file's name.
    public var format: TextFormat?
    /// Whether the file is gone on with at its end, which gets whole lines as they come, rather than made anew.
    public var appends = false
    /// Whether it takes the place of a file of that name; never that of the store.
    public var overwrites = false

    /// Rows in psv to standard output.
    public init() {}

    /// A file, in the format that its name ends with.
    public init(path: String) { self.path = path }
}

/// Writes the answers of a batch, line by line.
struct AnswerWriter: ~Copyable {
    private var writer: DelimitedWriter
    private let isJSON: Bool
    private let key: String
    private let encoder = JSONEncoder()

    /// - Parameters:
    ///   - columns: what queries and what is found are called in the header of rows.
    ///   - key: what queries are called in JSON.
    ///   - inputs: files that are read, which the output must not be.
    /// - Throws: `DelimitedTextError`: the file cannot be opened.
    init(_ output: BatchOutput, columns: (query: String, found: String), key: String, protecting inputs: [String]) throws {
        try self.init(output, header: [columns.query, "rank", columns.found, "score"], key: key, protecting: inputs)
    }

    /// - Parameters:
    ///   - header: the columns of rows.
    ///   - inputs: files that are read, which the output must not be.
    init(_ output: BatchOutput, header: [String], key: String = "", protecting inputs: [String]) throws {
        let format = output.format ?? TextFormat(ofFileNamed: output.path)
        var opened = try AnswerWriter.open(output, format, inputs)
        if format != .jsonl, !opened.continues { try opened.write(header) }
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        isJSON = format == .jsonl
        self.key = key
        writer = opened
    }

    private static func open(_ output: BatchOutput, _ format: TextFormat, _ inputs: [String]) throws -> DelimitedWriter {
        if output.appends, output.path != "-" {
            return try DelimitedWriter(appendingTo: output.path, dialect: format.dialect, lineEnd: .lf, protecting: inputs)
        }
        return try DelimitedWriter(
            path: output.path, dialect: format.dialect, lineEnd: .lf, overwriting: output.overwrites, protecting: inputs)
    }

    /// Writes the answer of one query.
    mutating func write(_ query: String, _ found: [Neighbor]) throws {
        guard isJSON else {
            for (place, neighbor) in found.enumerated() {
                try writer.write([query, "\(place + 1)", neighbor.id, "\(neighbor.score)"])
            }
            return
        }
        let object = JSONAnswer(key: key, query: query, results: found)
        try writer.write(line: String(decoding: try encoder.encode(object), as: UTF8.self).jsonPrintable)
    }

    /// Writes the scores of one pair.
    mutating func write(_ pair: PairScore) throws {
        if isJSON { return try writer.write(line: String(decoding: try encoder.encode(pair), as: UTF8.self).jsonPrintable) }
        try writer.write([pair.first, pair.second, "\(pair.cosine)", pair.score.map { "\($0)" } ?? ""])
    }

    /// Writes the rank of one pair.
    mutating func write(_ pair: PairRank) throws {
        if isJSON { return try writer.write(line: String(decoding: try encoder.encode(pair), as: UTF8.self).jsonPrintable) }
        try writer.write([pair.first, pair.second, "\(pair.rank)", "\(pair.of)", "\(pair.score)"])
    }

    /// Writes out what is left, and puts the file in its place.
    consuming func finish() throws { try writer.finish() }
}

/// The answer of one query as an object.
private struct JSONAnswer: Encodable {
    let key: String
    let query: String
    let results: [Neighbor]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(query, forKey: Key(stringValue: key))
        try container.encode(results, forKey: Key(stringValue: "results"))
    }
}
