import LikenessFormat
import LikenessSearch
import LikenessStore
import LikenessTraining

/// What new likes and dislikes touch of a version by alternating least squares: the users and items to solve, with their whole histories.
///
/// Users are solved as soon as they say something new. An item is solved again when its opinions have grown by a tenth since it was
/// solved last: so an item's history is read some times while it doubles, and a like costs the same at any time. Other items that something
/// new was said of are solved too while that is cheap; the rest is moved by what is new alone.
struct TouchedHistories {
    /// The opinions of one row, each of the other side's rows once.
    struct History {
        var others: [UInt32] = []
        var weights: [Float] = []
        /// By their raw values.
        fileprivate var kinds: [UInt8] = []

        /// How many of them are likes.
        var likes: Int { kinds.count { $0 == LikeKind.like.rawValue } }
        /// Whether each is a like rather than a dislike.
        var isLike: [Bool] { kinds.map { $0 == LikeKind.like.rawValue } }

        fileprivate mutating func append(_ events: Histories.Events) {
            others += events.others
            weights += events.weights.map(Array.init) ?? [Float](repeating: 1, count: events.others.count)
            kinds += events.kinds.map(Array.init) ?? [UInt8](repeating: LikeKind.like.rawValue, count: events.others.count)
        }

        fileprivate mutating func append(_ other: UInt32, _ weight: Float, _ kind: UInt8) {
            others.append(other)
            weights.append(weight)
            kinds.append(kind)
        }

        /// Leaves the last event of each, unless it took the opinion back.
        fileprivate mutating func keepLast() {
            var seen: Set<UInt32> = []
            keep(others.indices.reversed().filter { seen.insert(others[$0]).inserted && kinds[$0].isOpinion }.reversed())
        }

        /// Leaves out what was taken back.
        fileprivate mutating func keepOpinions() {
            if kinds.allSatisfy(\.isOpinion) { return }
            keep(kinds.indices.filter { kinds[$0].isOpinion })
        }

        fileprivate mutating func keep(_ holds: (UInt32) -> Bool) {
            if others.allSatisfy(holds) { return }
            keep(others.indices.filter { holds(others[$0]) })
        }

        private mutating func keep(_ entries: [Int]) {
            if entries.count == others.count { return }
            (others, weights, kinds) = (entries.map { others[$0] }, entries.map { weights[$0] }, entries.map { kinds[$0] })
        }
    }

    let watermark: SequenceNumber
    /// Users to solve, ascending, and what they think now of items of the version.
    private(set) var users: [UInt32] = []
    private(set) var userHistories: [History] = []
    /// Whether each of them was part of the users' Gram matrix.
    private(set) var usersWereKnown: [Bool] = []
    /// How many opinions of each of them came after the parent's watermark.
    private(set) var newsOfUsers: [Int] = []
    /// Items to solve, ascending, and who of the version thinks of them.
    private(set) var items: [UInt32] = []
    private(set) var itemHistories: [History] = []
    /// What is new of items that are not solved, by item: who of the version says it.
    private(set) var steps: [UInt32: [Step]] = [:]
    private(set) var joiningUsers: Set<UInt32> = []
    private(set) var joiningItems: Set<UInt32> = []
    /// Items that new likes are of, whose features are looked up.
    private(set) var refreshedItems: Set<UInt32> = []
    /// How many likes and dislikes of users of the version each item has more than before.
    private(set) var counted: [UInt32: (likes: Int, dislikes: Int)] = [:]
    private(set) var hasDislikes = false
    /// Items of the version, as it will be, that something new was said of.
    private var saidItems: Set<UInt32> = []
    /// New likes and dislikes, and those that were taken back, each pair once.
    let newOpinions: Int

    /// An item is solved when its opinions have grown by this share since it was solved last.
    static let growth = 0.1
    /// How many opinions items' histories may have so that items are solved that need not be.
    struct Budget {
        let least: Int
        let perNewOpinion: Int

        func entries(newOpinions: Int) -> Int { max(least, perNewOpinion * newOpinions) }
    }

    /// An opinion of an item that came, or went.
    struct Step {
        let user: UInt32
        let weight: Float
        let isLike: Bool
        let isGone: Bool
    }

    /// - Parameter budget: what others that something new was said of may cost.
    /// - Returns: nil if no event after the parent's watermark concerns a user who is in the version or joins it.
    /// - Complexity: O(new opinions + histories of what is solved + events after the histories that were laid down).
    init?(_ parent: ParentRows, _ budget: Budget, in transaction: borrowing Reading) throws(StoreError) {
        let log = LikesLog(parent.store.tables)
        let since = parent.manifest.watermark
        watermark = try log.lastSequence(in: transaction)
        let new = try log.opinions(after: since, through: watermark, readsTimes: false, withTakenBack: true, in: transaction)
        newOpinions = new.count
        if new.count == 0 { return nil }
        func kind(_ position: Int) -> UInt8 { new.kinds?[position] ?? LikeKind.like.rawValue }
        // Who has nothing but dislikes has no vector, and does not join.
        var said: [UInt32: Int] = [:]
        for position in 0..<new.count {
            let (user, item) = (new.users[position], new.items[position])
            if kind(position) == LikeKind.dislike.rawValue { hasDislikes = true }
            if kind(position) == LikeKind.like.rawValue {
                if try !parent.isPresent(user, .user, in: transaction) { joiningUsers.insert(user) }
                if try !parent.isPresent(item, .item, in: transaction) { joiningItems.insert(item) }
                refreshedItems.insert(item)
            }
            said[item, default: 0] += 1
        }
        var users: Set<UInt32> = joiningUsers
        for user in Set(new.users).subtracting(joiningUsers) where try parent.isPresent(user, .user, in: transaction) {
            users.insert(user)
        }
        self.users = users.sorted()
        if users.isEmpty { return nil }
        var others: [(item: UInt32, history: Int, news: Double)] = []
        var entries = 0
        for (item, more) in said {
            let isJoining = joiningItems.contains(item)
            if !isJoining { guard try parent.isPresent(item, .item, in: transaction) else { continue } }
            let tally = try parent.rows(.item).tally(of: Int(item), in: transaction) ?? RowTally()
            saidItems.insert(item)
            let now = Int(tally.likes) + Int(tally.dislikes) + more
            let news = Double(now - Int(tally.solved)) / Double(max(tally.solved, 1))
            if isJoining || news >= Self.growth {
                items.append(item)
                entries += now
            } else {
                others.append((item, now, news))
            }
        }
        // Those that have heard most come first.
        for other in others.sorted(by: { ($1.news, $0.item) < ($0.news, $1.item) }) {
            entries += other.history
            if entries > budget.entries(newOpinions: new.count) { break }
            items.append(other.item)
        }
        items.sort()
        try readHistories(parent, log, since, in: transaction)
        count(new, kind)
    }

    /// Reads of items all opinions, of users those up to the parent's watermark, to which `count` adds the new ones: from the histories, as far
    /// as they go, then from the log.
    private mutating func readHistories(
        _ parent: ParentRows, _ log: LikesLog, _ since: SequenceNumber, in transaction: borrowing Reading
    ) throws(StoreError) {
        let userPlaces = Dictionary(uniqueKeysWithValues: users.enumerated().map { ($1, $0) })
        let itemPlaces = Dictionary(uniqueKeysWithValues: items.enumerated().map { ($1, $0) })
        let lengths = parent.lengths
        let (users, items) = (RowSet(users, below: lengths.users), RowSet(items, below: lengths.items))
        var byUser = [History](repeating: History(), count: userPlaces.count)
        var byItem = [History](repeating: History(), count: itemPlaces.count)
        // Whether a pair may have several events.
        var mayRepeat = false
        let laid = Histories(parent.store.tables)
        var read = SequenceNumber.zero
        // Histories that go further than the parent would mix what it knew with what is new.
        if let header = try laid.header(in: transaction), header.watermark <= since {
            read = header.watermark
            try laid.forEach(self.users, of: .user, header, in: transaction) { place, events in
                if events.kinds != nil || events.weights != nil { mayRepeat = true }
                byUser[place].append(events)
            }
            try laid.forEach(self.items, of: .item, header, in: transaction) { place, events in
                if events.kinds != nil || events.weights != nil { mayRepeat = true }
                byItem[place].append(events)
            }
        }
        try log.forEachRun(after: read, through: watermark, in: transaction) { first, run throws(StoreError) in
            if run.kinds != nil || run.weights != nil { mayRepeat = true }
            for event in 0..<run.count {
                let (user, item) = (run.users[event], run.items[event])
                let (isUser, isItem) = (users.contains(user), items.contains(item))
                guard isUser || isItem else { continue }
                let weight = run.weights?[event] ?? 1
                let kind = run.kinds?[event] ?? LikeKind.like.rawValue
                if kind == EventKind.erased.rawValue { continue }
                // Users' histories end at the parent's watermark for now, so that `count` can tell old opinions from new ones.
                if isUser, first.rawValue + UInt64(event) <= since.rawValue, let place = userPlaces[user] {
                    byUser[place].append(item, weight, kind)
                }
                if isItem, let place = itemPlaces[item] { byItem[place].append(user, weight, kind) }
            }
        }
        if mayRepeat {
            for place in byUser.indices { byUser[place].keepLast() }
            for place in byItem.indices { byItem[place].keepLast() }
        }
        try keepPresent(&byUser, .item, joiningItems, parent, in: transaction)
        try keepPresent(&byItem, .user, joiningUsers, parent, in: transaction)
        (userHistories, itemHistories) = (byUser, byItem)
    }

    /// Leaves out opinions of rows that are not part of the version.
    private func keepPresent(
        _ histories: inout [History], _ kind: RowKind, _ joining: Set<UInt32>, _ parent: ParentRows, in transaction: borrowing Reading
    ) throws(StoreError) {
        // By row: 0 was not looked at, 1 is part of the version, 2 is not.
        var states = [UInt8](repeating: 0, count: kind == .user ? parent.lengths.users : parent.lengths.items)
        for history in histories {
            for other in history.others where states[Int(other)] == 0 {
                var isPresent = joining.contains(other)
                if !isPresent { isPresent = try parent.isPresent(other, kind, in: transaction) }
                states[Int(other)] = isPresent ? 1 : 2
            }
        }
        for place in histories.indices { histories[place].keep { states[Int($0)] == 1 } }
    }

    /// Counts what items have more than before, and brings users' histories up to now.
    private mutating func count(_ new: LikeColumns, _ kind: (Int) -> UInt8) {
        let places = Dictionary(uniqueKeysWithValues: users.enumerated().map { ($1, $0) })
        let solved = Dictionary(uniqueKeysWithValues: items.enumerated().map { ($1, $0) })
        func add(_ item: UInt32, _ kind: UInt8, _ more: Int, _ counts: inout [UInt32: (likes: Int, dislikes: Int)]) {
            switch EventKind(rawValue: kind)?.opinion {
            case .like: counts[item, default: (0, 0)].likes += more
            case .dislike: counts[item, default: (0, 0)].dislikes += more
            case nil: counts[item, default: (0, 0)].likes += 0
            }
        }
        func step(_ user: Int, _ entry: Int, isGone: Bool) {
            let history = userHistories[user]
            let item = history.others[entry]
            guard solved[item] == nil, let opinion = EventKind(rawValue: history.kinds[entry])?.opinion else { return }
            steps[item, default: []].append(
                Step(user: users[user], weight: history.weights[entry], isLike: opinion == .like, isGone: isGone))
        }
        newsOfUsers = [Int](repeating: 0, count: users.count)
        for (place, user) in users.enumerated() {
            let isJoining = joiningUsers.contains(user)
            usersWereKnown.append(
                !isJoining
                    && (0..<userHistories[place].others.count).contains { entry in
                        userHistories[place].kinds[entry] == LikeKind.like.rawValue
                            && !joiningItems.contains(userHistories[place].others[entry])
                    })
            guard isJoining else { continue }
            for entry in userHistories[place].others.indices where !joiningItems.contains(userHistories[place].others[entry]) {
                add(userHistories[place].others[entry], userHistories[place].kinds[entry], 1, &counted)
                step(place, entry, isGone: false)
            }
        }
        var positions: [Int: [UInt32: Int]] = [:]
        for position in 0..<new.count {
            let (user, item) = (new.users[position], new.items[position])
            guard let place = places[user], saidItems.contains(item) else { continue }
            newsOfUsers[place] += 1
            if positions[place] == nil {
                positions[place] = Dictionary(
                    uniqueKeysWithValues: userHistories[place].others.enumerated().map { ($1, $0) })
            }
            if let entry = positions[place]?[item] {
                add(item, userHistories[place].kinds[entry], -1, &counted)
                step(place, entry, isGone: true)
                userHistories[place].kinds[entry] = kind(position)
                userHistories[place].weights[entry] = new.weights?[position] ?? 1
                step(place, entry, isGone: false)
            } else {
                positions[place]?[item] = userHistories[place].others.count
                userHistories[place].append(item, new.weights?[position] ?? 1, kind(position))
                step(place, userHistories[place].others.count - 1, isGone: false)
            }
            add(item, kind(position), 1, &counted)
        }
        for place in userHistories.indices { userHistories[place].keepOpinions() }
        // What is counted of items that join is all that they have.
        for item in joiningItems {
            guard let place = solved[item] else { continue }
            let likes = itemHistories[place].likes
            counted[item] = (likes, itemHistories[place].others.count - likes)
        }
    }
}
