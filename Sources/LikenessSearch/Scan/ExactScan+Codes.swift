import CVectorKernels
import Synchronization
import WorkerThreads

extension ExactScan {
    /// Rows that are looked at together at the most: their dot products and terms stay in the first-level cache.
    static let stripRows = scan_strip_rows
    /// Rows of the first strip. Each next one is twice as long, so that the first rows, which nothing is known to be better than, are few.
    static let firstStripRows = 32
    /// Rows that pass a filter below which all are scored.
    static let leastGathered = 64

    /// Walks the codes and the terms of the matrices and then of each layer, leaving out rows that a newer layer has.
    func scanCodes(_ queries: inout [ScanProgress]) {
        guard !queries.isEmpty else { return }
        for part in 0...table.layers.count { scanCodes(ofPart: part, 0..<table.part(part).terms.rows, &queries) }
    }

    /// The same for one query by several threads: each has its share of every part.
    func scanCodes(_ query: inout ScanProgress, threads: Int) {
        let found = Mutex<[ScanProgress]>([])
        let taken = Atomic<Int>(0)
        let fresh = query
        WorkerThreads.run(threads) { _ in
            while true {
                let share = taken.wrappingAdd(1, ordering: .relaxed).oldValue
                guard share < threads else { return }
                var own = [fresh]
                for part in 0...table.layers.count {
                    let rows = table.part(part).terms.rows
                    scanCodes(ofPart: part, rows * share / threads..<rows * (share + 1) / threads, &own)
                }
                found.withLock { $0 += own }
            }
        }
        for other in found.withLock({ $0 }) { query.absorb(other) }
    }

    /// Walks codes and terms of some rows of one part strip by strip, and each strip for every query.
    private func scanCodes(ofPart number: Int, _ rows: Range<Int>, _ queries: inout [ScanProgress]) {
        let part = table.part(number)
        let hidden = table.hidden[number]
        var room = StripRoom()
        var strips = StripWalk(codes: part.codes, terms: part.terms, rows)
        while let strip = strips.next() {
            for index in queries.indices {
                queries[index].look(at: strip, part.codes.stride, &room) { place in
                    let row = part.numbers?[strip.first + place] ?? UInt32(strip.first + place)
                    return hidden?.contains(row) == true ? nil : row
                }
            }
        }
    }

    /// Looks at the rows of a set alone: their codes and terms are copied beside each other, strip by strip.
    ///
    /// - Complexity: O(rows of the set × components).
    func scanCodes(of allowed: RowSet, _ query: inout ScanProgress) {
        var strip = GatheredStrip(table)
        var members = allowed.members
        let excluded = query.filter.excluded
        var limit = Self.firstStripRows
        var isDone = false
        while !isDone {
            while strip.count < limit {
                guard let row = members.next() else {
                    isDone = true
                    break
                }
                if let excluded, excluded.contains(row) { continue }
                strip.add(row)
            }
            strip.look(&query)
            limit = min(2 * limit, Self.stripRows)
        }
    }
}

/// Rows from different places, copied beside each other.
@safe private struct GatheredStrip {
    private let table: ScanTable
    private let width: Int
    private var baseCodes: RowCursor
    private var baseTerms: RowCursor
    private var sources: [(codes: UnsafeRawPointer, terms: UnsafeRawPointer)] = unsafe []
    private var rows: [UInt32] = []
    private var codes: [Int8]
    private var terms: [scan_row_terms]
    private var room = StripRoom()

    init(_ table: ScanTable) {
        self.table = table
        width = table.codes.stride
        (baseCodes, baseTerms) = (RowCursor(table.codes), RowCursor(table.terms))
        codes = [Int8](repeating: 0, count: ExactScan.stripRows * width)
        terms = [scan_row_terms](repeating: scan_row_terms(scale: 0, error: 0, norm: -1, bias: 0), count: ExactScan.stripRows)
    }

    var count: Int { rows.count }

    /// Adds a row, of which there may be as many as in a strip, and asks the processor for it; none if the version does not have it.
    mutating func add(_ row: UInt32) {
        let (codes, terms): (UnsafeRawPointer, UnsafeRawPointer)
        if table.hidden[0]?.contains(row) == true {
            guard let place = table.place(of: row) else { return }
            let part = table.part(place.part)
            unsafe (codes, terms) = (part.codes.address(of: place.row), part.terms.address(of: place.row))
        } else {
            guard Int(row) < table.terms.rows else { return }
            unsafe (codes, terms) = (baseCodes.address(of: Int(row)), baseTerms.address(of: Int(row)))
        }
        unsafe scan_ask_ahead(codes, width)
        unsafe scan_ask_ahead(terms, RowShape.termsBytes)
        unsafe sources.append((codes, terms))
        rows.append(row)
    }

    /// Looks at the rows for a query, and forgets them.
    mutating func look(_ query: inout ScanProgress) {
        let count = count
        unsafe codes.withUnsafeMutableBytes { codes in
            guard let target = codes.baseAddress else { return }
            // In bounds: there are no more rows than in a strip, and each has `width` bytes of codes.
            for place in 0..<count {
                unsafe (target + place * width).copyMemory(from: sources[place].codes, byteCount: width)
                terms[place] = unsafe sources[place].terms.loadUnaligned(as: scan_row_terms.self)
            }
        }
        unsafe codes.withUnsafeBytes { codes in
            unsafe terms.withUnsafeBytes { terms in
                guard let codes = codes.baseAddress, let terms = terms.baseAddress else { return }
                let strip = unsafe StripWalk.Strip(first: 0, count: count, codes: codes, terms: terms)
                query.look(at: strip, width, &room) { rows[$0] }
            }
        }
        unsafe sources.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
    }
}

/// Walks rows of codes and terms in strips that lie in one segment of each; the first ones are short.
@safe struct StripWalk {
    /// Some rows beside each other.
    @safe struct Strip {
        let first: Int
        let count: Int
        let codes: UnsafeRawPointer
        let terms: UnsafeRawPointer
    }

    private let codes: RowSegments
    private let terms: RowSegments
    private var first: Int
    private let end: Int
    private var limit: Int
    private var codeEnd = 0
    private var termEnd = 0
    private var codeBase: UnsafeRawPointer?
    private var termBase: UnsafeRawPointer?

    init(codes: RowSegments, terms: RowSegments, _ rows: Range<Int>) {
        self.codes = codes
        self.terms = terms
        first = rows.lowerBound
        end = rows.upperBound
        limit = ExactScan.firstStripRows
    }

    mutating func next() -> Strip? {
        guard first < end else { return nil }
        if first >= codeEnd {
            let segment = codes.segments[codes.segmentPosition(of: first)]
            codeEnd = segment.firstRow + segment.rows
            unsafe codeBase = unsafe segment.base + (first - segment.firstRow) * codes.stride
        }
        if first >= termEnd {
            let segment = terms.segments[terms.segmentPosition(of: first)]
            termEnd = segment.firstRow + segment.rows
            unsafe termBase = unsafe segment.base + (first - segment.firstRow) * RowShape.termsBytes
        }
        guard let ownCodes = unsafe codeBase, let ownTerms = unsafe termBase else { return nil }
        let count = min(limit, end - first, codeEnd - first, termEnd - first)
        limit = min(2 * limit, ExactScan.stripRows)
        defer {
            first += count
            unsafe codeBase = unsafe ownCodes + count * codes.stride
            unsafe termBase = unsafe ownTerms + count * RowShape.termsBytes
        }
        return unsafe Strip(first: first, count: count, codes: ownCodes, terms: ownTerms)
    }
}
