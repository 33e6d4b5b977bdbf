import LMDB
import LikenessEvaluation
public import LikenessStore
import LikenessTraining

extension Store {
    /// Ranks all items of a version for the users of a test file, and measures where their held-out likes come.
    ///
    /// The definitions are LightFM's, ties counting against the model. ``EvaluationMetric`` lists what is measured.
    ///
    /// - Throws: `EvaluationFailure`.
    /// - Complexity: O(users of the file × items × components).
    public func evaluate(
        _ reference: VersionReference = .current, test path: String, options: EvaluationOptions = EvaluationOptions()
    ) throws(EvaluationFailure) -> VersionEvaluation {
        let clock = ContinuousClock()
        let start = clock.now
        guard options.k > 0 else { throw .model("k is \(options.k), but the list must have at least 1 item") }
        let pairs: PairsFile
        do { pairs = try PairsFile(path, columns: options.columns, format: options.format) } catch { throw .file(error) }
        let ranked: RankedModel
        do {
            ranked = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try RankedModel(self, reference, pairs, excludesTrain: options.excludesTrain, in: transaction)
            }
        } catch {
            throw .store(error)
        }
        if ranked.overlap > 0 { throw .overlap(ranked.overlap) }
        guard !ranked.test.users.isEmpty else { throw .nothingToRank(ranked.version) }
        let report: EvaluationReport
        do { report = try ranked.evaluate(options) } catch {
            throw .model("\(error)")
        }
        return VersionEvaluation(
            version: ranked.version.rawValue, k: options.k, excludesTrain: options.excludesTrain, users: report.users,
            likes: report.cells, unknownUserLikes: ranked.test.unknownUserLikes,
            unknownItemLikes: ranked.test.unknownItemLikes,
            metrics: Dictionary(uniqueKeysWithValues: report.named.map { ($0.name, $0.value) }),
            seconds: (clock.now - start).inSeconds,
            perUser: zip(report.userIndices, report.perUser).map { user, metrics in
                UserEvaluation(
                    id: ranked.test.ids[Int(user)],
                    metrics: Dictionary(
                        uniqueKeysWithValues: UserMetrics.names.map { ($0.name, metrics[keyPath: $0.path]) }))
            })
    }
}
