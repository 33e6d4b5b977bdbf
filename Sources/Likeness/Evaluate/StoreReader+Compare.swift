import Interchange
import LMDB
import LikenessEvaluation
import LikenessFormat
public import LikenessStore

extension StoreReader {
    /// Ranks the same held-out likes by two versions, and says how much of the difference other users might turn around.
    ///
    /// ```swift
    /// let comparison = try store.compare(.version(Version(rawValue: 1)), .current, test: "test.psv")
    /// if comparison.metrics["ndcg"]?.isBeyondNoise == true { … }
    /// ```
    ///
    /// Only users that both versions know take part. Each version ranks the items that it knows.
    ///
    /// - Throws: `EvaluationFailure`; above all where one of the versions was made from likes of the test file.
    /// - Complexity: that of two evaluations, and O(resamples × users).
    public func compare(
        _ first: VersionReference, _ second: VersionReference, test path: String, options: ComparisonOptions = ComparisonOptions()
    ) throws(EvaluationFailure) -> VersionComparison {
        let clock = ContinuousClock()
        let start = clock.now
        var evaluation = options.evaluation
        evaluation.includesUsers = true
        guard evaluation.k > 0 else { throw .model("k is \(evaluation.k), but the list must have at least 1 item") }
        guard (1...1_000_000).contains(options.resamples) else {
            throw .model("resamples is \(options.resamples), but it must be 1 to 1000000; 2000 are usual")
        }
        guard options.confidence > 0, options.confidence < 1 else {
            throw .model("confidence is \(options.confidence), but it is a share above 0 and below 1; 0.95 is usual")
        }
        let pairs: PairsFile
        do { pairs = try PairsFile(path, columns: evaluation.columns, format: evaluation.format) } catch { throw .file(error) }
        let outcome: Result<(RankedUsers, RankedUsers), EvaluationFailure>
        do {
            outcome = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let versions = (
                    try catalog.manifest(at: first, in: transaction), try catalog.manifest(at: second, in: transaction)
                )
                if versions.0.version == versions.1.version { return .failure(.sameVersion(versions.0.version)) }
                let one = try RankedUsers.ranking(versions.0, self, pairs, evaluation, in: transaction)
                guard case .success(let ofFirst) = one else { return one.map { ($0, $0) } }
                return try RankedUsers.ranking(versions.1, self, pairs, evaluation, in: transaction).map { (ofFirst, $0) }
            }
        } catch {
            throw .store(error)
        }
        let (one, two) = try outcome.get()
        let places = Dictionary(uniqueKeysWithValues: zip(two.ids, two.ids.indices))
        let shared = one.ids.indices.compactMap { place in places[one.ids[place]].map { (first: place, second: $0) } }
        guard !shared.isEmpty else { throw .nobodyInBoth(one.version, two.version) }
        let comparison = PairedComparison(
            first: shared.map { one.metrics[$0.first] }, second: shared.map { two.metrics[$0.second] },
            bootstrap: PairedBootstrap(resamples: options.resamples, confidence: options.confidence, seed: options.seed))
        return VersionComparison(
            first: one.version.rawValue, second: two.version.rawValue, k: evaluation.k, excludesTrain: evaluation.excludesTrain,
            users: comparison.users, likes: shared.reduce(0) { $0 + one.likes[$1.first] }, usersOfFirstAlone: one.ids.count - shared.count,
            usersOfSecondAlone: two.ids.count - shared.count, unknownItemLikesOfFirst: one.unknownItemLikes,
            unknownItemLikesOfSecond: two.unknownItemLikes,
            metrics: Dictionary(uniqueKeysWithValues: comparison.figures.map { ($0.name, MetricComparison($0)) }),
            resamples: options.resamples, confidence: options.confidence, seed: options.seed,
            seconds: (clock.now - start) / .seconds(1))
    }
}

/// The values of each user of a test file that a version knows.
private struct RankedUsers {
    let version: Version
    let ids: [String]
    let metrics: [UserMetrics]
    /// Held-out likes by user.
    let likes: [Int]
    let unknownItemLikes: Int

    /// Ranks for all of them; a failure where the version was made from likes of the file.
    static func ranking(
        _ manifest: Manifest, _ store: StoreReader, _ pairs: PairsFile, _ options: EvaluationOptions, in transaction: borrowing Reading
    ) throws(StoreError) -> Result<RankedUsers, EvaluationFailure> {
        let ranked = try RankedModel(store, manifest, pairs, among: options.among, in: transaction)
        if ranked.overlap > 0 { return .failure(.trained(ranked.overlap, manifest.version)) }
        if ranked.test.rows.isEmpty { return .failure(.nothingToRank(manifest.version)) }
        if options.among != .all, !ranked.hasSomethingToRank { return .failure(.nothingAmong(options.among, manifest.version)) }
        do {
            let report = try ranked.evaluate(options)
            return .success(
                RankedUsers(
                    version: manifest.version, ids: report.userIndices.map { ranked.test.ids[Int($0)] }, metrics: report.perUser,
                    likes: ranked.likes(of: report.userIndices), unknownItemLikes: ranked.test.unknownItemLikes))
        } catch {
            return .failure(.model("\(error)"))
        }
    }
}

extension RankedModel {
    /// How many held-out likes numbered users have.
    fileprivate func likes(of numbers: [UInt32]) -> [Int] {
        var distinct = [Set<UInt32>](repeating: [], count: test.rows.count)
        for (user, item) in zip(test.users, test.items) { distinct[Int(user)].insert(item) }
        return numbers.map { distinct[Int($0)].count + Int(test.unindexed[Int($0)]) }
    }
}

extension MetricComparison {
    fileprivate init(_ figure: PairedComparison.Figure) {
        self.init(
            first: figure.first, second: figure.second, difference: figure.difference, low: figure.interval.lowerBound,
            high: figure.interval.upperBound, won: figure.won, tied: figure.tied, lost: figure.lost)
    }
}
