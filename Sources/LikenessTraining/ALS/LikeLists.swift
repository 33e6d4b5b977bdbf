import CVectorKernels

/// The likes of the rows of one side, in compressed rows: numbers of rows of the other side, and confidences, below 0 for dislikes.
struct LikeLists: Sendable {
    let offsets: FixedBuffer<Int>
    let indices: FixedBuffer<UInt32>
    /// Nil where every entry is a like of confidence 1.
    let weights: FixedBuffer<Float>?
    /// How many likes each row has, dislikes not counted.
    let likes: [Int]

    /// How many rows there are.
    var rows: Int { likes.count }
    /// How many entries there are.
    var count: Int { indices.count }

    /// Rows from compressed arrays.
    init(offsets: [Int], indices: [UInt32], weights: [Float]?) {
        self.offsets = FixedBuffer(offsets, or: 0)
        self.indices = FixedBuffer(indices, or: 0)
        self.weights = weights.map { FixedBuffer($0, or: 0) }
        likes = (0..<max(offsets.count - 1, 0)).map { row in
            guard let weights else { return offsets[row + 1] - offsets[row] }
            return weights[offsets[row]..<offsets[row + 1]].count { $0 > 0 }
        }
    }

    /// Rows of `keys`, each with its `others` in their given order; entries that are not kept are left out.
    init(keys: [UInt32], others: [UInt32], weights: [Float]?, keeps: (Int) -> Bool, rows: Int) {
        var offsets = [Int](repeating: 0, count: rows + 1)
        var likes = [Int](repeating: 0, count: rows)
        for entry in keys.indices where keeps(entry) {
            offsets[Int(keys[entry]) + 1] += 1
            if weights.map({ $0[entry] > 0 }) ?? true { likes[Int(keys[entry])] += 1 }
        }
        for row in 0..<rows { offsets[row + 1] += offsets[row] }
        self.indices = FixedBuffer(repeating: 0, count: offsets[rows])
        self.weights = weights.map { _ in FixedBuffer(repeating: 0, count: offsets[rows]) }
        self.likes = likes
        var next = offsets
        for entry in keys.indices where keeps(entry) {
            let place = next[Int(keys[entry])]
            next[Int(keys[entry])] += 1
            unsafe indices.start[place] = others[entry]
            if let weights { unsafe self.weights?.start[place] = weights[entry] }
        }
        self.offsets = FixedBuffer(offsets, or: 0)
    }

    /// The likes of a row, for kernels.
    @inline(__always)
    func view(_ row: Int) -> least_squares_likes_t {
        let (first, end) = unsafe (offsets.start[row], offsets.start[row + 1])
        return unsafe least_squares_likes_t(
            indices: indices.start + first, weights: weights.map { unsafe UnsafePointer($0.start + first) }, count: end - first)
    }
}

/// What rows are made of, in memory that does not move.
struct PullRows: Sendable {
    let offsets: FixedBuffer<Int>
    let columns: FixedBuffer<UInt32>
    let weights: FixedBuffer<Float>
    let rows: Int

    init(_ features: FeatureRows) {
        self.init(offsets: features.offsets, columns: features.columns, weights: features.weights)
    }

    init(offsets: [Int], columns: [UInt32], weights: [Float]) {
        self.offsets = FixedBuffer(offsets, or: 0)
        self.columns = FixedBuffer(columns, or: 0)
        self.weights = FixedBuffer(weights, or: 0)
        rows = offsets.count - 1
    }

    /// Whether a row has a feature that weighs something.
    func hasFeatures(_ row: Int) -> Bool {
        unsafe (offsets.start[row]..<offsets.start[row + 1]).contains { unsafe weights.start[$0] != 0 }
    }

    /// out = the sum of the row's features' vectors by weight.
    @inline(__always)
    func sum(_ row: Int, of table: UnsafePointer<Float>, stride: Int, into out: UnsafeMutablePointer<Float>) {
        let (first, end) = unsafe (offsets.start[row], offsets.start[row + 1])
        unsafe training_sum_rows(
            out, nil, 0, table, columns.start + first, weights.start + first, end - first, stride)
    }
}
