/// Lists by how likely they hold what is sought, the likeliest first and of equal ones the lower number; taken one by one.
///
/// As few of them are taken as a rule, the first ones alone are put in order, and all only when more are asked for.
struct ListOrder {
    private let worths: [Float]
    /// The first lists in order, or all.
    private var ordered: [Int] = []
    private var position = 0

    /// - Parameter count: how many are taken as a rule.
    /// - Complexity: O(lists + count² log(lists / count)) if `count` is a small share of the lists, else O(lists log lists).
    init(_ worths: [Float], first count: Int) {
        self.worths = worths
        guard count > 0, count < worths.count / 8 else {
            orderAll()
            return
        }
        var best: [Float] = []
        best.reserveCapacity(count + 1)
        ordered.reserveCapacity(count + 1)
        var least = -Float.infinity
        for (list, worth) in worths.enumerated() where best.count < count || worth > least {
            let worth = worth.isNaN ? -.infinity : worth
            if best.count == count, !(worth > least) { continue }
            var place = best.count
            while place > 0, worth > best[place - 1] { place -= 1 }
            best.insert(worth, at: place)
            ordered.insert(list, at: place)
            if best.count > count {
                best.removeLast()
                ordered.removeLast()
            }
            if best.count == count { least = best[count - 1] }
        }
    }

    /// The next list; nil when all were taken.
    mutating func next() -> Int? {
        if position == ordered.count {
            guard position < worths.count else { return nil }
            orderAll()
        }
        position += 1
        return ordered[position - 1]
    }

    private mutating func orderAll() {
        let worths = worths.map { $0.isNaN ? -.infinity : $0 }
        ordered = worths.indices.sorted { worths[$0] > worths[$1] || (worths[$0] == worths[$1] && $0 < $1) }
    }
}
