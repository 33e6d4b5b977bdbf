import CVectorKernels
import Testing

@Suite("Scan kernels")
struct ScanKernelTests {
    static let lengths = [0, 1, 7, 15, 16, 17, 31, 63, 64, 65, 128, 300]

    @Test("Dot products of codes equal the scalar reference", arguments: lengths, [0, 1, 2, 3, 4, 5, 9, 33])
    func codeDots(length: Int, count: Int) {
        var random = SeededGenerator(UInt64(length * 100 + count))
        for start in 0..<3 {
            let stride = length + 5
            let rows = (0..<start + count * stride + 1).map { _ in Int8.random(in: -127...127, using: &random) }
            let query = (0..<start + length + 1).map { _ in Int16.random(in: -32_767...32_767, using: &random) }
            var fast = [Int32](repeating: -1, count: count + 1)
            var slow = fast
            unsafe rows.withUnsafeBufferPointer { rows in
                unsafe query.withUnsafeBufferPointer { query in
                    guard let rows = rows.baseAddress, let query = query.baseAddress else { return }
                    unsafe scan_dot_codes(rows + start, stride, length, count, query + start, &fast)
                    unsafe scan_dot_codes_reference(rows + start, stride, length, count, query + start, &slow)
                }
            }
            #expect(fast == slow)
            #expect(fast[count] == -1, "nothing is written past the last row")
        }
    }

    @Test("Dot products with several queries equal those with each", arguments: lengths, [1, 3, 4, 5, 8, 11])
    func codeDotsOfMany(length: Int, queries: Int) {
        var random = SeededGenerator(UInt64(length * 100 + queries))
        for (count, start) in [(0, 0), (3, 1), (33, 2)] {
            let (stride, queryStride, outStride) = (length + 5, length + 3, count + 2)
            let rows = (0..<start + count * stride + 1).map { _ in Int8.random(in: -127...127, using: &random) }
            let codes = (0..<start + queries * queryStride + 1).map { _ in Int16.random(in: -32_767...32_767, using: &random) }
            var fast = [Int32](repeating: -1, count: queries * outStride)
            var slow = fast
            unsafe rows.withUnsafeBufferPointer { rows in
                unsafe codes.withUnsafeBufferPointer { codes in
                    guard let rows = rows.baseAddress, let codes = codes.baseAddress else { return }
                    unsafe scan_dot_codes_many(
                        rows + start, stride, length, count, codes + start, queryStride, queries, &fast, outStride)
                    for query in 0..<queries {
                        unsafe slow.withUnsafeMutableBufferPointer { slow in
                            unsafe scan_dot_codes_reference(
                                rows + start, stride, length, count, codes + start + query * queryStride,
                                slow.baseAddress! + query * outStride)
                        }
                    }
                }
            }
            #expect(fast == slow)
        }
    }

    @Test("Dot products with a query of 8 bits equal those with the same of 16", arguments: [64, 128, 320], [0, 1, 15, 16, 17, 33])
    func byteDots(length: Int, count: Int) {
        var random = SeededGenerator(UInt64(length * 100 + count))
        for (start, extreme) in [(0, false), (1, false), (0, true)] {
            let stride = length + start
            let rows = (0..<start + count * stride + 1).map { _ in extreme ? -127 : Int8.random(in: -127...127, using: &random) }
            let query = (0..<length).map { _ in extreme ? 127 : Int8.random(in: -127...127, using: &random) }
            var fast = [Int32](repeating: -1, count: count + 1)
            var slow = fast
            unsafe rows.withUnsafeBufferPointer { rows in
                guard let rows = rows.baseAddress else { return }
                let correction = 128 * query.reduce(0) { $0 + Int32($1) }
                unsafe scan_dot_bytes(rows + start, stride, length, count, query, correction, &fast)
                unsafe scan_dot_codes_reference(rows + start, stride, length, count, query.map { Int16($0) }, &slow)
            }
            #expect(fast == slow)
        }
    }

    @Test("Panels select what their reference selects, and what each row by itself would", arguments: [4, 64, 128], [1, 15, 16, 17, 256])
    func panels(length: Int, count: Int) {
        var random = SeededGenerator(UInt64(length * 1_000 + count))
        let strip = scan_strip_rows
        for (isCosine, queries) in [(true, 1), (false, 8), (true, 19), (false, 3)] {
            let rows = (0..<count * length).map { _ in Int8.random(in: -127...127, using: &random) }
            let terms: [scan_row_terms] = (0..<count).map { row in
                let norm: Float = row % 7 == 3 ? -1 : 1 + Float(row % 5) / 4
                return scan_row_terms(scale: 0.01, error: 0.02, norm: norm, bias: Float(row % 3) / 4)
            }
            let codes = (0..<queries * length).map { _ in Int8.random(in: -127...127, using: &random) }
            let corrections: [Int32] = (0..<queries).map { query in
                var sum: Int32 = 0
                for code in codes[query * length..<(query + 1) * length] { sum += Int32(code) }
                return 128 * sum
            }
            let spread: Float = Float(length).squareRoot() * 53.29
            let tests: [scan_select_test] = (0..<queries).map { query in
                let wanted: Float = query % 4 == 3 ? -.infinity : Float(query % 5) * 0.2
                return scan_select_test(
                    query_scale: 1 / spread, query_error: 0.01, norm_threshold: isCosine ? wanted : 0,
                    score_threshold: isCosine ? 0 : wanted, inverse_norm: isCosine ? 0 : 0.7)
            }
            var panels = [UInt8](repeating: 0, count: strip * length)
            var columns = [Float](repeating: 9, count: strip * 4)
            unsafe scan_panels_lay(rows, length, length, terms, count, &panels, &columns)
            var (fast, slow) = ([UInt32](repeating: 0, count: queries * strip), [UInt32](repeating: 0, count: queries * strip))
            var (hits, expected) = ([UInt32](repeating: 0, count: queries), [UInt32](repeating: 0, count: queries))
            unsafe scan_panels_select(panels, columns, length, count, codes, corrections, tests, queries, &fast, &hits)
            unsafe scan_panels_select_reference(panels, columns, length, count, codes, corrections, tests, queries, &slow, &expected)
            #expect(hits == expected)
            for query in 0..<queries {
                let found = Array(fast[query * strip..<query * strip + Int(hits[query])])
                #expect(found == Array(slow[query * strip..<query * strip + Int(hits[query])]))
                var dots = [Int32](repeating: 0, count: count)
                var alone = [UInt32](repeating: 0, count: count)
                var test = tests[query]
                unsafe scan_dot_codes_reference(
                    rows, length, length, count, codes[query * length..<(query + 1) * length].map { Int16($0) }, &dots)
                let number = unsafe scan_select_reference(dots, terms, count, &test, &alone)
                // Rounding differs by a few units in the last place, which the slack of a bound covers.
                #expect(Set(found).symmetricDifference(alone[..<number]).count <= 1)
            }
        }
    }

    @Test("Extreme codes do not overflow")
    func extremeCodes() {
        let rows = [Int8](repeating: -127, count: 512 * 4)
        let query = [Int16](repeating: 32_767, count: 512)
        var out = [Int32](repeating: 0, count: 4)
        unsafe scan_dot_codes(rows, 512, 512, 4, query, &out)
        #expect(out == [Int32](repeating: -127 * 32_767 * 512, count: 4))
    }

    @Test("Exact dot products equal the scalar reference bit for bit", arguments: lengths)
    func exactDots(length: Int) {
        var random = SeededGenerator(UInt64(length))
        for start in 0..<4 {
            let left = (0..<start + length + 1).map { _ in random.gaussian() * 1e10 }
            let right = (0..<start + length + 1).map { _ in random.gaussian() * 1e-10 }
            unsafe left.withUnsafeBufferPointer { left in
                unsafe right.withUnsafeBufferPointer { right in
                    guard let left = left.baseAddress, let right = right.baseAddress else { return }
                    let fast = unsafe scan_dot_exact(left + start, right + start, length)
                    let slow = unsafe scan_dot_exact_reference(left + start, right + start, length)
                    #expect(fast.bitPattern == slow.bitPattern)
                }
            }
        }
    }

    @Test("The sums of an exact dot product are taken in the documented order")
    func exactOrder() {
        // 1 and −1 in lanes 0 and 8 cancel before the small values of other lanes join; in ascending order they
        // would be lost in 2^60.
        var left = [Float](repeating: 0, count: 16)
        left[0] = 0x1p60
        left[1] = 1
        left[8] = -0x1p60
        let ones = [Float](repeating: 1, count: 16)
        #expect(unsafe scan_dot_exact(left, ones, 16) == 1)
    }

    @Test("Coding a row equals the scalar reference", arguments: lengths.dropFirst())
    func coding(length: Int) {
        var random = SeededGenerator(UInt64(length))
        let row = (0..<length).map { _ in random.gaussian() }
        let largest = unsafe scan_largest_magnitude(row, length)
        let slowLargest = unsafe scan_largest_magnitude_reference(row, length)
        #expect(largest == slowLargest)
        #expect(Float(bitPattern: largest) == row.map(abs).max())
        var fast = [Int8](repeating: 99, count: length + 1)
        var slow = fast
        let scale = Float(bitPattern: largest) / 127
        let lost = unsafe scan_code_row(row, length, scale, &fast)
        let slowLost = unsafe scan_code_row_reference(row, length, scale, &slow)
        #expect(lost.bitPattern == slowLost.bitPattern)
        #expect(fast == slow)
        #expect(fast[length] == 99)
    }

    @Test("Values that are not finite have the largest magnitudes", arguments: [Float.nan, .infinity, -.infinity])
    func nonFinite(value: Float) {
        for position in 0..<20 {
            var row = [Float](repeating: 3e38, count: 20)
            row[position] = value
            #expect(unsafe scan_largest_magnitude(row, 20) >= 0x7F80_0000)
        }
    }

    @Test("Selecting rows equals the scalar reference", arguments: [0, 1, 31, 32, 33, 64, 100, 256])
    func selecting(count: Int) {
        var random = SeededGenerator(UInt64(count))
        for threshold in [-Float.infinity, -1, 0, 0.5, 1, 3] {
            let dots = (0..<count).map { _ in Int32.random(in: -1_000...1_000, using: &random) }
            let terms = (0..<count).map { _ in
                scan_row_terms(
                    scale: .random(in: 0...0.01, using: &random), error: .random(in: 0...0.01, using: &random),
                    norm: [-1, 0, 1, .nan].randomElement(using: &random) ?? 1,
                    bias: .random(in: -1...1, using: &random))
            }
            for isCosine in [false, true] {
                var test = scan_select_test(
                    query_scale: 0.1, query_error: 0.001, norm_threshold: isCosine ? threshold : 0,
                    score_threshold: isCosine ? 0 : threshold, inverse_norm: isCosine ? 0 : 2)
                var fast = [UInt32](repeating: 7, count: count + 1)
                var slow = fast
                let fastCount = unsafe scan_select(dots, terms, count, &test, &fast)
                let slowCount = unsafe scan_select_reference(dots, terms, count, &test, &slow)
                #expect(fastCount == slowCount)
                #expect(fast[..<fastCount] == slow[..<slowCount])
            }
        }
    }
}
