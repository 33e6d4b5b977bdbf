/// The excluded likes of ranked users, tile by tile, so that a worker finds those of its tile without a search.
struct TiledLikes: Sendable {
    /// Where each tile's likes begin; one more than there are tiles.
    private let offsets: [Int]
    /// The place of each like's user among those ranked, ascending within a tile.
    let places: [UInt32]
    /// The place of each like's item in its tile.
    let lanes: [UInt32]

    /// - Complexity: O(likes of these users + tiles).
    init(_ likes: LikeRows?, users: [UInt32], tileCount: Int) {
        var offsets = [Int](repeating: 0, count: tileCount + 1)
        if let likes {
            for user in users { for item in likes[Int(user)] { offsets[Int(item) / ItemTile.capacity + 1] += 1 } }
        }
        for tile in 0..<tileCount { offsets[tile + 1] += offsets[tile] }
        var places = [UInt32](repeating: 0, count: offsets[tileCount])
        var lanes = places
        if let likes {
            var next = offsets
            for (place, user) in users.enumerated() {
                for item in likes[Int(user)] {
                    let tile = Int(item) / ItemTile.capacity
                    places[next[tile]] = UInt32(place)
                    lanes[next[tile]] = item % UInt32(ItemTile.capacity)
                    next[tile] += 1
                }
            }
        }
        self.offsets = offsets
        self.places = places
        self.lanes = lanes
    }

    /// The positions of a tile's likes in ``places`` and ``lanes``.
    func range(ofTile tile: Int) -> Range<Int> { offsets[tile]..<offsets[tile + 1] }
}
