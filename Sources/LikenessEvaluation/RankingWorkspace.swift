/// What the workers of a ranking write: each user's rows are written by one worker only.
@safe final class RankingWorkspace: @unchecked Sendable {
    let users: [UInt32]
    let top: Int
    /// Scores of the test cells, ascending within a user.
    let cellScores: UnsafeMutablePointer<Float>
    /// For each score, which of the user's cells it belongs to.
    let cellOrder: UnsafeMutablePointer<UInt32>
    /// How many items' scores so far are not below each score.
    let counts: UnsafeMutablePointer<UInt32>
    /// Cells with an item that is part of the model; their scores come first.
    let knownCells: UnsafeMutablePointer<Int>
    let topItems: UnsafeMutablePointer<UInt32>
    let topScores: UnsafeMutablePointer<Float>
    let topCounts: UnsafeMutablePointer<Int>

    init(users: [UInt32], cellCount: Int, top: Int) {
        self.users = users
        self.top = top
        unsafe cellScores = .allocate(capacity: cellCount + 1)
        unsafe cellOrder = .allocate(capacity: cellCount + 1)
        unsafe counts = .allocate(capacity: cellCount + 1)
        unsafe counts.initialize(repeating: 0, count: cellCount + 1)
        unsafe knownCells = .allocate(capacity: users.count + 1)
        unsafe topItems = .allocate(capacity: users.count * top + 1)
        unsafe topItems.initialize(repeating: 0, count: users.count * top + 1)
        unsafe topScores = .allocate(capacity: users.count * top + 1)
        unsafe topCounts = .allocate(capacity: users.count + 1)
        unsafe topCounts.initialize(repeating: 0, count: users.count + 1)
    }

    deinit {
        unsafe cellScores.deallocate()
        unsafe cellOrder.deallocate()
        unsafe counts.deallocate()
        unsafe knownCells.deallocate()
        unsafe topItems.deallocate()
        unsafe topScores.deallocate()
        unsafe topCounts.deallocate()
    }

    /// Turns counts into ranks.
    func finish(_ result: inout Ranks, ranking: Ranking) {
        for (row, user) in users.enumerated() {
            let start = ranking.test.offsets[Int(user)]
            let end = ranking.test.offsets[Int(user) + 1]
            for cell in start..<end { result.ranks[cell] = UInt32(result.itemCount) }
            for place in start..<start + (unsafe knownCells[row]) {
                let cell = start + Int(unsafe cellOrder[place])
                let item = ranking.test.indices[cell]
                // An item that is not excluded was counted against its own cell.
                let isCounted = !(ranking.excluded?.contains(user: Int(user), item: item) ?? false)
                result.ranks[cell] = (unsafe counts[place]) - (isCounted ? 1 : 0)
            }
        }
        if top > 0 {
            result.top = TopLists(
                k: top, items: unsafe Array(UnsafeBufferPointer(start: topItems, count: users.count * top)),
                counts: unsafe Array(UnsafeBufferPointer(start: topCounts, count: users.count)))
        }
    }
}
