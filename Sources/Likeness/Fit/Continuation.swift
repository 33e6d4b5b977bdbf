import LMDB
import LikenessStore
import LikenessTraining

/// A parent made ready to go on: grown to what is new, with the entries to train.
struct Continuation {
    var run: FitRun
    /// The parent's model, grown; taken by the training.
    private var model: Model?
    let state: TrainingState
    private let parent: (manifest: Manifest, presentItems: [Bool])

    /// - Parameter newOpinions: opinions told behind the parent's watermark; they are the last ones.
    /// - Returns: nil if none of them can be trained on: the ranking losses train on likes alone.
    init?(
        _ store: Store, _ parent: ParentState, _ model: consuming Model, newOpinions: Int, _ options: FitPartialOptions
    ) throws(FitError) {
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
        var random = SplitMix64(state: SplitMix64.mix(parent.state.seed, UInt64(parent.state.epochsDone) &+ 0x7265_706C))
        // Older likes are trained too if their user or item is new to the model, or if the replay draws them.
        let trained = (0..<count).filter { position in
            if position >= firstNew { return true }
            let isNew = isNewUser[Int(data.opinions.users[position])] || isNewItem[Int(data.opinions.items[position])]
            return (options.replay > 0 && Double(random.nextUnit()) < options.replay) || isNew
        }
        var hyperparameters = parent.hyperparameters
        hyperparameters.threads = options.threads ?? hyperparameters.threads
        Continuation.start(&model, seed: hyperparameters.seed, isNewUser: isNewUser, isNewItem: isNewItem, parent)
        var run = try FitRun(
            store, data, trained: trained, presentUsers: users, presentItems: items,
            itemFeatures: try Continuation.rows(
                data.itemFeatures, present: items, parent.features, likes: data.itemLikes(), old: parent.itemRows),
            userFeatures: try Continuation.rows(
                data.userFeatures, present: users, parent.features, old: parent.userRows),
            features: parent.features,
            hyperparameters: hyperparameters, parent: parent.manifest)
        run.fresh = (
            isNewUser.count(where: \.self), isNewItem.count(where: \.self),
            data.lengths.itemFeatures - parent.presentFeatures.count
        )
        self.run = run
        self.model = model
        state = parent.state
        self.parent = (parent.manifest, parent.presentItems)
    }

    /// Trains the model, which is given up, and the rows, which are too.
    mutating func train(epochs: Int, progress: (FitProgress) -> Bool) throws(FitError) -> FitRun.Trained {
        guard let model = model.take() else { preconditionFailure("the model was given up") }
        defer { run.rows = nil }
        return try run.train(model, state: state, epochs: epochs, progress: progress)
    }

    /// One minus the mean cosine between the parent's item representations, read block by block, and these.
    func drift(to model: Model) throws(FitError) -> Double {
        let (manifest, present) = parent
        let layout = MatrixNames.representations(.item, components: manifest.components)
        guard let descriptor = manifest.matrix(layout.name), descriptor.rowByteCount == layout.rowByteCount else { return 0 }
        var (sum, count) = (0.0, 0)
        do {
            try run.store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try MatrixView(descriptor, in: run.store).forEachBlock(in: transaction) { (number, block) throws(StoreError) in
                    let first = number * descriptor.rowsPerBlock
                    let rows = first..<min(first + descriptor.rowsPerBlock, descriptor.rows)
                    let now = model.representations(of: .item, run.itemFeatures, rows: rows)
                    for row in rows where present[row] {
                        let start = BlockHeader.byteCount + (row - first) * descriptor.rowByteCount
                        var (dot, before, after) = (0.0, 0.0, 0.0)
                        for component in 0..<manifest.components {
                            let a = Double(Float(bitPattern: block.littleEndian(at: start + 4 * component)))
                            let b = Double(now.vectors[(row - first) * now.stride + component])
                            dot += a * b
                            before += a * a
                            after += b * b
                        }
                        if before * after > 0 { sum += dot / (before * after).squareRoot() }
                        count += 1
                    }
                    transaction.releasePages(of: block)
                }
            }
        } catch {
            throw .store(error)
        }
        return count > 0 ? max(0, 1 - sum / Double(count)) : 0
    }

    /// Feature rows as the weighting makes them now, but for rows whose features are those of the parent: they keep their weights,
    /// so that a new tag elsewhere does not move every item.
    private static func rows(
        _ lists: [[(feature: UInt32, weight: Float)]], present: [Bool], _ options: FeatureOptions, likes: [UInt32]? = nil,
        old: FeatureRowsColumns?
    ) throws(FitError) -> FeatureRows? {
        do {
            guard let rows = try TrainingSet.rows(lists, present: present, options, likes: likes) else { return nil }
            guard let old else { return rows }
            var lists: [[(feature: UInt32, weight: Float)]] = []
            var identities: [Float] = []
            for row in 0..<rows.rows {
                let list = rows.features(of: row)
                if row < old.rowCount {
                    let entries = Int(old.offsets[row])..<Int(old.offsets[row + 1])
                    if old.columns[entries].elementsEqual(list.map(\.feature)) {
                        lists.append(entries.map { (old.columns[$0], old.weights[$0]) })
                        identities.append(old.identityWeights[row])
                        continue
                    }
                }
                lists.append(list)
                identities.append(rows.identityWeights[row])
            }
            return try FeatureRows(lists, identityWeights: identities)
        } catch {
            throw FitError(error)
        }
    }

    /// Lets rows that the parent's model does not have, or that were not part of it, start as fresh rows do.
    private static func start(
        _ model: inout Model, seed: UInt64, isNewUser: [Bool], isNewItem: [Bool], _ parent: ParentState
    ) {
        func rows(_ count: Int, _ before: [Bool], isNew: (Int) -> Bool) -> [Int] {
            (0..<count).filter { $0 >= before.count || isNew($0) }
        }
        model.items.restart(rows(model.items.rows, parent.presentItems) { isNewItem[$0] }, seed: seed)
        model.users.restart(rows(model.users.rows, parent.presentUsers) { isNewUser[$0] }, seed: seed)
        let (features, userFeatures) = (parent.presentFeatures, parent.presentUserFeatures)
        model.itemFeatures.restart(rows(model.itemFeatures.rows, features) { !features[$0] }, seed: seed)
        model.userFeatures.restart(rows(model.userFeatures.rows, userFeatures) { !userFeatures[$0] }, seed: seed)
    }

    private static func padded(_ flags: [Bool], to count: Int) -> [Bool] {
        flags + [Bool](repeating: false, count: max(0, count - flags.count))
    }

    private static func added(_ now: [Bool], _ before: [Bool]) -> [Bool] {
        now.indices.map { now[$0] && !($0 < before.count && before[$0]) }
    }
}
