import LMDB
package import LikenessFormat
import LikenessStore
import LikenessTraining

extension FitRun {
    /// Whether an alias may move to what was trained.
    func gate(_ trained: TrainedModel, _ alias: String?, isForced: Bool) -> AliasGate {
        AliasGate(
            alias, isForced: isForced, epochs: trained.state.epochsDone, meanLoss: trained.meanLoss, meanWeight: meanWeight)
    }

    /// Writes the blocks, then publishes the version.
    func publish(
        _ trained: TrainedModel, in store: Store, alias: AliasGate, note: String?, creator: String
    ) throws(FitError) -> Catalog.Publication {
        let kept = try keepBlocks(in: store)
        let model = trained.model
        var writer = ModelWriter(store, components: model.components)
        let present = presence()
        let epoch = trained.state.epochsDone
        do {
            for table in model.tables { try writer.write(table, present: present[table.kind] ?? []) }
        } catch {
            throw .store(error)
        }
        for (kind, rows) in [(RowKind.item, itemFeatures), (.user, userFeatures), (.itemFeature, nil)] {
            try writer.write(model, kind, rows, present: present[kind] ?? [], epoch: epoch) { name(kind, $0) }
        }
        do {
            if let itemFeatures { try writer.write(itemFeatures, kind: .item) }
            if let userFeatures { try writer.write(userFeatures, kind: .user) }
            for kind in RowKind.allCases { try writer.write(tallies.tallies[kind] ?? [], kind: kind) }
            for (kind, opinions) in [(RowKind.item, tallies.waitingItems), (.user, tallies.waitingUsers)] {
                try writer.write(opinions, kind: kind)
            }
            let (matrices, bytesWritten) = try writer.finish()
            let draft = manifest(trained, matrices: matrices, creator: creator)
            return try store.catalog.publish(
                draft, blockBytes: bytesWritten, alias: alias.alias, note: note, by: creator, keeping: kept)
        } catch {
            throw .store(error)
        }
    }

    /// Which rows of each kind are part of the version: features are, if a row of the version has them.
    package func presence() -> [RowKind: [Bool]] {
        func features(_ rows: FeatureRows?, count: Int) -> [Bool] {
            var present = [Bool](repeating: false, count: count)
            for column in rows?.columns ?? [] { present[Int(column)] = true }
            return present
        }
        return [
            .item: presentItems, .user: presentUsers,
            .itemFeature: features(itemFeatures, count: lengths.itemFeatures),
            .userFeature: features(userFeatures, count: lengths.userFeatures),
        ]
    }

    private func manifest(_ trained: TrainedModel, matrices: [MatrixDescriptor], creator: String) -> Manifest {
        var manifest = Manifest(
            version: Version(rawValue: 1), parent: parent?.version, created: store.now(), creator: creator,
            watermark: watermark, likes: counts.likes, trainedLikes: trained.examples, fullFitLikes: fullFitLikes, vocabularies: lengths,
            components: hyperparameters.components, epochs: trained.state.epochsDone, featureWeighting: features.weighting.rawValue,
            featureOptions: JSONValue(encoding: features),
            hyperparameters: JSONValue(encoding: hyperparameters) ?? .null,
            randomState: JSONValue(encoding: trained.state) ?? .null,
            metrics: ["meanLoss": trained.meanLoss], matrices: matrices, totals: tallies.totals)
        manifest.tags = parent == nil ? nil : .train
        return manifest
    }

    /// Likes that the last full fit had.
    private var fullFitLikes: Int {
        parent?.fullFitLikes ?? counts.likes
    }

    /// Whether the likes since the last full fit are more than a fifth of what that had.
    package var isFullFitDue: Bool {
        Double(counts.likes - fullFitLikes) > 0.2 * Double(fullFitLikes)
    }

    func report(
        _ trained: TrainedModel, _ published: Catalog.Publication, alias: AliasGate, totalSeconds: Double, epochs: Int, drift: Double?
    ) -> FitReport {
        let present = presence()
        var report = FitReport(
            version: published.manifest.version.rawValue, parent: parent?.version.rawValue, alias: alias.alias,
            loss: hyperparameters.loss.rawValue, epochs: epochs, likes: counts.likes, dislikes: counts.dislikes,
            trainedLikes: trained.examples, users: presentUsers.count(where: \.self),
            items: presentItems.count(where: \.self), features: (present[.itemFeature] ?? []).count(where: \.self),
            userFeatures: (present[.userFeature] ?? []).count(where: \.self), newUsers: fresh.users, newItems: fresh.items,
            newFeatures: fresh.features, threads: hyperparameters.threads, meanLoss: trained.meanLoss,
            likesPerSecond: trained.likesPerSecond, trainingSeconds: trained.seconds, totalSeconds: totalSeconds,
            bytesWritten: published.bytesWritten, drift: drift, isFullFitDue: parent == nil ? nil : isFullFitDue)
        report.aliasWithheld = alias.reason
        if parent != nil {
            let rows = presentUsers.count + presentItems.count + lengths.itemFeatures + lengths.userFeatures
            report.changes = ContinuationChanges(
                tags: .train, touchedUsers: report.users - fresh.users, touchedItems: report.items - fresh.items,
                touchedFeatures: report.features - fresh.features, userDrift: nil, featureDrift: nil, rowsWritten: rows, layers: 0)
        }
        return report
    }
}

/// Keeps all blocks from being pruned until a version is published.
func keepBlocks(in store: Store) throws(FitError) -> KeptBlocks {
    do { return try store.keepBlocks() } catch { throw .store(error) }
}
