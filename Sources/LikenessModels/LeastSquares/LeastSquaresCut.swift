import LikenessFormat
import LikenessStore
import LikenessTraining

/// The part of a version by alternating least squares that new likes touch, with the vectors of all that its rows' histories name.
///
/// ```
/// users   0 … u−1 | u …      those that are solved, in the order of `histories.users` | others that items' histories name
/// items   0 … i−1 | i …      those that are solved or only counted anew, in the order of `items.numbers` | others that users name
/// ```
struct LeastSquaresCut {
    let histories: TouchedHistories
    /// What is written of items and users, and what their features are.
    let items: CutSide
    let users: CutSide
    /// The number in the store of each local row.
    let itemNumbers: [UInt32]
    let userNumbers: [UInt32]
    /// The rows to solve and what they are solved with.
    let update: LeastSquaresUpdate
    /// How many of the touched rows' opinions are new.
    private(set) var news = LeastSquaresUpdate.News()
    /// The item features of the cut-out, ascending.
    let itemFeatureNumbers: [UInt32]
    let userFeatureNumbers: [UInt32]
    /// What the version is made of with the new likes.
    let totals: VersionTotals

    /// - Returns: nil if nothing after the parent's watermark concerns the version.
    /// - Throws: `FitError`: too little memory, or a damaged store.
    init?(
        _ parent: ParentRows, _ record: LeastSquaresRecord, _ options: FitPartialOptions, in transaction: borrowing Reading
    ) throws(FitError) {
        let found: TouchedHistories?
        // Items of a version by softmax are moved by what all their likes add up to.
        let budget = record.centers == nil ? LeastSquaresCut.budget : LeastSquaresCut.softmaxBudget
        do { found = try TouchedHistories(parent, budget, in: transaction) } catch { throw .store(error) }
        guard let histories = found else { return nil }
        self.histories = histories
        var settings = record.settings
        settings.threads = options.threads ?? settings.threads
        let written = Set(histories.items).union(histories.counted.keys).union(histories.refreshedItems)
        items = try CutSide(
            written.sorted(), joining: histories.joiningItems, counted: histories.counted, refreshed: histories.refreshedItems, parent,
            kind: .item, in: transaction)
        users = try CutSide(
            histories.users, joining: histories.joiningUsers, counted: [:], refreshed: Set(histories.users), parent, kind: .user,
            in: transaction)
        itemNumbers = LeastSquaresCut.numbers(items.numbers, histories.userHistories)
        userNumbers = LeastSquaresCut.numbers(users.numbers, histories.itemHistories)
        try MemoryNeed.check(
            needed: MemoryNeed.bytes(
                solved: users.numbers.count + items.numbers.count, rows: userNumbers.count + itemNumbers.count,
                entries: (histories.userHistories + histories.itemHistories).reduce(0) { $0 + $1.others.count },
                components: settings.components),
            limits: MemoryLimits())
        do {
            let itemPull = try FeaturePull(items, parent, moves: options.tags == .train, in: transaction)
            let userPull = try FeaturePull(users, parent, moves: options.tags == .train, in: transaction)
            var update = LeastSquaresUpdate(
                users: try LeastSquaresCut.vectors(userNumbers, .user, parent, in: transaction),
                items: try LeastSquaresCut.vectors(itemNumbers, .item, parent, in: transaction),
                userGram: record.centers == nil ? try LeastSquaresCut.gram(.user, parent, in: transaction) : [],
                itemGram: record.centers == nil ? try LeastSquaresCut.gram(.item, parent, in: transaction) : [], terms: record.terms,
                settings: settings)
            (update.itemFeatures, update.featureTable, update.featurePrecisions) = (itemPull.rows, itemPull.table, itemPull.precisions)
            (update.userFeatures, update.userFeatureTable) = (userPull.rows, userPull.table)
            update.userFeaturePrecisions = userPull.precisions
            (itemFeatureNumbers, userFeatureNumbers) = (itemPull.numbers, userPull.numbers)
            let itemPlaces = LeastSquaresCut.places(itemNumbers)
            update.touchedUsers = LeastSquaresCut.touched(Array(histories.users.indices), histories.userHistories, itemPlaces)
            update.usersWereKnown = histories.usersWereKnown
            let solved = histories.items.map { Int(itemPlaces[$0] ?? 0) }
            update.touchedItems = LeastSquaresCut.touched(solved, histories.itemHistories, LeastSquaresCut.places(userNumbers))
            update.itemsWereKnown = solved.map { [formerTallies = items.formerTallies] in formerTallies[$0].likes > 0 }
            news.users = zip(histories.newsOfUsers, zip(histories.userHistories, histories.usersWereKnown)).map { news, user in
                user.1 ? news : user.0.others.count
            }
            news.items = zip(histories.itemHistories, solved).map { [formerTallies = items.formerTallies] history, place in
                let former = formerTallies[place]
                // Where likes were taken back there may be fewer than before.
                return former.likes > 0 ? max(history.others.count - Int(former.solved), 0) : history.others.count
            }
            if record.centers == nil { update.steppedItems = LeastSquaresCut.stepped(histories, items, users) }
            // Rows with likes come and, where likes are taken back, go.
            func change(_ histories: [TouchedHistories.History], _ wereKnown: [Bool]) -> Int {
                zip(histories, wereKnown).reduce(0) { $0 + ($1.0.likes > 0 ? 1 : 0) - ($1.1 ? 1 : 0) }
            }
            update.terms.users = max(update.terms.users + change(histories.userHistories, histories.usersWereKnown), 1)
            update.terms.items = max(update.terms.items + change(histories.itemHistories, update.itemsWereKnown), 1)
            totals = try LeastSquaresCut.totals(parent, histories, [items, users], in: transaction)
            if settings.unobservedWeight == nil, let before = parent.manifest.totals {
                // a₀ = 2 ΣN² / (likes × users) grows as the likes of a user do while items keep their shares of the likes.
                func perUser(_ totals: VersionTotals) -> Double { Double(max(totals.likes, 1)) / Double(max(totals.users, 1)) }
                update.terms.unobservedWeight *= perUser(totals) / perUser(before)
            }
            self.update = update
        } catch {
            throw FitError(any: error)
        }
    }

    private static let budget = TouchedHistories.Budget(least: 5_000, perNewOpinion: 5)
    private static let softmaxBudget = TouchedHistories.Budget(least: 50_000, perNewOpinion: 50)

    /// What moves items that are not solved, in local numbers: those that had likes and have some.
    private static func stepped(_ histories: TouchedHistories, _ items: CutSide, _ users: CutSide) -> LeastSquaresUpdate.SteppedRows {
        let places = places(users.numbers)
        var stepped = LeastSquaresUpdate.SteppedRows()
        for (row, number) in items.numbers.enumerated() {
            guard let steps = histories.steps[number] else { continue }
            let (before, now) = (items.formerTallies[row], items.tallies[row])
            if before.likes == 0 || now.likes == 0 { continue }
            stepped.rows.append(row)
            stepped.opinions.append(
                steps.map { .init(other: places[$0.user] ?? 0, weight: $0.weight, isLike: $0.isLike, isGone: $0.isGone) })
            stepped.counts.append(Int(now.likes) + Int(now.dislikes))
            stepped.likes.append((Int(before.likes), Int(now.likes)))
        }
        return stepped
    }

    /// The mean of (1 − x·y)² over the likes of users that were solved.
    func meanLoss(_ update: LeastSquaresUpdate) -> Double {
        var (sum, count) = (0.0, 0)
        let touched = update.touchedUsers
        for (place, row) in touched.rows.enumerated() {
            for entry in touched.offsets[place]..<touched.offsets[place + 1] where touched.isLike?[entry] ?? true {
                let misfit = 1 - update.users.dot(row, update.items, Int(touched.likes[entry]))
                sum += misfit * misfit
                count += 1
            }
        }
        return count > 0 ? sum / Double(count) : 0
    }

    private static func places(_ numbers: [UInt32]) -> [UInt32: UInt32] {
        Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($1, UInt32($0)) })
    }

    /// Numbers of rows that are written, then of others that histories name.
    private static func numbers(_ first: [UInt32], _ histories: [TouchedHistories.History]) -> [UInt32] {
        var numbers = first
        var known = Set(first)
        for history in histories {
            for other in history.others where known.insert(other).inserted { numbers.append(other) }
        }
        return numbers
    }

    private static func touched(
        _ rows: [Int], _ histories: [TouchedHistories.History], _ places: [UInt32: UInt32]
    ) -> LeastSquaresUpdate.Touched {
        var touched = LeastSquaresUpdate.Touched()
        touched.rows = rows
        var (weights, isLike): ([Float], [Bool]) = ([], [])
        for history in histories {
            touched.likes += history.others.map { places[$0] ?? 0 }
            weights += history.weights
            isLike += history.isLike
            touched.offsets.append(touched.likes.count)
        }
        // A weight of 1 is a confidence of its own in some forms: as in a full fit, weights count where there are any.
        if weights.contains(where: { $0 != 1 }) { touched.weights = weights }
        if isLike.contains(false) { touched.isLike = isLike }
        return touched
    }

    /// The vectors of rows; zeros for those that the parent does not have.
    private static func vectors(
        _ numbers: [UInt32], _ kind: RowKind, _ parent: ParentRows, in transaction: borrowing Reading
    ) throws(StoreError) -> FactorMatrix {
        let components = parent.manifest.components
        let (rows, layout) = (parent.rows(kind), MatrixNames.representations(kind, components: components))
        var vectors = FactorMatrix(rows: numbers.count, components: components)
        let width = vectors.stride * MemoryLayout<Float>.stride
        try unsafe vectors.values.withUnsafeMutableBuffer { (values) throws(StoreError) in
            let memory = UnsafeMutableRawBufferPointer(values)
            // In the order in which they lie, so that each block is looked for, and each page mapped, once.
            for place in numbers.indices.sorted(by: { numbers[$0] < numbers[$1] }) {
                guard let bytes = unsafe try rows.row(Int(numbers[place]), layout, in: transaction) else { continue }
                unsafe UnsafeMutableRawBufferPointer(rebasing: memory[place * width..<(place + 1) * width]).copyMemory(from: bytes)
            }
        }
        return vectors
    }

    /// The Gram matrix of a kind, as the parent keeps it.
    private static func gram(_ kind: RowKind, _ parent: ParentRows, in transaction: borrowing Reading) throws(StoreError) -> [Double] {
        let components = parent.manifest.components
        guard let gram = try parent.store.gram(kind, of: parent.manifest, in: transaction) else {
            throw .damaged(
                table: "versions", key: parent.manifest.version.description, reason: "it has no Gram matrix of \(kind.matrixPrefix)")
        }
        guard gram.count == components * components, gram.allSatisfy(\.isFinite) else {
            throw .damaged(
                table: "blocks", key: MatrixNames.gram(kind, components: components).name, reason: "the Gram matrix is not sound")
        }
        return gram
    }

    private static func totals(
        _ parent: ParentRows, _ histories: TouchedHistories, _ sides: [CutSide], in transaction: borrowing Reading
    ) throws(StoreError) -> VersionTotals {
        var totals = parent.manifest.totals ?? VersionTotals()
        totals.users += histories.joiningUsers.count
        totals.items += histories.joiningItems.count
        totals.hasDislikes = totals.hasDislikes || histories.hasDislikes
        for side in sides { try totals.count(side, parent, in: transaction) }
        return totals
    }
}

/// What the rows of a cut-out are made of, as the solver takes it: features in local numbers, those that the parent has held where they are.
private struct FeaturePull {
    /// Nil if no row has features.
    let rows: FeatureRows?
    let numbers: [UInt32]
    let table: FactorMatrix
    let precisions: [Float]

    /// - Parameter moves: whether features that the parent has may move.
    init(_ side: CutSide, _ parent: ParentRows, moves: Bool, in transaction: borrowing Reading) throws {
        let (kind, components) = (side.featureKind, parent.manifest.components)
        let own = parent.rows(side.kind)
        var lists: [[(feature: UInt32, weight: Float)]] = []
        for (row, number) in side.numbers.enumerated() {
            lists.append(try side.rewritten[row]?.features ?? own.features(of: Int(number), in: transaction)?.features ?? [])
        }
        let numbers = Set(lists.lazy.flatMap { $0.map(\.feature) }).sorted()
        let places = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($1, UInt32($0)) })
        let fresh = Set(side.fresh)
        rows =
            numbers.isEmpty
            ? nil : try FeatureRows(lists.map { $0.map { (places[$0.feature] ?? 0, $0.weight) } }, identityWeights: lists.map { _ in 1 })
        var table = FactorMatrix(rows: numbers.count, components: components)
        var precisions = [Float](repeating: 0, count: numbers.count)
        let (tags, layout) = (parent.rows(kind), MatrixNames.representations(kind, components: components))
        for (place, number) in numbers.enumerated() where !fresh.contains(number) {
            guard let vector = try tags.vector(Int(number), layout, in: transaction) else { continue }
            for component in 0..<components { table.values[place * table.stride + component] = vector[component] }
            precisions[place] = moves ? try tags.tally(of: Int(number), in: transaction)?.precision ?? 0 : LeastSquaresUpdate.fixed
        }
        self.table = table
        self.numbers = numbers
        self.precisions = precisions
    }
}
