import LikenessFormat
import LikenessTraining

/// An opinion that a full fit left out because its user or item had too few: it is trained when they join.
struct WaitingOpinion: Sendable, Equatable {
    /// The row that it is filed under, and the other one: item and user, or user and item.
    var row: UInt32
    var other: UInt32
    var weight: Float
    var kind: UInt8

    /// As it lies in the matrix.
    var words: [UInt32] { [row, other, weight.bitPattern, UInt32(kind)] }
}

/// What a whole version counts of its rows, so that continuations need not read everything again.
struct VersionTallies {
    private(set) var tallies: [RowKind: [RowTally]] = [:]
    private(set) var totals = VersionTotals()
    /// Opinions of items that are not part of the version, by item; and of such users, by user.
    private(set) var waitingItems: [WaitingOpinion] = []
    private(set) var waitingUsers: [WaitingOpinion] = []

    /// - Complexity: O(likes + rows + features).
    init(
        _ data: TrainingSet, presentUsers: [Bool], presentItems: [Bool], itemFeatures: FeatureRows?, userFeatures: FeatureRows?
    ) {
        var items = [RowTally](repeating: RowTally(), count: data.lengths.items)
        var users = [RowTally](repeating: RowTally(), count: data.lengths.users)
        let opinions = data.opinions
        for position in 0..<opinions.count {
            let (user, item) = (opinions.users[position], opinions.items[position])
            let isDislike = data.isDislike(position)
            if isDislike { totals.hasDislikes = true }
            let (hasUser, hasItem) = (presentUsers[Int(user)], presentItems[Int(item)])
            if hasUser, hasItem {
                if isDislike { items[Int(item)].dislikes += 1 } else { items[Int(item)].likes += 1 }
                if isDislike { totals.dislikes += 1 } else { totals.likes += 1 }
                continue
            }
            let (weight, kind) = (opinions.weights?[position] ?? 1, opinions.kinds?[position] ?? LikeKind.like.rawValue)
            if !hasItem { waitingItems.append(WaitingOpinion(row: item, other: user, weight: weight, kind: kind)) }
            if !hasUser { waitingUsers.append(WaitingOpinion(row: user, other: item, weight: weight, kind: kind)) }
        }
        waitingItems.sort { ($0.row, $0.other) < ($1.row, $1.other) }
        waitingUsers.sort { ($0.row, $0.other) < ($1.row, $1.other) }
        totals.drawable = items.indices.count { presentItems[$0] && items[$0].likes + items[$0].dislikes > 0 }
        totals.users = presentUsers.count(where: \.self)
        totals.items = presentItems.count(where: \.self)
        tallies[.itemFeature] = Self.note(itemFeatures, data.itemFeatures, presentItems, &items, count: data.lengths.itemFeatures)
        tallies[.userFeature] = Self.note(userFeatures, data.userFeatures, presentUsers, &users, count: data.lengths.userFeatures)
        totals.itemFeatures = (tallies[.itemFeature] ?? []).count { $0.likes > 0 }
        totals.userFeatures = (tallies[.userFeature] ?? []).count { $0.likes > 0 }
        tallies[.item] = items
        tallies[.user] = users
    }

    /// Writes down that all items are solved with the opinions that they have.
    mutating func noteSolvedItems() {
        for row in (tallies[.item] ?? []).indices {
            guard let tally = tallies[.item]?[row] else { continue }
            tallies[.item]?[row].solved = tally.likes + tally.dislikes
        }
    }

    /// Writes down how firmly features are known.
    mutating func note(precisions: [Float], _ kind: RowKind) {
        for (row, precision) in precisions.enumerated() where row < tallies[kind]?.count ?? 0 { tallies[kind]?[row].precision = precision }
    }

    /// Writes down what feature rows are made from.
    /// - Returns: a tally for each feature: how many rows have it.
    private static func note(
        _ rows: FeatureRows?, _ lists: [[(feature: UInt32, weight: Float)]], _ present: [Bool], _ tallies: inout [RowTally], count: Int
    ) -> [RowTally] {
        var features = [RowTally](repeating: RowTally(), count: count)
        guard let rows else { return features }
        for row in tallies.indices where row < rows.rows {
            tallies[row].share = rows.shares[row]
            tallies[row].identityWeight = rows.identityWeights[row]
            if present[row], row < lists.count { tallies[row].source = RowTally.source(of: lists[row]) }
            for entry in rows.offsets[row]..<rows.offsets[row + 1] { features[Int(rows.columns[entry])].likes += 1 }
        }
        return features
    }
}
