import CVectorKernels

/// One worker of a ranking, with the scratch memory that it needs.
@safe final class RankingPass: @unchecked Sendable {
    /// Users that one worker takes at a time.
    static let blockSize = 66
    /// Up to this many cells, counting beats searching.
    private static let countedCells = 48

    private let ranking: Ranking
    private let workspace: RankingWorkspace
    private let scores: UnsafeMutablePointer<Float>
    private let panel: UnsafeMutablePointer<Float>
    private var histogram: [UInt32] = []
    /// The first test cell whose score overflowed.
    private(set) var notFinite: (user: Int, item: UInt32)?

    private static let usersAtOnce = evaluation_users
    private static let panelSize = evaluation_panel

    init(_ ranking: Ranking, workspace: RankingWorkspace) {
        self.ranking = ranking
        self.workspace = workspace
        unsafe scores = .allocate(capacity: Self.usersAtOnce * ItemPanels.tileSize)
        let panelRoom = Self.panelSize * max(ranking.model.items.components, 1)
        unsafe panel = .allocate(capacity: panelRoom)
        unsafe panel.initialize(repeating: 0, count: panelRoom)
    }

    deinit {
        unsafe scores.deallocate()
        unsafe panel.deallocate()
    }

    /// Scores the test cells of the users at these places, and sorts them.
    func scoreCells(of places: Range<Int>) {
        let items = ranking.model.items
        for place in places {
            let user = Int(workspace.users[place])
            let start = ranking.test.offsets[user]
            let row = ranking.test[user]
            let known = row.enumerated().filter { items.contains(Int($0.element)) }
            var scored: [(score: Float, cell: UInt32)] = []
            scored.reserveCapacity(known.count)
            for first in stride(from: 0, to: known.count, by: Self.panelSize) {
                let picked = known[first..<min(first + Self.panelSize, known.count)]
                let indices = picked.map(\.element)
                var biases = indices.map { items.bias(Int($0)) }
                biases += [Float](repeating: 0, count: Self.panelSize - biases.count)
                unsafe evaluation_pack_picked(
                    items.embeddings, items.stride, items.components, indices, indices.count, panel)
                unsafe score(
                    [Int](repeating: place, count: Self.usersAtOnce)[...], panels: panel, biases: biases, count: 1)
                for (lane, cell) in picked.enumerated() {
                    let value = unsafe scores[lane]
                    if !value.isFinite, notFinite.map({ user < $0.user }) ?? true { notFinite = (user, cell.element) }
                    scored.append((value, UInt32(cell.offset)))
                }
            }
            scored.sort { ($0.score, $0.cell) < ($1.score, $1.cell) }
            unsafe workspace.knownCells[place] = scored.count
            for (index, entry) in scored.enumerated() {
                unsafe workspace.cellScores[start + index] = entry.score
                unsafe workspace.cellOrder[start + index] = entry.cell
            }
        }
    }

    /// Counts, for the users at these places, the tile's items that are not below each test cell.
    func count(_ places: Range<Int>, in tile: ItemPanels.Tile) {
        for first in stride(from: places.lowerBound, to: places.upperBound, by: Self.usersAtOnce) {
            let last = min(first + Self.usersAtOnce, places.upperBound) - 1
            // The kernel takes six users; the last stands in for those that there are not.
            unsafe score(
                (0..<Self.usersAtOnce).map { min(first + $0, last) }[...], panels: tile.values, biases: tile.biases,
                count: tile.panelCount)
            for place in first...last {
                unsafe count(place, scores: scores + (place - first) * ItemPanels.tileSize, in: tile)
            }
        }
    }

    private func score(
        _ places: ArraySlice<Int>, panels: UnsafePointer<Float>, biases: UnsafePointer<Float>, count: Int
    ) {
        let users = ranking.model.users
        let rows: [UnsafePointer<Float>?] = unsafe places.map { unsafe users.row(Int(workspace.users[$0])) }
        let userBiases = places.map { users.bias(Int(workspace.users[$0])) }
        unsafe evaluation_scores(
            panels, biases, count, users.components, rows, userBiases, scores, ItemPanels.tileSize)
    }

    private func count(_ place: Int, scores: UnsafeMutablePointer<Float>, in tile: ItemPanels.Tile) {
        let user = Int(workspace.users[place])
        if let excluded = ranking.excluded {
            let end = excluded.offsets[user + 1]
            var position = excluded.firstPosition(from: UInt32(tile.firstItem), user: user)
            while position < end, Int(excluded.indices[position]) < tile.firstItem + tile.itemCount {
                unsafe scores[Int(excluded.indices[position]) - tile.firstItem] = -.infinity
                position += 1
            }
        }
        let start = ranking.test.offsets[user]
        let cells = unsafe workspace.knownCells[place]
        let lanes = tile.panelCount * Self.panelSize
        if cells <= Self.countedCells {
            unsafe evaluation_count(
                scores, lanes, workspace.cellScores + start, cells, workspace.counts + start)
        } else {
            histogram = [UInt32](repeating: 0, count: cells + 1)
            unsafe evaluation_histogram(scores, lanes, workspace.cellScores + start, cells, &histogram)
            var above: UInt32 = 0
            for cell in (0..<cells).reversed() {
                above += histogram[cell + 1]
                unsafe workspace.counts[start + cell] += above
            }
        }
        if workspace.top > 0 { unsafe keepTop(place, scores: scores, in: tile) }
    }

    /// Merges the tile's best items into the user's list. Items come in ascending order, so one that only equals the
    /// list's last score comes after it.
    private func keepTop(_ place: Int, scores: UnsafePointer<Float>, in tile: ItemPanels.Tile) {
        let k = workspace.top
        let items = unsafe workspace.topItems + place * k
        let best = unsafe workspace.topScores + place * k
        var count = unsafe workspace.topCounts[place]
        var lane = 0
        while true {
            let threshold = count == k ? unsafe best[k - 1] : -.infinity
            lane = unsafe evaluation_next_above(scores, lane, tile.itemCount, threshold)
            guard lane < tile.itemCount else { break }
            let value = unsafe scores[lane]
            var slot = count == k ? k - 1 : count
            while slot > 0, unsafe best[slot - 1] < value {
                unsafe best[slot] = best[slot - 1]
                unsafe items[slot] = items[slot - 1]
                slot -= 1
            }
            unsafe best[slot] = value
            unsafe items[slot] = UInt32(tile.firstItem + lane)
            count = min(count + 1, k)
            lane += 1
        }
        unsafe workspace.topCounts[place] = count
    }
}
