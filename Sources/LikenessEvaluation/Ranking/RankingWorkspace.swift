import CVectorKernels

/// What the workers of a ranking share: the users, and the scores of their test cells, which are written once before tiles
/// are counted.
@safe final class RankingWorkspace: @unchecked Sendable {
    let users: [UInt32]
    let excluded: TiledLikes
    /// The row of each user, and of the last again until they fill a multiple of what the kernel takes.
    let rows: UnsafeMutablePointer<UnsafePointer<Float>?>
    /// The bias of each of these rows.
    let biases: UnsafeMutablePointer<Float>
    /// Scores of the test cells, ascending within a user.
    let cellScores: UnsafeMutablePointer<Float>
    /// For each score, which of the user's cells it belongs to.
    let cellOrder: UnsafeMutablePointer<UInt32>
    /// Cells with an item that is part of the model; their scores come first.
    let knownCells: UnsafeMutablePointer<Int>

    init(_ ranking: Ranking, users: [UInt32]) {
        self.users = users
        let model = ranking.model
        excluded = TiledLikes(ranking.excluded, users: users, tileCount: ItemTile.count(of: model.items))
        let room = (users.count + evaluation_users - 1) / evaluation_users * evaluation_users + 1
        unsafe rows = .allocate(capacity: room)
        unsafe rows.initialize(repeating: nil, count: room)
        unsafe biases = .allocate(capacity: room)
        unsafe biases.initialize(repeating: 0, count: room)
        for place in 0..<room where !users.isEmpty {
            let user = Int(users[min(place, users.count - 1)])
            unsafe rows[place] = model.users.row(user)
            unsafe biases[place] = model.users.bias(user)
        }
        let cellCount = ranking.test.indices.count
        unsafe cellScores = .allocate(capacity: cellCount + 1)
        unsafe cellOrder = .allocate(capacity: cellCount + 1)
        unsafe knownCells = .allocate(capacity: users.count + 1)
        unsafe knownCells.initialize(repeating: 0, count: users.count + 1)
    }

    deinit {
        unsafe rows.deallocate()
        unsafe biases.deallocate()
        unsafe cellScores.deallocate()
        unsafe cellOrder.deallocate()
        unsafe knownCells.deallocate()
    }

    /// Turns the workers' counts into ranks, and merges their lists.
    func finish(_ result: inout Ranks, ranking: Ranking, passes: [RankingPass]) {
        for (row, user) in users.enumerated() {
            let start = ranking.test.offsets[Int(user)]
            let end = ranking.test.offsets[Int(user) + 1]
            for cell in start..<end { result.ranks[cell] = UInt32(result.itemCount) }
            for place in start..<start + (unsafe knownCells[row]) {
                let cell = start + Int(unsafe cellOrder[place])
                let item = ranking.test.indices[cell]
                // An item that is not excluded was counted against its own cell.
                let isCounted = !(ranking.excluded?.contains(user: Int(user), item: item) ?? false)
                let count = passes.reduce(UInt32(0)) { unsafe $0 + $1.counts[place] }
                result.ranks[cell] = count - (isCounted ? 1 : 0)
            }
        }
        if ranking.top > 0 { result.top = TopLists(merging: passes.compactMap(\.best)) }
    }
}
