import RandomNumbers

/// A batch of likes that share their negatives, and the gradients of the raw vectors that it is made of.
@safe final class SoftmaxBatch: @unchecked Sendable {
    fileprivate(set) var count = 0
    let users, items, negatives: FixedBuffer<UInt32>
    /// What each like weighs; 1 without weights.
    let weights: FixedBuffer<Float>
    let userGradients, itemGradients, negativeGradients: AlignedBuffer
    /// The sum of −ln of the likes' probabilities, each times its weight.
    var loss = 0.0

    init(_ settings: SoftmaxSettings, stride: Int) {
        let rows = SoftmaxScratch.rows(settings)
        users = FixedBuffer(repeating: 0, count: rows)
        items = FixedBuffer(repeating: 0, count: rows)
        weights = FixedBuffer(repeating: 1, count: rows)
        negatives = FixedBuffer(repeating: 0, count: settings.negatives)
        userGradients = AlignedBuffer(count: rows * stride)
        itemGradients = AlignedBuffer(count: rows * stride)
        negativeGradients = AlignedBuffer(count: settings.negatives * stride)
    }

    /// Takes likes in, by their numbers, and draws the negatives.
    ///
    /// - Parameters:
    ///   - order: numbers of likes.
    ///   - part: the places of this batch's likes in the order.
    ///   - drawn: items that may be drawn.
    func fill(
        _ order: FixedBuffer<UInt32>, _ part: Range<Int>, of likes: SoftmaxLikes, drawn: FixedBuffer<UInt32>, _ random: inout SplitMix64
    ) {
        count = part.count
        for place in 0..<count {
            let like = unsafe Int(order.start[part.lowerBound + place])
            unsafe users.start[place] = likes.users.start[like]
            unsafe items.start[place] = likes.items.start[like]
            if let known = likes.weights { unsafe weights.start[place] = known.start[like] }
        }
        for place in 0..<negatives.count {
            let drawing = Int(truncatingIfNeeded: random.next(below: UInt64(drawn.count)))
            unsafe negatives.start[place] = drawn.start[drawing]
        }
    }
}

extension SoftmaxBatch {
    /// Takes given likes and negatives in.
    func take(_ likes: [(user: UInt32, item: UInt32)], _ negatives: [UInt32]) {
        count = likes.count
        for (place, like) in likes.enumerated() { (users[place], items[place]) = (like.user, like.item) }
        for (place, item) in negatives.enumerated() { self.negatives[place] = item }
    }
}

/// The likes of a stage, in memory that does not move.
struct SoftmaxLikes: Sendable {
    let users, items: FixedBuffer<UInt32>
    let weights: FixedBuffer<Float>?
    var count: Int { users.count }
}

/// What a thread computes batches in.
@safe final class SoftmaxScratch: @unchecked Sendable {
    /// Rows that the product kernel takes: a batch, and zeros up to a multiple of 6.
    let rows: Int
    /// Vectors of length 1, and 1 / what their lengths were.
    let users, items, negatives: AlignedBuffer
    let userInverses, itemInverses, negativeInverses: AlignedBuffer
    /// The scores of a batch's users with its negatives, batch × negatives, and after that their probabilities ÷ τ.
    let scores: AlignedBuffer
    let positives: AlignedBuffer
    let panels: AlignedBuffer
    /// By item, its first place among the negatives, or −1; by place, the next one of the same item.
    let slots, next: FixedBuffer<Int32>

    static func rows(_ settings: SoftmaxSettings) -> Int { (settings.batch + 5) / 6 * 6 }

    init(_ settings: SoftmaxSettings, stride: Int, items count: Int) {
        rows = Self.rows(settings)
        users = AlignedBuffer(count: rows * stride)
        items = AlignedBuffer(count: rows * stride)
        negatives = AlignedBuffer(count: settings.negatives * stride)
        userInverses = AlignedBuffer(count: rows)
        itemInverses = AlignedBuffer(count: rows)
        negativeInverses = AlignedBuffer(count: settings.negatives)
        scores = AlignedBuffer(count: rows * settings.negatives)
        positives = AlignedBuffer(count: rows)
        panels = AlignedBuffer(count: max(settings.negatives, rows) * stride)
        slots = FixedBuffer(repeating: -1, count: count)
        next = FixedBuffer(repeating: -1, count: settings.negatives)
    }

    /// Bytes that a thread's scratch and a batch take, for `items` items.
    static func bytes(_ settings: SoftmaxSettings, stride: Int, items: Int) -> (scratch: Int, batch: Int) {
        let (rows, negatives) = (rows(settings), settings.negatives)
        let vectors = (2 * rows + negatives) * stride * 4
        return (vectors + rows * negatives * 4 + max(negatives, rows) * stride * 4 + items * 4, vectors)
    }
}
