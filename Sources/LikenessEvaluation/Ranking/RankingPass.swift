import CVectorKernels

/// One worker of a ranking, with the memory that it alone writes.
@safe final class RankingPass: @unchecked Sendable {
    /// Up to this many cells, counting beats searching.
    private static let countedCells = 48
    private static let usersAtOnce = evaluation_users
    private static let panelSize = evaluation_panel

    private let ranking: Ranking
    private let workspace: RankingWorkspace
    private let tile: ItemTile
    private let scores: UnsafeMutablePointer<Float>
    private let thresholds: UnsafeMutablePointer<Float>
    private let found: UnsafeMutablePointer<UInt32>
    private var histogram: [UInt32] = []
    /// How many items' scores so far are not below each test cell's score.
    let counts: UnsafeMutablePointer<UInt32>
    /// The best items so far of each user, if they are asked for.
    private(set) var best: BestItems?
    /// The first test cell whose score overflowed.
    private(set) var badCell: (user: Int, item: UInt32)?
    /// The first item that is not finite.
    private(set) var badItem: Int?

    init(_ ranking: Ranking, workspace: RankingWorkspace) {
        self.ranking = ranking
        self.workspace = workspace
        tile = ItemTile(ranking.model.items)
        unsafe scores = .allocate(capacity: Self.usersAtOnce * ItemTile.capacity)
        unsafe thresholds = .allocate(capacity: Self.countedCells + 1)
        unsafe found = .allocate(capacity: Self.countedCells + 1)
        let cellCount = ranking.test.indices.count
        unsafe counts = .allocate(capacity: cellCount + 1)
        unsafe counts.initialize(repeating: 0, count: cellCount + 1)
        if ranking.top > 0 { best = BestItems(k: ranking.top, users: workspace.users.count) }
    }

    deinit {
        unsafe scores.deallocate()
        unsafe thresholds.deallocate()
        unsafe found.deallocate()
        unsafe counts.deallocate()
    }

    /// Scores the test cells of the user at a place, and sorts them.
    func scoreCells(of place: Int) {
        let items = ranking.model.items
        let user = Int(workspace.users[place])
        let start = ranking.test.offsets[user]
        let row = ranking.test[user]
        let known = row.allSatisfy { items.contains(Int($0)) } ? row : ArraySlice(row.filter { items.contains(Int($0)) })
        var scored: [(score: Float, cell: UInt32)] = []
        scored.reserveCapacity(known.count)
        var cell = row.startIndex
        for first in stride(from: known.startIndex, to: known.endIndex, by: Self.panelSize) {
            let picked = known[first..<min(first + Self.panelSize, known.endIndex)]
            tile.pick(picked)
            // The kernel takes six users; only the first is of interest here.
            unsafe evaluation_scores(
                tile.values, tile.biases, 1, items.components,
                [UnsafePointer<Float>?](
                    repeating: workspace.rows[place], count: Self.usersAtOnce),
                [Float](repeating: workspace.biases[place], count: Self.usersAtOnce), scores, ItemTile.capacity)
            for (lane, item) in picked.enumerated() {
                while row[cell] != item { cell += 1 }
                let value = unsafe scores[lane]
                if !value.isFinite, badCell.map({ user < $0.user }) ?? true { badCell = (user, item) }
                scored.append((value, UInt32(cell - row.startIndex)))
            }
        }
        scored.sort { ($0.score, $0.cell) < ($1.score, $1.cell) }
        unsafe workspace.knownCells[place] = scored.count
        for (index, entry) in scored.enumerated() {
            unsafe workspace.cellScores[start + index] = entry.score
            unsafe workspace.cellOrder[start + index] = entry.cell
        }
    }

    /// Counts, for all users, the tile's items that are not below each test cell.
    func count(tile number: Int) {
        if let bad = tile.fill(number) {
            badItem = min(badItem ?? bad, bad)
            return
        }
        let excluded = workspace.excluded
        let likes = excluded.range(ofTile: number)
        var like = likes.lowerBound
        for first in stride(from: 0, to: workspace.users.count, by: Self.usersAtOnce) {
            unsafe evaluation_scores(
                tile.values, tile.biases, tile.panelCount, ranking.model.items.components, workspace.rows + first,
                workspace.biases + first, scores, ItemTile.capacity)
            for place in first..<min(first + Self.usersAtOnce, workspace.users.count) {
                let own = unsafe scores + (place - first) * ItemTile.capacity
                while like < likes.upperBound, excluded.places[like] == place {
                    unsafe own[Int(excluded.lanes[like])] = -.infinity
                    like += 1
                }
                let hasBetter = unsafe count(place, scores: own)
                if hasBetter {
                    unsafe best?.merge(own, count: tile.itemCount, firstItem: tile.firstItem, place: place)
                }
            }
        }
    }

    /// - Returns: Whether the tile may have an item for the user's list of the best.
    private func count(_ place: Int, scores: UnsafePointer<Float>) -> Bool {
        let start = ranking.test.offsets[Int(workspace.users[place])]
        let cells = unsafe workspace.knownCells[place]
        let lanes = tile.panelCount * Self.panelSize
        if cells <= Self.countedCells {
            guard let threshold = best?.threshold(place) else {
                unsafe evaluation_count(scores, lanes, workspace.cellScores + start, cells, counts + start)
                return best != nil
            }
            // One more cell, so that the same pass over the scores tells whether one of them is above the threshold.
            for cell in 0..<cells { unsafe thresholds[cell] = workspace.cellScores[start + cell] }
            unsafe thresholds[cells] = threshold.nextUp
            for cell in 0...cells { unsafe found[cell] = 0 }
            unsafe evaluation_count(scores, lanes, thresholds, cells + 1, found)
            for cell in 0..<cells { unsafe counts[start + cell] += found[cell] }
            return unsafe found[cells] > 0
        }
        histogram = [UInt32](repeating: 0, count: cells + 1)
        unsafe evaluation_histogram(scores, lanes, workspace.cellScores + start, cells, &histogram)
        var above: UInt32 = 0
        for cell in (0..<cells).reversed() {
            above += histogram[cell + 1]
            unsafe counts[start + cell] += above
        }
        return best != nil
    }
}
