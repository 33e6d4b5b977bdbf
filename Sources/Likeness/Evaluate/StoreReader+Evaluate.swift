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
        let outcome: Result<(Version, TestLikes, overlap: Int, EvaluationReport, Duration), EvaluationFailure>
        do {
            outcome = try environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let manifest = try catalog.manifest(at: reference, in: transaction)
                let ranked = try RankedModel(
                    self, manifest, pairs, among: options.among, skipsKnown: options.skipsKnown, in: transaction)
                if ranked.overlap > 0, options.isStrict || options.excludesTrain && !options.skipsKnown {
                    return .failure(.known(ranked.overlap, manifest.version))
                }
                if options.among != .all, !ranked.hasSomethingToRank { return .failure(.nothingAmong(options.among, manifest.version)) }
                if ranked.test.isEmpty {
                    return .failure(ranked.overlap > 0 ? .allKnown(ranked.overlap, manifest.version) : .nothingToRank(manifest.version))
                }
                let ready = clock.now
                do {
                    let report = try ranked.evaluate(options)
                    return .success((manifest.version, ranked.test, ranked.overlap, report, clock.now - ready))
                } catch {
                    return .failure(.model("\(error)"))
                }
            }
        } catch {
            throw .store(error)
        }
        let (version, test, overlap, report, ranking) = try outcome.get()
        return VersionEvaluation(
            version: version.rawValue, k: options.k, excludesTrain: options.excludesTrain, among: options.among, users: report.users,
            likes: report.cells, unknownUserLikes: test.unknownUserLikes,
            unknownItemLikes: test.unknownItemLikes, knownLikes: overlap, skipsKnown: options.skipsKnown,
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
