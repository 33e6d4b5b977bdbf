/// Names like one that was not found, for error messages.
package struct NearMisses {
    private let wanted: [UInt8]
    private let limit: Int
    private var best: [(distance: Int, name: String)] = []

    /// - Parameter limit: how many names to keep.
    package init(to name: String, limit: Int = 3) {
        wanted = Array(name.lowercased().utf8.prefix(64))
        self.limit = limit
    }

    /// Looks at a name.
    ///
    /// - Complexity: O(length²) for a name of about the wanted length, O(1) for others.
    package mutating func consider(_ name: String) {
        let bytes = Array(name.lowercased().utf8.prefix(64))
        let allowed = max(1, min(wanted.count, bytes.count) / 3)
        var distance = Int.max
        if bytes.starts(with: wanted) && wanted.count >= 3 {
            distance = allowed
        } else if abs(bytes.count - wanted.count) <= allowed {
            distance = NearMisses.distance(wanted, bytes)
        }
        guard distance <= allowed else { return }
        let place = best.firstIndex { distance < $0.distance } ?? best.count
        best.insert((distance, name), at: place)
        if best.count > limit { best.removeLast() }
    }

    /// The names that are nearest, best first.
    package var names: [String] {
        best.map(\.name)
    }

    /// The least number of bytes to add, drop or change to make one of the other (Levenshtein).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let change = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
