import DelimitedText
import LMDB
import LikenessFormat
import LikenessStore
import PlainText

extension Vocabulary {
    /// How many ids are compared in order of arrival.
    private static let arrivalLimit = 50_000
    /// How many ids are compared from each place of the alphabetical order.
    private static let neighborhoodLimit = 256

    /// Ids like one that the vocabulary lacks.
    ///
    /// An id that differs in how accents are written alone is the only one. Of a long vocabulary it compares those that came first, and those that begin as the id does, or as it does with one of its first
    /// letters left out, another one before them or in place of the first, or two of them swapped.
    /// - Complexity: O(1): at most some 75,000 ids are compared.
    func nearMisses(
        of id: String, _ tables: StoreTables, in transaction: borrowing Reading
    ) throws(StoreError) -> [String] {
        for twin in [id.composed, id.decomposed] where !twin.utf8.elementsEqual(id.utf8) {
            if try index(of: twin, in: transaction) != nil { return [twin] }
        }
        var near = NearMisses(of: id)
        var looked = 0
        try forEach(in: transaction) { _, name in
            near.consider(name)
            looked += 1
            return looked < Vocabulary.arrivalLimit
        }
        guard looked == Vocabulary.arrivalLimit, let indices = tables.vocabularies[kind]?.indices else { return near.names }
        var seen: Set<String> = Set(near.names)
        for start in Vocabulary.startsNear(id) {
            var cursor = try transaction.cursor(in: indices)
            var isThere = try cursor.move(toFirstNotLessThan: start)
            var left = Vocabulary.neighborhoodLimit
            while isThere, left > 0 {
                let name = cursor.key.text
                guard name.utf8.starts(with: start) else { break }
                // The same id from another start would take two places.
                if seen.insert(name).inserted { near.consider(name) }
                left -= 1
                isThere = try cursor.move(to: .next)
            }
        }
        return near.names
    }

    /// Where ids like one may stand in the order of their bytes: prefixes of what was perhaps meant, longest first.
    private static func startsNear(_ id: String) -> [[UInt8]] {
        let bytes = Array(id.utf8.prefix(idByteLimit))
        var starts: [[UInt8]] = []
        func add(_ start: [UInt8]) {
            if !start.isEmpty, !starts.contains(start) { starts.append(start) }
        }
        for length in stride(from: bytes.count, through: max(1, bytes.count - 12), by: -1) { add(Array(bytes.prefix(length))) }
        for place in 0..<min(4, bytes.count) {
            var shorter = bytes
            shorter.remove(at: place)
            var swapped = bytes
            if place + 1 < bytes.count { swapped.swapAt(place, place + 1) }
            for start in [shorter, swapped] {
                add(start)
                add(Array(start.prefix(start.count * 2 / 3)))
            }
        }
        let rest = Array(bytes.prefix(max(1, bytes.count * 2 / 3)))
        for letter in Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8) {
            add([letter] + rest)
            add([letter] + rest.dropFirst())
        }
        return starts
    }
}
