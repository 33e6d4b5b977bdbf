import LikenessFormat
import WorkerThreads

/// The memory of a fit: the parameters where they are, and what is kept only while they are trained.
///
/// It stays valid as long as the trainer that made it neither moves nor copies its model, which it does not within a run.
final class Workspace: @unchecked Sendable {
    let context: PassContext
    let tables: [(kind: RowKind, table: TableView)]
    private let scratchCandidates: Int
    /// Owners of the memory that the context points to.
    private let owned: Owned

    /// What lives as long as the workspace.
    struct Owned {
        var plain: PlainRows
        var rankLosses: FixedBuffer<Float>
        var features: [FeatureBuffers]
        var decays: [FixedBuffer<Float>]
        var codes: CandidateCodes.Owner?
        var drawable: FixedBuffer<UInt32>?
        var negatives: FixedBuffer<UInt32>?
        var rows: TrainingRows
        var mapping: FeatureMapping?
    }

    init(context: PassContext, tables: [(kind: RowKind, table: TableView)], owned: Owned) {
        self.context = context
        self.tables = tables
        self.owned = owned
        scratchCandidates = max(context.choice.maxSampled, context.choice.n) + 4
    }

    /// Working memory for one thread.
    func scratch() -> Scratch { Scratch(stride: context.items.stride, candidates: scratchCandidates) }

    /// Starts an epoch: codes all item representations anew, unless each is as its last step left it. Where two threads step on a row
    /// at once its code may be a step behind, until the next on that row.
    /// - Parameter isFirst: whether it is the first of a run.
    func beginEpoch(isFirst: Bool) {
        let items = context.items
        guard let codes = items.codes else { return }
        let isCurrent = items.isIdentity && !context.isRegularized
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
