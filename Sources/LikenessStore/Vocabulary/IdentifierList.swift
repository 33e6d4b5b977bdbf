/// Ids one behind the other: those that a batch is the first of its run to name.
package struct IdentifierList: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]

    /// No ids.
    package init() {}

    /// How many there are.
    package var count: Int { ends.count - 1 }

    mutating func append(_ id: UnsafeRawBufferPointer) {
        unsafe bytes.append(contentsOf: id)
        ends.append(bytes.count)
    }

    /// Lends all ids to `body`, which must not let them out.
    func withIdentifiers<R, E: Error>(_ body: (Identifiers) throws(E) -> R) throws(E) -> R {
        try unsafe bytes.span.bytes.withUnsafeBytes { raw throws(E) in
            try body(unsafe Identifiers(bytes: raw, ends: ends))
        }
    }

    /// The ids by position.
    @safe struct Identifiers {
        fileprivate let bytes: UnsafeRawBufferPointer
        fileprivate let ends: [Int]

        fileprivate init(bytes: UnsafeRawBufferPointer, ends: [Int]) {
            unsafe self.bytes = bytes
            self.ends = ends
        }

        @unsafe subscript(position: Int) -> UnsafeRawBufferPointer {
            unsafe UnsafeRawBufferPointer(rebasing: bytes[ends[position]..<ends[position + 1]])
        }

        /// The positions in the order of the ids' bytes, which is the order of LMDB's keys.
        ///
        /// - Complexity: O(n log n), comparing the first eight bytes as one word.
        func sortedPositions() -> [Int] {
            var keys: [(prefix: UInt64, position: Int)] = []
            let count = ends.count - 1
            keys.reserveCapacity(count)
            for position in 0..<count {
                // Ids hold no NUL, so a short id that is padded with zeros sorts before every longer one that it begins.
                var prefix: UInt64 = 0
                let id = unsafe self[position]
                for offset in 0..<min(8, id.count) { prefix |= unsafe UInt64(id[offset]) << (56 - 8 * UInt64(offset)) }
                keys.append((prefix, position))
            }
            keys.sort { left, right in
                if left.prefix != right.prefix { return left.prefix < right.prefix }
                return unsafe self[left.position].lexicographicallyPrecedes(self[right.position])
            }
            return keys.map(\.position)
        }
    }
}
