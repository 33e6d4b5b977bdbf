/// The value of `likes.user` and `dislikes.user`: item indices of four bytes each, ascending, each once, never empty.
package enum IndexList {
    /// Puts the indices of a value into `list`, in place of what it held.
    ///
    /// - Parameter length: the length of the items' vocabulary, which every index is below.
    package static func parse(_ value: RawSpan, below length: UInt32, into list: inout [UInt32]) throws(Damage) {
        list.removeAll(keepingCapacity: true)
        let count = try count(value)
        list.reserveCapacity(count)
        var previous: UInt32?
        for place in 0..<count {
            let index: UInt32 = value.littleEndian(at: 4 * place)
            if let previous, index <= previous { throw Damage("its indices do not ascend") }
            previous = index
            list.append(index)
        }
        if let previous, previous >= length { throw Damage("index \(previous) is not below the vocabulary's length \(length)") }
    }

    /// How many indices a value holds.
    package static func count(_ value: RawSpan) throws(Damage) -> Int {
        guard value.byteCount > 0, value.byteCount % 4 == 0 else { throw Damage("it is not a list of indices") }
        return value.byteCount / 4
    }
}
