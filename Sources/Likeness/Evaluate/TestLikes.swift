import Interchange
import LikenessStore

/// A test file's likes in a model's numbers. Its users are numbered anew, so that only their rows are looked at.
struct TestLikes {
    /// The row of each numbered user in the model, and its id.
    private(set) var rows: [UInt32] = []
    private(set) var ids: [String] = []
    /// Held-out likes: numbers of users, and items.
    private(set) var users: [UInt32] = []
    private(set) var items: [UInt32] = []
    /// How many held-out likes each numbered user has of items that the model has never heard of.
    private(set) var unindexed: [UInt32] = []
    private(set) var unknownUserLikes = 0
    private(set) var unknownItemLikes = 0

    /// Whether there is a like of a user of the model.
    var hasLikes: Bool { !items.isEmpty || unindexed.contains { $0 > 0 } }

    /// Leaves out likes of other items; those of items that the model has never heard of too, unless they are kept.
    mutating func keep(items isKept: [Bool], unindexed keepsUnindexed: Bool, presentItems: [Bool]) {
        let kept = items.indices.filter { isKept[Int(items[$0])] }
        (users, items) = (kept.map { users[$0] }, kept.map { items[$0] })
        if !keepsUnindexed { unindexed = unindexed.map { _ in 0 } }
        unknownItemLikes = unindexed.reduce(0) { $0 + Int($1) } + items.count { !presentItems[Int($0)] }
    }

    /// - Parameters:
    ///   - presentUsers: for each row of the model, whether it is part of it.
    ///   - presentItems: the same for items.
    /// - Complexity: O(ids × log vocabulary + likes).
    init(
        _ pairs: PairsFile, _ store: StoreReader, presentUsers: [Bool], presentItems: [Bool], in transaction: borrowing Reading
    ) throws(StoreError) {
        var numbers = [UInt32?](repeating: nil, count: pairs.userIds.count)
        let userIds = Vocabulary(.user, in: store.tables)
        for (place, id) in pairs.userIds.enumerated() {
            guard let row = try userIds.index(of: id, in: transaction), Int(row) < presentUsers.count,
                presentUsers[Int(row)]
            else { continue }
            numbers[place] = UInt32(rows.count)
            rows.append(row)
            ids.append(id)
        }
        var itemRows = [UInt32?](repeating: nil, count: pairs.itemIds.count)
        let itemIds = Vocabulary(.item, in: store.tables)
        for (place, id) in pairs.itemIds.enumerated() {
            let row = try itemIds.index(of: id, in: transaction)
            if let row, Int(row) < presentItems.count { itemRows[place] = row }
        }
        unindexed = [UInt32](repeating: 0, count: rows.count)
        var told: Set<UInt64> = []
        for (user, item) in zip(pairs.users, pairs.items) {
            guard let number = numbers[Int(user)] else {
                unknownUserLikes += 1
                continue
            }
            guard let row = itemRows[Int(item)] else {
                if told.insert(UInt64(user) << 32 | UInt64(item)).inserted {
                    unindexed[Int(number)] += 1
                    unknownItemLikes += 1
                }
                continue
            }
            if !presentItems[Int(row)] { unknownItemLikes += 1 }
            users.append(number)
            items.append(row)
        }
    }

    /// Whether there is a like to look for.
    var isEmpty: Bool { users.isEmpty && unindexed.allSatisfy { $0 == 0 } }

    /// Leaves likes out.
    ///
    /// - Parameter isOut: asked for each like's numbered user and item.
    mutating func remove(where isOut: (UInt32, UInt32) -> Bool) {
        let kept = users.indices.filter { !isOut(users[$0], items[$0]) }
        (users, items) = (kept.map { users[$0] }, kept.map { items[$0] })
    }
}
