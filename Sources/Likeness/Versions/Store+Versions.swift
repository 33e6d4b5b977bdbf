import LMDB
import LikenessFormat
import LikenessModels
public import LikenessStore
import LikenessTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension StoreReader {
    /// All versions, oldest first.
    ///
    /// - Throws: `StoreError` if a record is damaged.
    /// - Complexity: O(versions).
    public func versions() throws(StoreError) -> [VersionSummary] {
        try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var summaries: [VersionSummary] = []
            for manifest in try catalog.manifests(in: transaction) {
                summaries.append(try summary(of: manifest, in: transaction))
            }
            return summaries
        }
    }

    /// What there is to know about one version.
    ///
    /// - Throws: `StoreError.catalog` if there is no such version or alias.
    public func summary(of reference: VersionReference) throws(StoreError) -> VersionSummary {
        try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try summary(of: catalog.manifest(at: reference, in: transaction), in: transaction)
        }
    }

    /// All moves of an alias, oldest first: which version it was at any time, and who moved it.
    public func history(of alias: String = "production") throws(StoreError) -> [AliasMove] {
        try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try catalog.history(of: alias, in: transaction)
        }
    }

    /// Recomputes every hash of the store, and checks that every version has all its blocks.
    ///
    /// - Parameters:
    ///   - scope: `.catalog` reads no block, and says nothing of what is in them.
    ///   - progress: called now and then with the bytes checked so far.
    public func verify(
        _ scope: VerificationScope = .everything, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) -> VerificationReport {
        try Verification.run(self, scope, progress: progress)
    }

    private func summary(
        of manifest: Manifest, in transaction: borrowing Reading
    ) throws(StoreError) -> VersionSummary {
        let aliases = try catalog.aliases(in: transaction).filter { $0.version == manifest.version }.map(\.name)
        let record = LeastSquaresRecord(of: manifest)
        return VersionSummary(
            version: manifest.version.rawValue, parent: manifest.parent?.rawValue, created: manifest.created,
            creator: manifest.creator, note: try catalog.note(of: manifest.version, in: transaction), aliases: aliases,
            epochs: manifest.epochs, likes: manifest.likes, trainedLikes: manifest.trainedLikes,
            watermark: manifest.watermark.rawValue, components: manifest.components, features: manifest.featureWeighting,
            identityScale: FeatureOptions(of: manifest)?.identityScale ?? 1,
            shrinkage: FeatureOptions(of: manifest)?.shrinkageInForce ?? 0,
            minimumFeatureItems: FeatureOptions(of: manifest)?.minimumRows ?? 0, users: manifest.vocabularies.users,
            items: manifest.vocabularies.items,
            itemFeatures: manifest.vocabularies.itemFeatures, userFeatures: manifest.vocabularies.userFeatures, metrics: manifest.metrics,
            hyperparameters: manifest.hyperparameters.decoded(as: Hyperparameters.self),
            leastSquares: record?.settings, coldItemScale: record?.terms.coldItemScale, softmax: record?.softmax,
            selection: record?.selection,
            rootHash: try catalog.rootHash(of: manifest.version, in: transaction)?.hexadecimal ?? "", origin: manifest.origin)
    }
}

extension Store {
    /// Points an alias at a version; the alias is made if there is none of that name.
    ///
    /// - Parameter who: who is to stand in the alias's history.
    /// - Returns: the move, or nil if the alias pointed there already.
    /// - Complexity: O(1): one small record.
    @discardableResult
    public func promote(
        _ reference: VersionReference, to alias: String = "production", by who: String = Store.systemUser
    ) throws(StoreError) -> AliasMove? {
        try catalog.promote(reference, to: alias, by: who)
    }

    /// Points an alias back at the target it had before. Again: one further back.
    ///
    /// - Complexity: O(1), whatever the versions' size.
    @discardableResult
    public func rollBack(
        _ alias: String = "production", by who: String = Store.systemUser
    ) throws(StoreError) -> AliasMove {
        try catalog.rollBack(alias, by: who)
    }

    /// Removes an alias and its history. The versions that it pointed at stay, until a prune finds nothing else that keeps them.
    ///
    /// - Returns: the version that it pointed at.
    @discardableResult
    public func removeAlias(_ alias: String) throws(StoreError) -> Version {
        try catalog.removeAlias(alias)
    }

    /// Writes a version's free-text note in place of the one it had.
    @discardableResult
    public func annotate(_ reference: VersionReference, note: String) throws(StoreError) -> Version {
        try catalog.annotate(reference, note: note)
    }
}
