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
    /// Rows of the version that are in lists.
    public let rows: Int
    /// Rows that joined lists since the directions of these were found, each as often as it did: the more, the less the directions suit.
    public let placed: Int
    /// The version with which ``cosine`` and ``innerProduct`` were measured: this one, or the one that it continues.
    public let measured: UInt64
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
        (version, self.kind, lists, rows, created) = (record.version.rawValue, kind, record.lists, record.present, record.created)
        (placed, measured) = (record.placed, record.measured.rawValue)
        cosine = measures(.cosine) ?? []
        innerProduct = measures(.innerProduct)
    }
}

extension SearchIndexSummary {
    /// Whether so many rows have joined lists since the directions of these were found that new ones are worth seeking.
    public var isRebuildDue: Bool { 2 * placed > rows }

    /// Whether an exact search of so many rows takes some 10 ms on one thread, so that an index is built unless it is not wanted.
    ///
    /// It goes by the bytes of the rows' codes, of which a thread reads some 15 GB/s: 2,000,000 rows of 64 components have so many.
    /// - Parameters:
    ///   - rows: rows to be searched.
    ///   - components: components of each.
    public static func pays(rows: Int, components: Int) -> Bool {
        rows * RowShape(components: components).codeBytes >= 1 << 27
    }
}
