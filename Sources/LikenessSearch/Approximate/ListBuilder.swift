import CVectorKernels
import RandomNumbers
import Synchronization
import WorkerThreads

/// Puts the rows of a table into lists of those that point the same way: spherical k-means (Dhillon and Modha, 2001) over the rows' codes.
///
/// The same rows, numbers and seed give the same lists, whatever the number of threads.
package struct ListBuilder {
    /// What was built.
    package struct Built: Sendable {
        /// Lists × the floats of a representation: directions of length 1, or zeros.
        package let centroids: [Float]
        package let lists: [InvertedLists.List]
        /// The rows, list by list, ascending in each.
        package let rows: [UInt32]
    }

    private let table: ScanTable
    private let shape: RowShape
    private let threads: Int
    /// Rows of the sample for each list, and how often centroids move.
    private static let sampleShare = 64
    private static let iterations = 6
    private static let stripRows = 256

    package init(_ table: ScanTable, threads: Int) {
        self.table = table
        self.threads = threads
        shape = RowShape(components: table.components)
    }

    /// The rows that are part of the version.
    ///
    /// - Complexity: O(rows).
    private var present: [UInt32] { (0..<UInt32(table.rows)).filter { ListBuilder.terms(of: $0, table).map { $0.norm >= 0 } ?? false } }

    /// How many lists suit so many rows.
    package static func usualLists(rows: Int) -> Int { max(1, min(rows, Int(4 * Double(rows).squareRoot()))) }

    /// How many rows the version has.
    package var rowCount: Int { present.count }

    /// Builds lists.
    ///
    /// - Parameters:
    ///   - lists: how many, 1 … rows.
    ///   - progress: called with the steps done and their number; returns false to stop.
    /// - Returns: nil if it was stopped.
    /// - Complexity: O((iterations × sample + rows) × lists × components) over all threads.
    package func build(lists count: Int, seed: UInt64 = 1, progress: (Int, Int) -> Bool = { _, _ in true }) -> Built? {
        let rows = present
        let count = max(1, min(count, max(rows.count, 1)))
        let steps = ListBuilder.iterations + 1
        var random = SplitMix64(seed: seed)
        // Rows in a random order: the first are the first centroids, and the first some are the sample.
        var shuffled = rows
        let sampled = min(rows.count, max(count * ListBuilder.sampleShare, 1_024))
        for place in 0..<min(sampled, max(shuffled.count - 1, 0)) {
            shuffled.swapAt(place, place + Int(random.next() % UInt64(shuffled.count - place)))
        }
        let sample = Array(shuffled[..<sampled])
        let floats = shape.representationFloats
        var centroids = [Float](repeating: 0, count: count * floats)
        for list in 0..<min(count, sample.count) { set(&centroids, list, to: direction(of: sample[list]).map(Double.init)) }
        for iteration in 0..<ListBuilder.iterations {
            guard progress(iteration, steps) else { return nil }
            let nearest = assign(sample, centroids, count)
            var sums = [Double](repeating: 0, count: count * floats)
            var sizes = [Int](repeating: 0, count: count)
            for (row, list) in zip(sample, nearest) {
                let start = Int(list) * floats
                for (place, value) in direction(of: row).enumerated() { sums[start + place] += Double(value) }
                sizes[Int(list)] += 1
            }
            for list in 0..<count {
                if sizes[list] == 0, !sample.isEmpty {
                    // Nobody is near it: it starts again somewhere else.
                    set(&centroids, list, to: direction(of: sample[Int(random.next() % UInt64(sample.count))]).map(Double.init))
                } else {
                    set(&centroids, list, to: Array(sums[list * floats..<(list + 1) * floats]))
                }
            }
        }
        guard progress(ListBuilder.iterations, steps) else { return nil }
        return gather(rows, assign(rows, centroids, count), centroids, count)
    }

    /// Puts the rows into lists that are there: rows that are as they were stay in theirs, and those that came or changed join the list whose
    /// direction is nearest. No direction moves.
    ///
    /// - Parameter parent: the table that the lists were made of.
    /// - Complexity: O(rows + rows that came or changed × lists × components).
    package func join(_ former: InvertedLists, of parent: ScanTable) -> Built {
        let rows = present
        let listOf = former.listsByRow(below: parent.rows)
        var nearest: [UInt32?] = rows.map { row in
            Int(row) < listOf.count && isUnchanged(row, since: parent) ? listOf[Int(row)] : nil
        }
        let changed = nearest.indices.filter { nearest[$0] == nil }
        let found = assign(changed.map { rows[$0] }, former.centroids, former.lists.count)
        for (place, list) in zip(changed, found) { nearest[place] = list }
        return gather(rows, nearest.map { $0 ?? 0 }, former.centroids, former.lists.count)
    }

    /// Of some rows those that came, changed or went since the lists were made, each with the list whose direction is nearest.
    ///
    /// - Parameter parent: the table that the lists were made of.
    /// - Complexity: O(rows that came or changed × lists × components).
    package func moved(_ former: InvertedLists, of parent: ScanTable, among rows: some Sequence<UInt32>) -> [(row: UInt32, list: UInt32)] {
        let changed = rows.filter { (table.place(of: $0) != nil || parent.place(of: $0) != nil) && !isUnchanged($0, since: parent) }
        return Array(zip(changed, assign(changed, former.centroids, former.lists.count)).map { ($0, $1) })
    }

    /// Whether a row has the codes and the terms that it had in another table.
    private func isUnchanged(_ row: UInt32, since parent: ScanTable) -> Bool {
        guard let own = table.place(of: row), let former = parent.place(of: row) else { return false }
        let (new, old) = (table.part(own.part), parent.part(former.part))
        // In bounds: both tables are of the same components, so that their rows have the same widths, which are multiples of 16 bytes.
        let hasSameCodes = unsafe ListBuilder.areEqual(
            new.codes.address(of: own.row), old.codes.address(of: former.row), shape.codeBytes)
        let hasSameTerms = unsafe ListBuilder.areEqual(
            new.terms.address(of: own.row), old.terms.address(of: former.row), RowShape.termsBytes)
        return hasSameCodes && hasSameTerms
    }

    private static func areEqual(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ byteCount: Int) -> Bool {
        for offset in stride(from: 0, to: byteCount, by: 8) {
            let same =
                unsafe a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                == b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if !same { return false }
        }
        return true
    }

    private func gather(_ rows: [UInt32], _ nearest: [UInt32], _ centroids: [Float], _ count: Int) -> Built {
        var sizes = [Int](repeating: 0, count: count)
        var (squares, biases) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
        for (row, list) in zip(rows, nearest) {
            guard let terms = ListBuilder.terms(of: row, table) else { continue }
            sizes[Int(list)] += 1
            squares[Int(list)] += Double(terms.norm) * Double(terms.norm)
            biases[Int(list)] += Double(terms.bias)
        }
        var lists: [InvertedLists.List] = []
        var first = 0
        for list in 0..<count {
            let size = Double(max(sizes[list], 1))
            lists.append(
                InvertedLists.List(
                    first: first, count: sizes[list], length: Float((squares[list] / size).squareRoot()), bias: Float(biases[list] / size)))
            first += sizes[list]
        }
        var next = lists.map(\.first)
        var ordered = [UInt32](repeating: 0, count: rows.count)
        for (row, list) in zip(rows, nearest) {
            ordered[next[Int(list)]] = row
            next[Int(list)] += 1
        }
        return Built(centroids: centroids, lists: lists, rows: ordered)
    }

    /// The list whose direction is nearest to each row's, by their codes; of equal ones the first.
    private func assign(_ rows: [UInt32], _ centroids: [Float], _ count: Int) -> [UInt32] {
        let (floats, width) = (shape.representationFloats, shape.codeBytes)
        var codes: [Int16] = []
        var steps: [Float] = []
        for list in 0..<count {
            let query = try? QueryVector(Array(centroids[list * floats..<list * floats + shape.components]))
            codes += query?.codes ?? [Int16](repeating: 0, count: width)
            steps.append(query?.relativeScale ?? 0)
        }
        let (listCodes, listSteps, table) = (codes, steps, table)
        let parts = Mutex<[Int: [UInt32]]>([:])
        WorkerThreads.share(rows.count, threads: threads, least: 1) { range in
            var nearest: [UInt32] = []
            nearest.reserveCapacity(range.count)
            var strip = [Int8](repeating: 0, count: Self.stripRows * width)
            var dots = [Int32](repeating: 0, count: Self.stripRows * 4)
            for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.stripRows) {
                let size = min(Self.stripRows, range.upperBound - start)
                for place in 0..<size { Self.copyCode(of: rows[start + place], table, width, into: &strip, at: place * width) }
                var best = [Float](repeating: -.infinity, count: size)
                var chosen = [UInt32](repeating: 0, count: size)
                for first in stride(from: 0, to: count, by: 4) {
                    let group = min(4, count - first)
                    // In bounds: the strip has `size` codes, the group's codes follow each other, and dots has room for four.
                    unsafe listCodes.withUnsafeBufferPointer { all in
                        guard let base = all.baseAddress else { return }
                        unsafe scan_dot_codes_many(strip, width, width, size, base + first * width, width, group, &dots, Self.stripRows)
                    }
                    for member in 0..<group {
                        let step = listSteps[first + member]
                        for place in 0..<size {
                            let worth = Float(dots[member * Self.stripRows + place]) * step
                            if worth > best[place] { (best[place], chosen[place]) = (worth, UInt32(first + member)) }
                        }
                    }
                }
                nearest += chosen
            }
            parts.withLock { $0[range.lowerBound] = nearest }
        }
        return parts.withLock { parts in parts.sorted { $0.key < $1.key }.flatMap(\.value) }
    }

    private static func copyCode(of row: UInt32, _ table: ScanTable, _ width: Int, into strip: inout [Int8], at place: Int) {
        guard let found = table.place(of: row) else { return }
        let part = table.part(found.part)
        // In bounds: the part has the row, and its codes are `width` bytes.
        let source = unsafe part.codes.address(of: found.row)
        for byte in 0..<width { strip[place + byte] = unsafe source.loadUnaligned(fromByteOffset: byte, as: Int8.self) }
    }

    /// A row's direction with its padding; zeros if it has none.
    private func direction(of row: UInt32) -> [Float] {
        let floats = shape.representationFloats
        guard let place = table.place(of: row), let terms = ListBuilder.terms(of: row, table), terms.norm > 0 else {
            return [Float](repeating: 0, count: floats)
        }
        let start = unsafe table.part(place.part).representations.address(of: place.row)
        let inverse = 1 / Double(terms.norm)
        return (0..<floats).map { Float(Double(unsafe start.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)) * inverse) }
    }

    private func set(_ centroids: inout [Float], _ list: Int, to sum: [Double]) {
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let floats = shape.representationFloats
        for place in 0..<floats { centroids[list * floats + place] = length > 0 ? Float(sum[place] / length) : 0 }
    }

    private static func terms(of row: UInt32, _ table: ScanTable) -> scan_row_terms? {
        guard let place = table.place(of: row) else { return nil }
        return unsafe table.part(place.part).terms.address(of: place.row).loadUnaligned(as: scan_row_terms.self)
    }
}
