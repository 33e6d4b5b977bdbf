import LikenessFormat
import LikenessStore
import LikenessTraining
import RandomNumbers

/// A small model cut out of a parent: the users and items that new likes touch, and a pool of items to draw negatives from.
///
/// It is read within one transaction, at a cost that depends on what is new alone, and then trained as any model is.
struct CutOut {
    let watermark: SequenceNumber
    let users: CutSide
    let items: CutSide
    let rows: TrainingRows
    /// What BPR draws its negatives from: items of the pool, each as often as users of the version like or dislike it.
    private(set) var negatives: [UInt32]?
    /// What the version is made of when this is trained.
    let totals: VersionTotals
    /// The mean weight of what is trained.
    let meanWeight: Double
    /// How many users and items join.
    let joined: (users: Int, items: Int)

    /// The pool of negatives has at least so many items, or all that may be drawn.
    static let leastPool = 4_096
    /// And so many for each like that is trained.
    static let poolPerLike = 8

    /// - Returns: nil if nothing after the parent's watermark can be trained on.
    init?(_ parent: ParentRows, _ options: FitPartialOptions, in transaction: borrowing Reading) throws(FitError) {
        let opinions: CutOpinions?
        do { opinions = try CutOpinions(parent, replay: options.replay, in: transaction) } catch { throw .store(error) }
        guard let opinions else { return nil }
        watermark = opinions.watermark
        meanWeight = opinions.trained.values.reduce(0) { $0 + Double($1) } / Double(max(opinions.trained.count, 1))
        joined = (opinions.joiningUsers.count, opinions.joiningItems.count)
        var totals = parent.manifest.totals ?? VersionTotals()
        let pool: Set<UInt32>
        var local = Set(opinions.counted.keys).union(opinions.trained.keys.lazy.map { UInt32(truncatingIfNeeded: $0) })
        do {
            pool = try CutOut.pool(parent, opinions, in: transaction)
            local.formUnion(pool)
            if parent.hyperparameters.loss == .warpKOS || parent.hyperparameters.dislikes == .preferredNegatives {
                for user in opinions.users {
                    for item in try opinions.seen(by: user, parent, in: transaction).keys
                    where try opinions.isPresent(item: item, parent, in: transaction) { local.insert(item) }
                }
            }
        } catch {
            throw .store(error)
        }
        let itemNumbers = local.sorted()
        var choice = parent.hyperparameters
        choice.threads = options.threads ?? choice.threads
        try MemoryNeed.check(
            needed: MemoryNeed.bytes(users: opinions.users.count, items: itemNumbers.count, likes: opinions.trained.count, choice),
            limits: MemoryLimits())
        items = try CutSide(
            itemNumbers, joining: opinions.joiningItems, counted: opinions.counted, refreshed: opinions.refreshedItems, parent, kind: .item,
            in: transaction)
        users = try CutSide(
            opinions.users, joining: opinions.joiningUsers, counted: [:], refreshed: Set(opinions.users), parent, kind: .user,
            in: transaction)
        do {
            rows = try CutOut.rows(opinions, pool: pool, itemNumbers, parent, in: transaction)
        } catch {
            throw FitError(any: error)
        }
        if parent.hyperparameters.loss == .bpr {
            var drawn: [UInt32] = []
            for (row, tally) in items.tallies.enumerated() where pool.contains(items.numbers[row]) {
                drawn.append(contentsOf: repeatElement(UInt32(row), count: Int(tally.likes) + Int(tally.dislikes)))
            }
            negatives = drawn
        }
        totals.users += joined.users
        totals.items += joined.items
        totals.hasDislikes = totals.hasDislikes || opinions.hasDislikes
        do { for side in [items, users] { try totals.count(side, parent, in: transaction) } } catch { throw .store(error) }
        self.totals = totals
    }

    /// Items that negatives are drawn from: each that may be drawn with the same chance.
    private static func pool(
        _ parent: ParentRows, _ opinions: CutOpinions, in transaction: borrowing Reading
    ) throws(StoreError) -> Set<UInt32> {
        guard parent.hyperparameters.loss != .logistic else { return [] }
        let items = parent.rows(.item)
        func mayBeDrawn(_ item: UInt32) throws(StoreError) -> Bool {
            if opinions.joiningItems.contains(item) { return true }
            guard try items.isPresent(Int(item), in: transaction) else { return false }
            let tally = try items.tally(of: Int(item), in: transaction) ?? RowTally()
            let more = opinions.counted[item] ?? (0, 0)
            return Int(tally.likes) + Int(tally.dislikes) + more.likes + more.dislikes > 0
        }
        let wanted = max(leastPool, poolPerLike * opinions.trained.count)
        let bound = max(items.count, opinions.joiningItems.max().map { Int($0) + 1 } ?? 0)
        var pool: Set<UInt32> = []
        if bound <= 2 * wanted {
            for item in 0..<UInt32(bound) where try mayBeDrawn(item) { pool.insert(item) }
            if pool.count <= wanted { return pool }
            pool.removeAll()
        }
        var random = SplitMix64(seed: SplitMix64.mix(parent.state.seed, UInt64(parent.state.epochsDone) &+ 0x706F_6F6C))
        var tries = 0
        while pool.count < wanted, tries < 64 * wanted {
            tries += 1
            let item = UInt32(random.draw(below: bound))
            if pool.contains(item) { continue }
            if try mayBeDrawn(item) { pool.insert(item) }
        }
        return pool
    }

    /// The trainer's input: the likes that are trained, and the other items of the cut-out that their users have seen.
    private static func rows(
        _ opinions: CutOpinions, pool: Set<UInt32>, _ itemNumbers: [UInt32], _ parent: ParentRows, in transaction: borrowing Reading
    ) throws -> TrainingRows {
        let places = Dictionary(uniqueKeysWithValues: itemNumbers.enumerated().map { ($1, UInt32($0)) })
        var (users, items, weights, values, trained): ([UInt32], [UInt32], [Float], [Float], [Int]) = ([], [], [], [], [])
        for (row, user) in opinions.users.enumerated() {
            let seen = try opinions.seen(by: user, parent, in: transaction)
            for (item, isLike) in seen.sorted(by: { $0.key < $1.key }) {
                guard let place = places[item] else { continue }
                let weight = opinions.trained[CutOpinions.pair(user, item)]
                if weight != nil { trained.append(users.count) }
                users.append(UInt32(row))
                items.append(place)
                weights.append(weight ?? 1)
                values.append(isLike ? 1 : 0)
            }
        }
        let interactions = Interactions(
            users: users, items: items, weights: weights.contains { $0 != 1 } ? weights : nil,
            values: values.contains(0) ? values : nil, trained: trained, drawnItems: itemNumbers.map(pool.contains))
        return try TrainingRows(
            interactions, users: opinions.users.count, items: itemNumbers.count, hyperparameters: parent.hyperparameters)
    }
}

extension VersionTotals {
    /// Counts what a side of a cut-out has more or less than its parent: opinions of items, and features.
    mutating func count(_ side: CutSide, _ parent: ParentRows, in transaction: borrowing Reading) throws(StoreError) {
        for (tally, before) in zip(side.tallies, side.formerTallies) {
            likes += Int(tally.likes) - Int(before.likes)
            dislikes += Int(tally.dislikes) - Int(before.dislikes)
            drawable += (tally.likes + tally.dislikes > 0 ? 1 : 0) - (before.likes + before.dislikes > 0 ? 1 : 0)
        }
        let features = parent.rows(side.featureKind)
        for (feature, delta) in side.featureDeltas {
            let before = Int(try features.tally(of: Int(feature), in: transaction)?.likes ?? 0)
            self[side.featureKind] += (before + delta > 0 ? 1 : 0) - (before > 0 ? 1 : 0)
        }
    }
}
