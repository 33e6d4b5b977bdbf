import LikenessStore
import LikenessTraining

/// A parent made ready to go on: grown to what is new, with the entries to train.
struct Continuation {
    let run: FitRun
    let model: Model
    let state: TrainingState
    private let parent: ParentState

    /// - Parameter newOpinions: opinions told behind the parent's watermark; they are the last ones.
    /// - Returns: nil if none of them can be trained on: the ranking losses train on likes alone.
    init?(_ store: Store, _ parent: ParentState, newOpinions: Int, _ options: FitPartialOptions) throws(FitError) {
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
        var model = parent.model
        Continuation.grow(&model, data.lengths, seed: hyperparameters.seed, isNewUser: isNewUser, isNewItem: isNewItem, parent)
        var run = FitRun(
            store: store, data: data,
            interactions: data.interactions(trained: trained, presentUsers: users, presentItems: items),
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
        self.parent = parent
    }

    /// One minus the mean cosine between the parent's item representations and these.
    func drift(to items: Representations) -> Double {
        let before = parent.model.itemRepresentations(parentRows)
        var (sum, count) = (0.0, 0)
        for row in parent.presentItems.indices where parent.presentItems[row] {
            let (a, b) = (before.vector(row), items.vector(row))
            let dot = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            let lengths = (a.reduce(0.0) { $0 + Double($1) * Double($1) } * b.reduce(0.0) { $0 + Double($1) * Double($1) })
            if lengths > 0 { sum += dot / lengths.squareRoot() }
            count += 1
        }
        return count > 0 ? max(0, 1 - sum / Double(count)) : 0
    }

    private var parentRows: FeatureRows? {
        parent.itemRows.flatMap { rows in
            try? FeatureRows(
                offsets: rows.offsets.map { Int($0) }, columns: rows.columns, weights: rows.weights,
                identityWeights: rows.identityWeights)
        }
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

    /// Adds fresh rows at the end, and lets rows that were there but not part of the parent start as fresh rows do.
    private static func grow(
        _ model: inout Model, _ lengths: Manifest.Lengths, seed: UInt64, isNewUser: [Bool], isNewItem: [Bool],
        _ parent: ParentState
    ) {
        model.grow(
            items: lengths.items, itemFeatures: lengths.itemFeatures, users: lengths.users,
            userFeatures: lengths.userFeatures, seed: seed)
        restart(&model.items, seed: seed, rows: isNewItem.indices.filter { isNewItem[$0] && $0 < parent.presentItems.count })
        restart(&model.users, seed: seed, rows: isNewUser.indices.filter { isNewUser[$0] && $0 < parent.presentUsers.count })
        restart(
            &model.itemFeatures, seed: seed,
            rows: parent.presentFeatures.indices.filter { !parent.presentFeatures[$0] })
        restart(
            &model.userFeatures, seed: seed,
            rows: parent.presentUserFeatures.indices.filter { !parent.presentUserFeatures[$0] })
    }

    private static func restart(_ table: inout ParameterTable, seed: UInt64, rows: [Int]) {
        guard let last = rows.last else { return }
        var fresh = ParameterTable(kind: table.kind, components: table.components, schedule: table.schedule)
        fresh.grow(to: last + 1, seed: seed)
        for part in ParameterTable.Part.allCases where table.count(of: part) > 0 {
            let width = 4 * (part.isWide ? table.stride : 1)
            unsafe fresh.withUnsafeBytes(of: part) { source in
                unsafe table.withUnsafeMutableBytes(of: part) { target in
                    for row in rows {
                        let bytes = row * width..<(row + 1) * width
                        unsafe UnsafeMutableRawBufferPointer(rebasing: target[bytes]).copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: source[bytes]))
                    }
                }
            }
        }
    }

    private static func padded(_ flags: [Bool], to count: Int) -> [Bool] {
        flags + [Bool](repeating: false, count: max(0, count - flags.count))
    }

    private static func added(_ now: [Bool], _ before: [Bool]) -> [Bool] {
        now.indices.map { now[$0] && !($0 < before.count && before[$0]) }
    }
}
