import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
import LikenessStore
import LikenessTraining
import PlainText
import Platform

/// How results are chosen where not by their scores alone. What is not set changes nothing.
///
/// ```swift
/// var rules = RankingRules()
/// rules.popularityPenalty = 0.1
/// rules.limits = ["category": 2]  // no more than two of one category
/// let items = try store.recommend(user: "u42", rules: rules)
/// ```
public struct RankingRules: Sendable, Equatable {
    /// How much being unlike the results before counts, against the score: 0 for not at all, up to 1.
    ///
    /// Each next result is the one with the largest (1 − λ)·r − λ·c among the best 300 (or three times as many as are wanted): r is its
    /// score, scaled to 0 … 1 among these, and c its largest cosine to a result before it.
    public var diversity = 0.0
    /// For items: β, by which ln(1 + likes) is subtracted from the score, with likes as the store knows them now; below 0 it is added.
    public var popularityPenalty = 0.0
    /// For items and users: no more results of one feature than so many, by the type of the feature. Features count as of the version.
    public var limits: [String: Int] = [:]

    /// The most results that diversity orders.
    public static let diverseLimit = 1_000

    /// By scores alone.
    public init() {}

    /// Whether results are chosen by their scores alone.
    var isPlain: Bool { diversity == 0 && popularityPenalty == 0 && limits.isEmpty }

    /// Refuses what cannot be done.
    func check(_ kind: EntityKind, k: Int) throws(QueryError) {
        guard diversity >= 0, diversity <= 1 else { throw .unreadable("the diversity is \(diversity), but it must lie between 0 and 1") }
        if diversity > 0, k > RankingRules.diverseLimit {
            throw .unreadable(
                "diversity orders \(RankingRules.diverseLimit) results at the most, and k is \(k). Ask for fewer, or leave it out")
        }
        guard popularityPenalty.isFinite, abs(popularityPenalty) <= 1e100 else {
            throw .unreadable("the penalty on popularity is \(popularityPenalty), but it must be a number; 0.1 is much")
        }
        if popularityPenalty != 0, kind != .items {
            throw .unreadable("popularity is counted of items only. Leave --popularity out, or look for items")
        }
        if !limits.isEmpty, kind == .tags {
            throw .unreadable("items and users have features, and tags have not. Leave --max-per-type out")
        }
        for (type, limit) in limits.sorted(by: { $0.key < $1.key }) where limit < 1 || type.isEmpty {
            throw .unreadable("at most \(limit) of each '\(type.printable)' cannot be shown. Name a type and a number of 1 or more")
        }
    }
}

extension Session {
    /// The rule that a scan chooses rows of a kind by.
    ///
    /// - Complexity: O(likes) for a penalty on popularity, O(feature entries) for limits.
    borrowing func rule(_ rules: RankingRules, _ kind: EntityKind, k: Int) throws(QueryError) -> RankingRule {
        if rules.isPlain { return .plain }
        try rules.check(kind, k: k)
        let bound = try scan(kind.rows).table.rows
        var offsets: [Double] = []
        var caps: [RankingRule.Cap] = []
        do throws(StoreError) {
            if rules.popularityPenalty != 0 {
                let likes = try LikesIndex(store.tables).popularity(itemCount: bound, in: transaction)
                offsets = likes.map { -rules.popularityPenalty * Mathematics.logarithm(1 + Double($0)) }
            }
            if !rules.limits.isEmpty {
                let types = rules.limits.sorted { $0.key < $1.key }.map { Array(($0.key.labelForm + ":").utf8) }
                var typeOf: [UInt32: Int] = [:]
                let features: RowKind = kind == .users ? .userFeature : .itemFeature
                try Vocabulary(features, in: store.tables).forEach(in: transaction) { feature, label in
                    if let type = types.firstIndex(where: { label.utf8.starts(with: $0) }) { typeOf[feature] = type }
                    return true
                }
                var values = types.map { _ in [UInt32: [UInt32]]() }
                try forEachFeature(of: kind.rows) { row, feature in
                    if let type = typeOf[feature] { values[type][row, default: []].append(feature) }
                }
                caps = zip(rules.limits.sorted { $0.key < $1.key }, values).map { RankingRule.Cap(limit: $0.value, values: $1) }
            }
        } catch {
            throw .store(error)
        }
        return RankingRule(offsets: offsets, diversity: rules.diversity, caps: caps)
    }
}
