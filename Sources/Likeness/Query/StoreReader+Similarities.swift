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
        var reader = try DelimitedReader(path: path, dialect: TextFormat(ofFileNamed: path).dialect)
        var writer = try AnswerWriter(output, header: ["first", "second", "cosine", "score"], protecting: [path] + files)
        var report = BatchReport(version: session.version.rawValue)
        let clock = ContinuousClock()
        let start = clock.now
        while let record = try reader.next() {
            report.done += 1
            let line = record.line
            guard record.problem == nil, record.count == 2 else {
                report.passOver { "line \(line) does not hold two terms" }
                continue
            }
            let score: PairScore
            do throws(QueryError) {
                score = try session.similarity(of: record.text(0), to: record.text(1))
            } catch {
                if case .store = error { throw error }
                report.passOver { "line \(line): \(error)" }
                continue
            }
            try writer.write(score)
            report.answered += 1
        }
        try writer.finish()
        report.seconds = (clock.now - start) / .seconds(1)
        return report
    }
}
