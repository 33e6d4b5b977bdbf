import LMDB
import LikenessFormat
import LikenessStore
import LikenessTraining
import RandomNumbers

/// The rows that a continuation trains. The likes are released before the parent's model is read, so that both are never in memory together.
struct Continuation {
    private(set) var run: FitRun
    private let state: TrainingState
    private let parent: (manifest: Manifest, presentItems: [Bool])
    /// Rows that start as fresh ones do: those that the parent's model does not have, and those that were not part of it.
    private let started: [RowKind: [Int]]
    /// Items whose features give way to likes that came in.
    private let givingWay: [Model.FormerShare]

    /// - Parameter newOpinions: opinions told behind the parent's watermark; they are the last ones.
    /// - Returns: nil if none of them can be trained on: the ranking losses train on likes alone.
    init?(_ store: StoreReader, _ parent: ParentState, newOpinions: Int, _ options: FitPartialOptions) throws(FitError) {
        let data = parent.data
        let count = data.opinions.count
        let firstNew = count - newOpinions
        let isLogistic = parent.hyperparameters.loss == .logistic
        let new = (firstNew..<count).filter { isLogistic || !data.isDislike($0) }
        if new.isEmpty { return nil }
        var users = Continuation.padded(parent.presentUsers, to: data.lengths.users)
        var items = Continuation.padded(parent.presentItems, to: data.lengths.items)
        for position in new {
            users[Int(data.opinions.users[position])] = true
            items[Int(data.opinions.items[position])] = true
        }
        let isNewUser = Continuation.added(users, parent.presentUsers)
        let isNewItem = Continuation.added(items, parent.presentItems)
        var random = SplitMix64(seed: SplitMix64.mix(parent.state.seed, UInt64(parent.state.epochsDone) &+ 0x7265_706C))
        // Older likes are trained too if their user or item is new to the model, or if the replay draws them.
        let trained = (0..<count).filter { position in
            if position >= firstNew { return true }
            let isNew = isNewUser[Int(data.opinions.users[position])] || isNewItem[Int(data.opinions.items[position])]
            return (options.replay > 0 && Double(random.unitFloat()) < options.replay) || isNew
        }
        var hyperparameters = parent.hyperparameters
        hyperparameters.threads = options.threads ?? hyperparameters.threads
        let itemRows = try Continuation.rows(
            data.itemFeatures, of: .item, present: items, parent.features, likes: data.itemLikes(of: users), old: parent.itemRows,
            tallies: parent.itemTallies, store)
        let userRows = try Continuation.rows(
            data.userFeatures, of: .user, present: users, parent.features, old: parent.userRows,
            tallies: parent.userTallies, store)
        givingWay = itemRows.former
        var run = try FitRun(
            store, data, trained: trained, presentUsers: users, presentItems: items, itemFeatures: itemRows.rows,
            userFeatures: userRows.rows,
            features: parent.features,
            hyperparameters: hyperparameters, parent: parent.manifest)
        run.fresh = (
            isNewUser.count(where: \.self), isNewItem.count(where: \.self),
            Continuation.added(run.presence()[.itemFeature] ?? [], parent.presentFeatures).count(where: \.self)
        )
        self.run = run
        state = parent.state
        self.parent = (parent.manifest, parent.presentItems)
        func rows(_ count: Int, _ before: [Bool], isNew: (Int) -> Bool) -> [Int] {
            (0..<max(count, before.count)).filter { $0 >= before.count || isNew($0) }
        }
        started = [
            .item: rows(data.lengths.items, parent.presentItems) { isNewItem[$0] },
            .user: rows(data.lengths.users, parent.presentUsers) { isNewUser[$0] },
            .itemFeature: rows(data.lengths.itemFeatures, parent.presentFeatures) { !parent.presentFeatures[$0] },
            .userFeature: rows(data.lengths.userFeatures, parent.presentUserFeatures) { !parent.presentUserFeatures[$0] },
        ]
    }

    /// Reads the parent's model, trains it, and releases the rows that it was trained on.
    mutating func train(epochs: Int, progress: (FitProgress) -> Bool) throws(FitError) -> TrainedModel {
        defer { run.rows = nil }
        return try run.train(try model(), state: state, epochs: epochs, progress: progress)
    }

    /// The parent's model, grown to what is new. A version never changes, so it does not matter when it is read.
    private func model() throws(FitError) -> Model {
        let (store, manifest, lengths) = (run.store, parent.manifest, run.lengths)
        let (schedule, seed) = (run.hyperparameters.schedule, run.hyperparameters.seed)
        var model: Model
        do {
            model = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try ModelReader(store: store, manifest: manifest).model(schedule: schedule, lengths: lengths, in: transaction)
            }
        } catch {
            throw .store(error)
        }
        model.items.restart(started[.item] ?? [], seed: seed)
        model.itemFeatures.restart(started[.itemFeature] ?? [], seed: seed)
        model.users.restart(started[.user] ?? [], seed: seed)
        model.userFeatures.restart(started[.userFeature] ?? [], seed: seed)
        if let features = run.itemFeatures { model.handOver(givingWay, to: features) }
        return model
    }

    /// One minus the mean cosine between the parent's item representations and these.
    func drift(to model: Model) throws(FitError) -> Double {
        let (manifest, present) = parent
        let layout = MatrixNames.representations(.item, components: manifest.components)
        var (sum, count) = (0.0, 0)
        do {
            try run.store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let rows = try LayeredRows(.item, manifest, run.store, in: transaction)
                for row in present.indices where present[row] {
                    guard let before = try rows.vector(row, layout, in: transaction) else { continue }
                    let now = model.representations(of: .item, run.itemFeatures, rows: row..<row + 1).vector(0)
                    sum += Movement.cosine(before, now)
                    count += 1
                }
            }
        } catch {
            throw .store(error)
        }
        return count > 0 ? max(0, 1 - sum / Double(count)) : 0
    }

    private static func padded(_ flags: [Bool], to count: Int) -> [Bool] {
        flags + [Bool](repeating: false, count: max(0, count - flags.count))
    }

    private static func added(_ now: [Bool], _ before: [Bool]) -> [Bool] {
        now.indices.map { now[$0] && !($0 < before.count && before[$0]) }
    }
}
