import WorkerThreads

/// The memory of a fit: the parameters where they are, and what is kept only while they are trained.
///
/// It stays valid as long as the trainer that made it neither moves nor copies its model, which it does not within a run.
final class Workspace: @unchecked Sendable {
    let context: PassContext
    let tables: [(kind: TrainingError.RowKind, table: TableView)]
    private let scratchCandidates: Int
    /// Owners of the memory that the context points to.
    private let owned: Owned

    /// What lives as long as the workspace.
    struct Owned {
        var rankLosses: FixedBuffer<Float>
        var features: [FeatureBuffers]
        var decays: [FixedBuffer<Float>]
        var codes: CandidateCodes.Owner?
        var drawable: FixedBuffer<UInt32>?
        var rows: TrainingRows
        var mapping: FeatureMapping?
    }

    init(context: PassContext, tables: [(kind: TrainingError.RowKind, table: TableView)], owned: Owned) {
        self.context = context
        self.tables = tables
        self.owned = owned
        scratchCandidates = max(context.choice.maxSampled, context.choice.n) + 4
    }

    /// Working memory for one thread.
    func scratch() -> Scratch { Scratch(stride: context.items.stride, candidates: scratchCandidates) }

    /// Starts an epoch: codes all item representations anew, unless each is as its last step left it.
    /// - Parameter isFirst: whether it is the first of a run.
    func beginEpoch(isFirst: Bool) {
        let items = context.items
        guard let codes = items.codes else { return }
        let isCurrent = items.isIdentity && !context.isRegularized && context.choice.threads == 1
        guard isFirst || !isCurrent else { return }
        WorkerThreads.share(items.identity.rows, threads: context.choice.threads) { rows in
            let scratch = self.scratch()
            for row in rows {
                let now = unsafe items.representation(of: row, scratch: scratch.positive, decay: 0)
                unsafe codes.encode(row, now.vector, bias: now.bias, decay: 0)
            }
        }
    }

    /// Ends an epoch: brings every row up to the present decay, which starts at 0 again.
    func endEpoch(itemDecay: Double, userDecay: Double) {
        let sides = [(context.items, itemDecay), (context.users, userDecay)]
        for (side, decay) in sides {
            for table in [side.identity, side.named] {
                guard let decays = unsafe table.decays else { continue }
                for row in 0..<table.rows {
                    table.settle(row, at: decay)
                    unsafe decays[row] = 0
                }
            }
        }
        let items = context.items
        owned.mapping?.sweep(items.identity, items.named, threads: context.choice.threads)
    }
}

/// Feature rows in memory that does not move.
final class FeatureBuffers: Sendable {
    let offsets: FixedBuffer<Int>
    let columns: FixedBuffer<UInt32>
    let weights: FixedBuffer<Float>
    let identityWeights: FixedBuffer<Float>

    /// - Parameter features: nil for rows that are their own embedding alone.
    init(_ features: FeatureRows?) {
        offsets = FixedBuffer(features?.offsets ?? [], or: 0)
        columns = FixedBuffer(features?.columns ?? [], or: 0)
        weights = FixedBuffer(features?.weights ?? [], or: 0)
        identityWeights = FixedBuffer(features?.identityWeights ?? [], or: 0)
    }

    /// Rows without entries where `isLeftOut`.
    init(_ features: FeatureRows, without isLeftOut: [Bool]) {
        let (kept, columns, weights) = features.without(isLeftOut)
        offsets = FixedBuffer(kept, or: 0)
        self.columns = FixedBuffer(columns, or: 0)
        self.weights = FixedBuffer(weights, or: 0)
        identityWeights = FixedBuffer(features.identityWeights, or: 0)
    }

    /// The rows that are listed, with the weights of each one's features multiplied by its scale.
    init(_ features: FeatureRows, rows: [UInt32], scales: [Float]) {
        let lists = rows.map { features.features(of: Int($0)) }
        offsets = FixedBuffer(lists.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }, or: 0)
        columns = FixedBuffer(lists.flatMap { $0.map(\.feature) }, or: 0)
        weights = FixedBuffer(zip(lists, scales).flatMap { list, scale in list.map { scale * $0.weight } }, or: 0)
        identityWeights = FixedBuffer(rows.map { features.identityWeights[Int($0)] }, or: 0)
    }
}
