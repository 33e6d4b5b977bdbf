import DelimitedText
import Interchange
import LikenessFormat
public import LikenessStore

extension StoreReader {
    /// Scores the pairs that a file lists and writes them: rows of `first`, `second`, `cosine` and `score`, which is empty unless the pair is
    /// a user and an item; or one JSON object a pair. A pair that names what the version does not know is passed over and counted.
    ///
    /// - Parameters:
    ///   - path: rows of two terms each, without a header, in the format that the name ends with; psv for other names. `-` is standard
    ///     input.
    /// - Throws: `QueryError`, or words about a file.
    /// - Complexity: O(pairs × components); one pair in memory at a time.
    public func writeSimilarities(
        ofPairsIn path: String, to output: BatchOutput, version: VersionReference = .current
    ) throws -> BatchReport {
        let session = try session(of: version)
        return try writePairs(in: path, to: output, header: ["first", "second", "cosine", "score"], of: session.version) {
            (first, second, writer) throws in
            try writer.write(try session.similarity(of: first, to: second))
        }
    }

    /// Finds the places of items among all that users may be recommended, for the pairs that a file lists, and writes them: rows of `first`,
    /// `second`, `rank`, `of` and `score`, or one JSON object a pair. See ``Session/rank(of:for:includingLiked:)``.
    ///
    /// Pairs of one user are done fastest one after the other.
    /// - Parameters:
    ///   - path: rows of a user and an item each, as terms, in either order; see ``writeSimilarities(ofPairsIn:to:version:)``.
    ///   - output: where the ranks go.
    ///   - version: the version that answers.
    ///   - includingLiked: whether items that the user likes are part of the order.
    /// - Throws: `QueryError`, or words about a file.
    /// - Complexity: O(changes of the user × items × (components + log items) + pairs × log items).
    public func writeRanks(
        ofPairsIn path: String, to output: BatchOutput, version: VersionReference = .current, includingLiked: Bool = false
    ) throws -> BatchReport {
        let session = try session(of: version)
        var order: UserOrder?
        return try writePairs(in: path, to: output, header: ["first", "second", "rank", "of", "score"], of: session.version) {
            (first, second, writer) throws in
            try writer.write(try session.rank(first, second, includingLiked: includingLiked, &order))
        }
    }

    /// Answers each pair of a file with `answer`; a pair that has no answer is passed over, and an error of the store ends the work.
    private func writePairs(
        in path: String, to output: BatchOutput, header: [String], of version: Version,
        _ answer: (String, String, inout AnswerWriter) throws -> Void
    ) throws -> BatchReport {
        var reader = try DelimitedReader(path: path, dialect: TextFormat(ofFileNamed: path).dialect)
        var writer = try AnswerWriter(output, header: header, protecting: [path] + files)
        var report = BatchReport(version: version.rawValue)
        let clock = ContinuousClock()
        let start = clock.now
        while let record = try reader.next() {
            report.done += 1
            let line = record.line
            guard record.problem == nil, record.count == 2 else {
                report.passOver { "line \(line) does not hold two terms" }
                continue
            }
            do {
                try answer(record.text(0), record.text(1), &writer)
                report.answered += 1
            } catch let error as QueryError {
                if case .store = error { throw error }
                report.passOver { "line \(line): \(error)" }
            }
        }
        try writer.finish()
        report.seconds = (clock.now - start) / .seconds(1)
        return report
    }
}
