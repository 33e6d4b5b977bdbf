import LikenessFormat
import LikenessStore

/// What a continuation wrote to the store.
struct PublishedLayers {
    let published: Catalog.Publication
    /// Rows that were written, those that a merge of layers or a new base wrote again among them.
    let rowsWritten: Int
    let alias: AliasGate
}

extension ParentRows {
    /// Writes changed rows as layers over the version, and publishes what comes of it.
    ///
    /// - Parameters:
    ///   - meanWeight: of the likes that the mean loss is about.
    ///   - grams: the Gram matrices of items and users, in versions by least squares.
    ///   - change: sets what the new manifest says of likes and training; the rest is the parent's, or follows from the layers.
    func publish(
        _ drafts: [LayerDraft], in store: Store, grams: [(kind: RowKind, gram: [Double])] = [], _ options: FitPartialOptions,
        meanWeight: Double = 1, _ change: (inout Manifest) -> Void
    ) throws(FitError) -> PublishedLayers {
        do {
            let kept = try store.keepBlocks()
            var writer = LayerWriter(store, parent: manifest)
            for draft in drafts { try writer.write(draft, over: rows(draft.kind), count: lengths[draft.kind]) }
            for (kind, gram) in grams { try writer.write(gram: gram, kind, components: manifest.components) }
            let bytes = try writer.finish()
            var next = manifest
            next.parent = manifest.version
            next.created = store.now()
            next.creator = options.creator
            next.vocabularies = lengths
            next.matrices = writer.matrices
            next.layers = writer.layers
            change(&next)
            let alias = AliasGate(
                options.alias, isForced: options.forcesAlias, epochs: next.epochs, meanLoss: next.metrics["meanLoss"] ?? 0,
                meanWeight: meanWeight)
            let published = try store.catalog.publish(
                next, blockBytes: bytes, alias: alias.alias, note: options.note, by: options.creator, keeping: kept)
            return PublishedLayers(published: published, rowsWritten: writer.rowsWritten, alias: alias)
        } catch {
            throw .store(error)
        }
    }

    /// The drift of a kind of rows: the mean over all rows of the version, where those that were not touched have not moved.
    /// - Parameter moved: what one minus the cosines of the touched ones add up to.
    func drift(_ moved: Double?, _ kind: RowKind) -> Double {
        max(0, (moved ?? 0) / Double(max(manifest.totals?[kind] ?? 1, 1)))
    }

    /// Whether the likes since the last full fit are more than a fifth of those that it had.
    func isFullFitDue(likes: Int) -> Bool {
        let before = Double(manifest.fullFitLikes)
        return Double(likes) - before > 0.2 * before
    }
}
