import CVectorKernels

/// What a batch of softmax training is computed in.
@safe final class SoftmaxMemory {
    /// Rows that the product kernel takes: the batch, and zeros up to a multiple of 6.
    let rows: Int
    /// Unit vectors, and after that the gradients of the raw vectors.
    let users, positives, negatives: AlignedBuffer
    let userGradients, positiveGradients, negativeGradients: AlignedBuffer
    let scores, turned, panels, other: AlignedBuffer
    var userLengths, positiveLengths, negativeLengths: [Float]
    var slots: [Int32]
    var next: [Int32]

    init(_ stage: CosineSoftmax) {
        let (stride, batch, negatives) = (stage.users.stride, stage.settings.batch, stage.settings.negatives)
        func whole(_ count: Int) -> Int { (count + 5) / 6 * 6 }
        rows = whole((batch + 15) / 16 * 16)
        users = AlignedBuffer(count: rows * stride)
        positives = AlignedBuffer(count: rows * stride)
        self.negatives = AlignedBuffer(count: whole(negatives) * stride)
        userGradients = AlignedBuffer(count: rows * stride)
        positiveGradients = AlignedBuffer(count: rows * stride)
        negativeGradients = AlignedBuffer(count: whole(negatives) * stride)
        scores = AlignedBuffer(count: rows * negatives)
        turned = AlignedBuffer(count: whole(negatives) * rows)
        panels = AlignedBuffer(count: max(negatives, rows) * stride)
        other = AlignedBuffer(count: stride)
        userLengths = [Float](repeating: 0, count: batch)
        positiveLengths = userLengths
        negativeLengths = [Float](repeating: 0, count: negatives)
        slots = [Int32](repeating: -1, count: stage.own.rows)
        next = [Int32](repeating: -1, count: negatives)
    }
}

extension CosineSoftmax {
    /// Makes a vector of length 1; one of length 0 stays.
    private static func normalize(_ vector: UnsafeMutablePointer<Float>, stride: Int) -> Float {
        let length = unsafe training_dot(vector, vector, stride).squareRoot()
        if length > 0 { unsafe training_scale_row(vector, 1 / length, stride) }
        return length
    }

    /// Turns the gradient of a unit vector into that of the vector that it was made from.
    private static func project(
        _ gradient: UnsafeMutablePointer<Float>, _ unit: UnsafePointer<Float>, length: Float, stride: Int
    ) {
        guard length > 0 else { return unsafe gradient.update(repeating: 0, count: stride) }
        let along = unsafe training_dot(gradient, unit, stride)
        for lane in 0..<stride { unsafe gradient[lane] = (gradient[lane] - along * unit[lane]) / length }
    }

    private func itemVector(_ item: Int, into out: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>) {
        let stride = own.stride
        unsafe own.values.withUnsafeBuffer { own in
            for lane in 0..<stride { unsafe out[lane] = own[item * stride + lane] }
        }
        guard let pull else { return }
        unsafe itemFeatures.values.withUnsafeBuffer { table in
            guard let table = table.baseAddress else { return }
            unsafe pull.sum(item, of: table, stride: stride, into: scratch)
            for lane in 0..<stride { unsafe out[lane] += scratch[lane] }
        }
    }

    /// Computes the loss of a batch and the gradients of its raw vectors, which the memory has after that.
    func gradients(_ batch: ArraySlice<(user: UInt32, item: UInt32)>, _ negatives: [UInt32], _ memory: SoftmaxMemory) -> Double {
        let (stride, count, rows) = (users.stride, negatives.count, memory.rows)
        let scratch = unsafe memory.other.start
        unsafe users.values.withUnsafeBuffer { x in
            for (k, pair) in batch.enumerated() {
                let to = unsafe memory.users.start + k * stride
                for lane in 0..<stride { unsafe to[lane] = x[Int(pair.user) * stride + lane] }
                memory.userLengths[k] = unsafe Self.normalize(to, stride: stride)
                let item = unsafe memory.positives.start + k * stride
                unsafe itemVector(Int(pair.item), into: item, scratch: scratch)
                memory.positiveLengths[k] = unsafe Self.normalize(item, stride: stride)
            }
        }
        for k in batch.count..<max(rows, batch.count) { unsafe (memory.users.start + k * stride).update(repeating: 0, count: stride) }
        for (k, item) in negatives.enumerated() {
            let to = unsafe memory.negatives.start + k * stride
            unsafe itemVector(Int(item), into: to, scratch: scratch)
            memory.negativeLengths[k] = unsafe Self.normalize(to, stride: stride)
            memory.next[k] = memory.slots[Int(item)]
            memory.slots[Int(item)] = Int32(k)
        }
        unsafe softmax_pack_transposed(memory.negatives.start, count, stride, memory.panels.start)
        unsafe softmax_product(memory.users.start, rows, stride, memory.panels.start, count, memory.scores.start)
        var loss = 0.0
        for (k, pair) in batch.enumerated() {
            let scores = unsafe memory.scores.start + k * count
            let history = unsafe liked.offsets.start[Int(pair.user)]..<liked.offsets.start[Int(pair.user) + 1]
            for entry in history {
                var slot = memory.slots[unsafe Int(liked.indices.start[entry])]
                while slot >= 0 {
                    unsafe scores[Int(slot)] = -.infinity
                    slot = memory.next[Int(slot)]
                }
            }
            var positive = unsafe training_dot(memory.users.start + k * stride, memory.positives.start + k * stride, stride)
            loss += unsafe Double(softmax_probabilities(&positive, scores, count, 1 / settings.temperature))
            for lane in 0..<stride {
                unsafe memory.positiveGradients.start[k * stride + lane] = positive * memory.users.start[k * stride + lane]
                unsafe memory.userGradients.start[k * stride + lane] = positive * memory.positives.start[k * stride + lane]
            }
        }
        for item in negatives { memory.slots[Int(item)] = -1 }
        addProducts(batch.count, count, memory)
        for k in 0..<batch.count {
            let at = k * stride
            unsafe Self.project(
                memory.userGradients.start + at, memory.users.start + at, length: memory.userLengths[k], stride: stride)
            unsafe Self.project(
                memory.positiveGradients.start + at, memory.positives.start + at, length: memory.positiveLengths[k], stride: stride)
        }
        for k in 0..<count {
            unsafe Self.project(
                memory.negativeGradients.start + k * stride, memory.negatives.start + k * stride,
                length: memory.negativeLengths[k], stride: stride)
        }
        return loss
    }

    /// The gradients of unit vectors that come of negatives: of users P N, of negatives Pᵀ U, where P are the probabilities.
    private func addProducts(_ batch: Int, _ count: Int, _ memory: SoftmaxMemory) {
        let (stride, rows) = (users.stride, memory.rows)
        let scores = unsafe memory.scores.start
        for k in batch..<max(rows, batch) { unsafe (scores + k * count).update(repeating: 0, count: count) }
        let turned = unsafe memory.turned.start
        for k in 0..<rows {
            for j in 0..<count { unsafe turned[j * rows + k] = scores[k * count + j] }
        }
        let columns = unsafe memory.negativeGradients.start
        unsafe softmax_pack(memory.users.start, rows, stride, memory.panels.start)
        unsafe softmax_product(turned, (count + 5) / 6 * 6, rows, memory.panels.start, stride, columns)
        // The users' unit vectors are still needed: the product goes where scores of positives were not.
        unsafe softmax_pack(memory.negatives.start, count, stride, memory.panels.start)
        let product = AlignedBuffer(count: rows * stride)
        unsafe softmax_product(scores, rows, count, memory.panels.start, stride, product.start)
        for place in 0..<batch * stride { unsafe memory.userGradients.start[place] += product.start[place] }
    }

    /// Steps everything that a batch is made of.
    mutating func step(_ batch: ArraySlice<(user: UInt32, item: UInt32)>, _ negatives: [UInt32], _ memory: SoftmaxMemory) {
        let stride = users.stride
        var rule = training_adagrad_t(
            rate: settings.learningRate, growth: 0, components: users.components, stride: stride, sums: 0)
        let (x, xs) = unsafe (users.values.uniqueStart(), userSquares.values.uniqueStart())
        let (e, es) = unsafe (own.values.uniqueStart(), ownSquares.values.uniqueStart())
        let (t, ts) = unsafe (itemFeatures.values.uniqueStart(), featureSquares.values.uniqueStart())
        var one: Float = 1
        // Temperature × loss, so that steps of one size suit all temperatures: undivided gradients would carry rows far from where they start.
        let scale = settings.temperature
        func stepItem(_ item: UInt32, _ direction: UnsafePointer<Float>) {
            var column = item
            _ = unsafe training_adagrad_rows(e, es, &column, &one, 1, direction, scale, &rule, nil)
            guard let pull else { return }
            let (first, end) = unsafe (pull.offsets.start[Int(item)], pull.offsets.start[Int(item) + 1])
            _ = unsafe training_adagrad_rows(
                t, ts, pull.columns.start + first, pull.weights.start + first, end - first, direction, scale, &rule, nil)
        }
        for (k, pair) in batch.enumerated() {
            var column = pair.user
            _ = unsafe training_adagrad_rows(x, xs, &column, &one, 1, memory.userGradients.start + k * stride, scale, &rule, nil)
            unsafe stepItem(pair.item, memory.positiveGradients.start + k * stride)
        }
        for (k, item) in negatives.enumerated() { unsafe stepItem(item, memory.negativeGradients.start + k * stride) }
    }
}
