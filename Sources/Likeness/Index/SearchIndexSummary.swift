import LikenessFormat
import LikenessSearch
import LikenessStore

/// An index for approximate search, beside a version.
public struct SearchIndexSummary: Sendable, Codable, Equatable {
    /// The share of the ten best that is found when so many lists are looked at.
    public struct Measure: Sendable, Codable, Equatable {
        /// Lists looked at.
        public let lists: Int
        /// On average over queries of a sample.
        public let recall: Double
    }

    /// The version whose rows it holds.
    public let version: UInt64
    /// What it finds.
    public let kind: EntityKind
    /// Lists of rows that point the same way.
    public let lists: Int
    /// Rows in all lists.
    public let rows: Int
    /// Milliseconds since 1970-01-01 UTC.
    public let created: Int64
    /// What was measured with queries that are rows themselves, by cosine.
    public let cosine: [Measure]
    /// Of items: what was measured with users, by the score of recommendations.
    public let innerProduct: [Measure]?

    init?(_ record: SearchIndexRecord) {
        guard let kind = EntityKind.allCases.first(where: { $0.rows == record.kind }) else { return nil }
        func measures(_ similarity: Similarity) -> [Measure]? {
            record.curves[similarity.rawValue]?.map { Measure(lists: $0.probes, recall: $0.recall) }
        }
        (version, self.kind, lists, rows, created) = (record.version.rawValue, kind, record.lists, record.rows, record.created)
        cosine = measures(.cosine) ?? []
        innerProduct = measures(.innerProduct)
    }
}
