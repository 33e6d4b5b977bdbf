import Interchange
import LMDB
import LikenessEvaluation
import LikenessFormat
import LikenessModels
public import LikenessStore
import LikenessTraining

extension StoreReader {
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
        let outcome: Result<(Version, TestLikes, EvaluationReport, Duration), EvaluationFailure>
        do {
            outcome = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let manifest = try catalog.manifest(at: reference, in: transaction)
                let ranked = try RankedModel(self, manifest, pairs, in: transaction)
                if options.excludesTrain, ranked.overlap > 0 { return .failure(.overlap(ranked.overlap)) }
                if ranked.test.rows.isEmpty { return .failure(.nothingToRank(manifest.version)) }
                let ready = clock.now
                do {
                    let report = try ranked.evaluate(options)
                    return .success((manifest.version, ranked.test, report, clock.now - ready))
                } catch {
                    return .failure(.model("\(error)"))
                }
            }
        } catch {
            throw .store(error)
        }
        let (version, test, report, ranking) = try outcome.get()
        return VersionEvaluation(
            version: version.rawValue, k: options.k, excludesTrain: options.excludesTrain, users: report.users,
            likes: report.cells, unknownUserLikes: test.unknownUserLikes,
            unknownItemLikes: test.unknownItemLikes,
            metrics: Dictionary(uniqueKeysWithValues: report.named.map { ($0.name, $0.value) }),
            rankingSeconds: ranking / .seconds(1), seconds: (clock.now - start) / .seconds(1),
            perUser: zip(report.userIndices, report.perUser).map { user, metrics in
                UserEvaluation(
                    id: test.ids[Int(user)],
                    metrics: Dictionary(
                        uniqueKeysWithValues: UserMetrics.names.map { ($0.name, metrics[keyPath: $0.path]) }))
            }, inputs: [path] + files)
    }
}
