import CVectorKernels

/// The best k items of each user among the tiles that one worker has seen, by score descending, then index ascending.
@safe final class BestItems {
    let k: Int
    let users: Int
    private let items: UnsafeMutablePointer<UInt32>
    private let scores: UnsafeMutablePointer<Float>
    private let counts: UnsafeMutablePointer<Int>

    init(k: Int, users: Int) {
        self.k = k
        self.users = users
        unsafe items = .allocate(capacity: users * k + 1)
        unsafe scores = .allocate(capacity: users * k + 1)
        unsafe counts = .allocate(capacity: users + 1)
        unsafe counts.initialize(repeating: 0, count: users + 1)
    }

    deinit {
        unsafe items.deallocate()
        unsafe scores.deallocate()
        unsafe counts.deallocate()
    }

    /// The items of the user at `place` and their scores, best first.
    func list(_ place: Int) -> [(item: UInt32, score: Float)] {
        (0..<(unsafe counts[place])).map { unsafe (items[place * k + $0], scores[place * k + $0]) }
    }

    /// The score that an item must exceed to come into the list; nil while there is room in it.
    func threshold(_ place: Int) -> Float? { unsafe counts[place] == k ? scores[place * k + k - 1] : nil }

    /// Takes in a tile's scores. Tiles come in ascending order, so an item that only equals the list's last score comes
    /// after it.
    func merge(_ tile: UnsafePointer<Float>, count tileCount: Int, firstItem: Int, place: Int) {
        let items = unsafe items + place * k
        let best = unsafe scores + place * k
        var count = unsafe counts[place]
        var lane = 0
        while true {
            let threshold = count == k ? unsafe best[k - 1] : -.infinity
            lane = unsafe evaluation_next_above(tile, lane, tileCount, threshold)
            guard lane < tileCount else { break }
            let value = unsafe tile[lane]
            var slot = count == k ? k - 1 : count
            while slot > 0, unsafe best[slot - 1] < value {
                unsafe best[slot] = best[slot - 1]
                unsafe items[slot] = items[slot - 1]
                slot -= 1
            }
            unsafe best[slot] = value
            unsafe items[slot] = UInt32(firstItem + lane)
            count = min(count + 1, k)
            lane += 1
        }
        unsafe counts[place] = count
    }
}

extension TopLists {
    /// Each user's best items of all workers.
    init?(merging parts: [BestItems]) {
        guard let first = parts.first else { return nil }
        self.init(k: first.k, items: [UInt32](repeating: 0, count: first.users * first.k), counts: [])
        for place in 0..<first.users {
            var list = first.list(place)
            for part in parts.dropFirst() { list += part.list(place) }
            if parts.count > 1 { list.sort { ($1.score, $0.item) < ($0.score, $1.item) } }
            for (slot, entry) in list.prefix(k).enumerated() { items[place * k + slot] = entry.item }
            counts.append(min(list.count, k))
        }
    }
}
