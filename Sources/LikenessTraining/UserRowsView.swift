/// The memory of a ``UserRows`` while it is trained on.
@safe struct UserRowsView: @unchecked Sendable {
    let offsets: UnsafePointer<Int>
    let items: UnsafePointer<UInt32>
    /// The weights, or nil if all are 1.
    let weights: UnsafePointer<Float>?
    /// How many entries there are in all.
    let count: Int

    /// The positions of a user's entries.
    @inline(__always)
    func entries(of user: Int) -> Range<Int> { unsafe offsets[user]..<offsets[user + 1] }

    /// Whether a user has an entry with an item.
    /// - Complexity: O(log n) for n entries of the user, without branches that depend on the data.
    @inline(__always)
    func contains(_ item: UInt32, user: Int) -> Bool {
        let range = entries(of: user)
        guard !range.isEmpty else { return false }
        var first = unsafe items + range.lowerBound
        var length = range.count
        while length > 1 {
            let half = length / 2
            unsafe first += unsafe first[half] <= item ? half : 0
            length -= half
        }
        return unsafe first.pointee == item
    }
}
