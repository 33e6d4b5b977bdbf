import LikenessFormat
import LikenessStore
import LikenessTraining
import RandomNumbers

/// The likes and dislikes that a continuation goes by: those after the parent's watermark, older ones of users and items that join
/// only now, and a sample to be trained again.
///
/// A like that was taken back since counts no longer and may be drawn as a negative. What it has taught stays until the next full fit: steps of
/// a gradient cannot be undone.
struct CutOpinions {
    let watermark: SequenceNumber
    /// The users to train, ascending.
    private(set) var users: [UInt32] = []
    private(set) var joiningUsers: Set<UInt32> = []
    private(set) var joiningItems: Set<UInt32> = []
    /// Items that are liked anew, whose features are looked up.
    private(set) var refreshedItems: Set<UInt32> = []
    /// What is trained: the weight of each pair.
    private(set) var trained: [UInt64: Float] = [:]
    /// How many likes and dislikes of users of the version each item has more than before.
    private(set) var counted: [UInt32: (likes: Int, dislikes: Int)] = [:]
    /// Whether a new event is a dislike.
    private(set) var hasDislikes = false
    private let index: LikesIndex

    /// A user and an item as one number.
    static func pair(_ user: UInt32, _ item: UInt32) -> UInt64 { UInt64(user) << 32 | UInt64(item) }

    /// - Returns: nil if no new opinion can be trained on: the ranking losses train on likes alone.
    /// - Complexity: O(new likes + older likes of their users + sample).
    init?(_ parent: ParentRows, replay: Double, in transaction: borrowing Reading) throws(StoreError) {
        let tables = parent.store.tables
        let log = LikesLog(tables)
        index = LikesIndex(tables)
        let since = parent.manifest.watermark
        watermark = try log.lastSequence(in: transaction)
        let new = try log.opinions(after: since, through: watermark, readsTimes: false, withTakenBack: true, in: transaction)
        let isLogistic = parent.hyperparameters.loss == .logistic
        func opinion(_ position: Int) -> LikeKind? { new.kinds.map { LikeKind(rawValue: $0[position]) } ?? .like }
        hasDislikes = (0..<new.count).contains { opinion($0) == .dislike }
        for position in 0..<new.count {
            guard let opinion = opinion(position), isLogistic || opinion == .like else { continue }
            let (user, item) = (new.users[position], new.items[position])
            trained[Self.pair(user, item)] = new.weights?[position] ?? 1
            if try !parent.isPresent(user, .user, in: transaction) { joiningUsers.insert(user) }
            if try !parent.isPresent(item, .item, in: transaction) { joiningItems.insert(item) }
            refreshedItems.insert(item)
        }
        if trained.isEmpty { return nil }
        // What was said before of the pairs that are new, where it may have been counted already.
        var former: [UInt64: UInt8] = [:]
        if new.kinds != nil || new.weights != nil || parent.manifest.totals?.hasDislikes ?? true {
            let pairs = Set((0..<new.count).map { Self.pair(new.users[$0], new.items[$0]) })
            var read = SequenceNumber.zero
            let laid = Histories(tables)
            if let header = try laid.header(in: transaction), header.watermark <= since {
                read = header.watermark
                let users = Set(new.users).sorted()
                try laid.forEach(users, of: .user, header, in: transaction) { place, events in
                    for (event, item) in zip(events.others.indices, events.others) where pairs.contains(Self.pair(users[place], item)) {
                        former[Self.pair(users[place], item)] =
                            events.kinds?[event - events.others.startIndex + (events.kinds?.startIndex ?? 0)] ?? LikeKind.like.rawValue
                    }
                }
            }
            try log.forEachRun(after: read, through: since, in: transaction) { _, run throws(StoreError) in
                for event in 0..<run.count where run.kinds?[event] != EventKind.erased.rawValue {
                    let pair = Self.pair(run.users[event], run.items[event])
                    if pairs.contains(pair) { former[pair] = run.kinds?[event] ?? LikeKind.like.rawValue }
                }
            }
        }
        var isNew: Set<UInt64> = []
        for position in 0..<new.count {
            let (user, item) = (new.users[position], new.items[position])
            isNew.insert(Self.pair(user, item))
            guard try isPresent(user: user, parent, in: transaction), try isPresent(item: item, parent, in: transaction) else { continue }
            if let opinion = opinion(position) { count(item, isDislike: opinion == .dislike, by: 1) }
            let wasCounted = !joiningUsers.contains(user) && !joiningItems.contains(item)
            if wasCounted, let kind = former[Self.pair(user, item)].flatMap(LikeKind.init(rawValue:)) {
                count(item, isDislike: kind == .dislike, by: -1)
            }
        }
        // Older opinions of who joins, as far as they are still in force.
        var joining: [(user: UInt32, item: UInt32, opinion: WaitingOpinion)] = []
        for item in joiningItems {
            for opinion in try parent.waiting(item, .item, in: transaction) { joining.append((opinion.other, item, opinion)) }
        }
        for user in joiningUsers {
            for opinion in try parent.waiting(user, .user, in: transaction) { joining.append((user, opinion.other, opinion)) }
        }
        for (user, item, opinion) in joining where isNew.insert(Self.pair(user, item)).inserted {
            guard try isPresent(user: user, parent, in: transaction), try isPresent(item: item, parent, in: transaction) else { continue }
            let isDislike = opinion.kind != LikeKind.like.rawValue
            let inForce = isDislike ? try index.items(dislikedBy: user, in: transaction) : try index.items(likedBy: user, in: transaction)
            guard inForce.contains(item) else { continue }
            count(item, isDislike: isDislike, by: 1)
            if isLogistic || !isDislike {
                trained[Self.pair(user, item)] = opinion.weight
                refreshedItems.insert(item)
            }
        }
        if replay > 0 { try draw(replay, through: since, parent, in: transaction) }
        users = Set(trained.keys.lazy.map { UInt32($0 >> 32) }).sorted()
    }

    /// Draws older opinions to be trained again.
    private mutating func draw(
        _ share: Double, through last: SequenceNumber, _ parent: ParentRows, in transaction: borrowing Reading
    ) throws(StoreError) {
        let isLogistic = parent.hyperparameters.loss == .logistic
        let sample = try LikesLog(parent.store.tables).sample(
            share, through: last,
            seed: SplitMix64.mix(parent.state.seed, UInt64(parent.state.epochsDone) &+ 0x7265_706C), in: transaction)
        for event in 0..<sample.count {
            let (user, item) = (sample.users[event], sample.items[event])
            let pair = Self.pair(user, item)
            let isDislike = sample.kinds.map { $0[event] != LikeKind.like.rawValue } ?? false
            guard trained[pair] == nil, isLogistic || !isDislike, try isPresent(user: user, parent, in: transaction),
                try isPresent(item: item, parent, in: transaction)
            else { continue }
            let inForce = isDislike ? try index.items(dislikedBy: user, in: transaction) : try index.items(likedBy: user, in: transaction)
            if inForce.contains(item) { trained[pair] = sample.weights?[event] ?? 1 }
        }
    }

    private mutating func count(_ item: UInt32, isDislike: Bool, by more: Int) {
        var counts = counted[item] ?? (0, 0)
        if isDislike { counts.dislikes += more } else { counts.likes += more }
        counted[item] = counts
    }

    /// Whether a user is or will be part of the version.
    func isPresent(user: UInt32, _ parent: ParentRows, in transaction: borrowing Reading) throws(StoreError) -> Bool {
        if joiningUsers.contains(user) { return true }
        return try parent.isPresent(user, .user, in: transaction)
    }

    /// Whether an item is or will be part of the version.
    func isPresent(item: UInt32, _ parent: ParentRows, in transaction: borrowing Reading) throws(StoreError) -> Bool {
        if joiningItems.contains(item) { return true }
        return try parent.isPresent(item, .item, in: transaction)
    }

    /// The items that a user likes (true) or dislikes now.
    func seen(by user: UInt32, _ parent: ParentRows, in transaction: borrowing Reading) throws(StoreError) -> [UInt32: Bool] {
        var seen: [UInt32: Bool] = [:]
        for item in try index.items(likedBy: user, in: transaction) { seen[item] = true }
        for item in try index.items(dislikedBy: user, in: transaction) { seen[item] = false }
        return seen
    }
}
