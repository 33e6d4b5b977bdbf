/// Entries grouped by user and sorted by item in each group; equal pairs stay separate entries.
///
/// Offsets are 64-bit, so more than 2^31 entries do not break anything.
struct UserRows: Sendable {
    /// Where each user's entries start; one more than there are users.
    let offsets: FixedBuffer<Int>
    /// The item of each entry.
    let items: FixedBuffer<UInt32>
    /// The weight of each entry, or nil if all are 1.
    let weights: FixedBuffer<Float>?
    /// Whether each entry is a dislike, or nil if none is.
    let dislikes: FixedBuffer<Bool>?

    /// How many entries there are.
    var count: Int { items.count }

    /// Groups the entries at the positions that `keeps` wants.
    /// - Parameter positions: the positions to look at; nil for all.
    /// - Complexity: O(n + users + Σ n_u log n_u) for n entries, n_u of user u.
    init(_ entries: Interactions, positions: [Int]? = nil, userCount: Int, keeps: (Int) -> Bool) {
        let offsets = FixedBuffer<Int>(repeating: 0, count: userCount + 1)
        let total = positions?.count ?? entries.users.count
        for index in 0..<total {
            let position = positions?[index] ?? index
            if keeps(position) { offsets[Int(entries.users[position]) + 1] += 1 }
        }
        for user in 0..<userCount { offsets[user + 1] += offsets[user] }
        let kept = offsets[userCount]
        let next = FixedBuffer<Int>(repeating: 0, count: userCount)
        for user in 0..<userCount { next[user] = offsets[user] }
        // Only entries with weights or values need to remember where they came from while they are sorted.
        let isPlain = entries.weights == nil && entries.values == nil
        let items = FixedBuffer<UInt32>(repeating: 0, count: kept, slack: 16)
        let origins = FixedBuffer<Int>(repeating: 0, count: isPlain ? 0 : kept)
        for index in 0..<total {
            let position = positions?[index] ?? index
            guard keeps(position) else { continue }
            let user = Int(entries.users[position])
            items[next[user]] = entries.items[position]
            if !isPlain { origins[next[user]] = position }
            next[user] += 1
        }
        for user in 0..<userCount where offsets[user + 1] - offsets[user] > 1 {
            let range = offsets[user]..<offsets[user + 1]
            if isPlain {
                unsafe items.withMutable(range) { part in unsafe part.sort() }
            } else {
                unsafe origins.withMutable(range) { part in
                    unsafe part.sort { (entries.items[$0], $0) < (entries.items[$1], $1) }
                }
                for entry in range { items[entry] = entries.items[origins[entry]] }
            }
        }
        self.offsets = offsets
        self.items = items
        weights = entries.weights.map { weights in
            let buffer = FixedBuffer<Float>(repeating: 1, count: kept)
            for entry in 0..<kept { buffer[entry] = weights[origins[entry]] }
            return buffer
        }
        var dislikes: FixedBuffer<Bool>?
        if let values = entries.values, (0..<kept).contains(where: { values[origins[$0]] <= 0 }) {
            let flags = FixedBuffer<Bool>(repeating: false, count: kept)
            for entry in 0..<kept { flags[entry] = values[origins[entry]] <= 0 }
            dislikes = flags
        }
        self.dislikes = dislikes
    }

    /// The memory, for reading within a fit.
    var view: UserRowsView {
        unsafe UserRowsView(
            offsets: offsets.start, items: items.start, weights: weights.map { unsafe UnsafePointer($0.start) },
            count: count)
    }
}
