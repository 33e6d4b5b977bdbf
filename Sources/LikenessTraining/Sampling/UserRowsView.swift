import CVectorKernels

/// The memory of a ``UserRows`` while it is trained on.
@safe struct UserRowsView: @unchecked Sendable {
    let offsets: UnsafePointer<Int>
    /// The items of the entries; 16 more numbers behind them may be read.
    let items: UnsafePointer<UInt32>
    /// The weights, or nil if all are 1.
    let weights: UnsafePointer<Float>?
    /// How many entries there are in all.
    let count: Int

    /// The positions of a user's entries.
    @inline(__always)
    func entries(of user: Int) -> Range<Int> { unsafe offsets[user]..<offsets[user + 1] }

    /// Asks for a user's first entries.
    @inline(__always)
    func prefetch(user: Int) {
        let range = entries(of: user)
        unsafe training_prefetch(items + range.lowerBound, min(range.count &* 4, 256))
    }

    /// Whether a user has an entry with an item.
    /// - Complexity: O(log n) for n entries of the user, without branches that depend on the data.
    @inline(__always)
    func contains(_ item: UInt32, user: Int) -> Bool {
        let range = entries(of: user)
        return unsafe training_contains(items + range.lowerBound, range.count, item) != 0
    }
}
