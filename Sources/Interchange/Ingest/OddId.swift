import PlainText

/// The first id of a file that looks like another one or like nothing, to be warned about once.
struct OddId {
    private var id: String?

    /// Looks at an id that is taken in.
    @inline(__always)
    mutating func look(at field: UnsafeRawBufferPointer) {
        if id == nil, unsafe OddId.looksOdd(field) { id = unsafe String(decoding: field, as: UTF8.self) }
    }

    /// The warning; nil if no id is odd.
    ///
    /// - Parameter trims: whether white space is taken off already.
    func notice(trims: Bool) -> String? {
        id.map {
            "the id '\($0.printable(atMost: 60))' has white space at an end or characters that cannot be seen; it is kept so"
                + (trims ? "" : " (--trim takes white space off)")
        }
    }

    /// Whether an id looks like another one: white space at its ends, or characters that cannot be seen.
    @inline(__always)
    private static func looksOdd(_ field: UnsafeRawBufferPointer) -> Bool {
        guard field.count > 0 else { return false }
        if unsafe field[0] <= 0x20 || field[field.count - 1] <= 0x20 { return true }
        // Eight bytes at a time: a top bit is a byte beyond ASCII, and one of `word - 0x20…` may be a control character.
        var here = 0
        var marks: UInt64 = 0
        while here + 8 <= field.count {
            let word = unsafe field.loadUnaligned(fromByteOffset: here, as: UInt64.self)
            marks |= word | (word &- 0x2020_2020_2020_2020) | ((word ^ 0x7F7F_7F7F_7F7F_7F7F) &- 0x0101_0101_0101_0101)
            here += 8
        }
        var isPlain = marks & 0x8080_8080_8080_8080 == 0
        while here < field.count {
            let byte = unsafe field[here]
            if byte < 0x20 || byte >= 0x7F { isPlain = false }
            here += 1
        }
        return isPlain ? false : unsafe String(decoding: field, as: UTF8.self).unicodeScalars.contains(where: \.steers)
    }
}
