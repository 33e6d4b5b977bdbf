import CVectorKernels

/// The vectors of a stage while it trains.
@safe struct SoftmaxTables: @unchecked Sendable {
    let stride: Int
    let users, userSquares, own, ownSquares: UnsafeMutablePointer<Float>
    let features, featureSquares: UnsafeMutablePointer<Float>
    let pull: PullRows?
    /// What each user has an opinion of.
    let opinions: LikeLists
    let settings: SoftmaxSettings

    /// What items are made of beside their own vectors, for kernels.
    private func withFeatures<Result>(_ body: (UnsafePointer<softmax_features_t>?) -> Result) -> Result {
        guard let pull else { return body(nil) }
        let entries = unsafe softmax_features_t(
            offsets: pull.offsets.start, columns: pull.columns.start, weights: pull.weights.start, rows: features)
        return unsafe withUnsafePointer(to: entries) { unsafe body($0) }
    }

    /// Computes the loss of a batch and the gradients of its raw vectors.
    func compute(_ batch: SoftmaxBatch, _ scratch: SoftmaxScratch) {
        let (count, negatives) = (batch.count, batch.negatives.count)
        unsafe withFeatures { features in
            unsafe softmax_unit_rows(
                scratch.users.start, scratch.userInverses.start, users, batch.users.start, count, stride, nil)
            unsafe softmax_unit_rows(
                scratch.items.start, scratch.itemInverses.start, own, batch.items.start, count, stride, features)
            unsafe softmax_unit_rows(
                scratch.negatives.start, scratch.negativeInverses.start, own, batch.negatives.start, negatives, stride, features)
        }
        // Whole tiles of the product: what is after the batch is of no meaning.
        let tiles = (count + 5) / 6 * 6
        for place in count * stride..<tiles * stride { unsafe scratch.users.start[place] = 0 }
        let scores = unsafe scratch.scores.start
        unsafe softmax_pack_transposed(scratch.negatives.start, negatives, stride, scratch.panels.start)
        unsafe softmax_product(scratch.users.start, tiles, stride, scratch.panels.start, negatives, scores)
        takeProbabilities(batch, scratch)
        // Of unit vectors: users P N + p y, items p x, negatives Pᵀ X, where P and p are what the scores have become.
        unsafe softmax_pack(scratch.users.start, count, stride, scratch.panels.start)
        unsafe softmax_product_transposed(
            scores, count, negatives, scratch.panels.start, stride, batch.negativeGradients.start)
        unsafe softmax_pack(scratch.negatives.start, negatives, stride, scratch.panels.start)
        unsafe softmax_product(scores, tiles, negatives, scratch.panels.start, stride, batch.userGradients.start)
        unsafe batch.itemGradients.start.update(repeating: 0, count: count * stride)
        unsafe softmax_project(
            batch.userGradients.start, scratch.users.start, scratch.userInverses.start, scratch.positives.start, scratch.items.start,
            count, stride)
        unsafe softmax_project(
            batch.itemGradients.start, scratch.items.start, scratch.itemInverses.start, scratch.positives.start, scratch.users.start,
            count, stride)
        unsafe softmax_project(
            batch.negativeGradients.start, scratch.negatives.start, scratch.negativeInverses.start, nil, scratch.users.start, negatives,
            stride)
    }

    /// Scores become their gradients, without those of negatives that the user has an opinion of; sums up the loss.
    private func takeProbabilities(_ batch: SoftmaxBatch, _ scratch: SoftmaxScratch) {
        let negatives = batch.negatives.count
        for place in 0..<negatives {
            let item = unsafe Int(batch.negatives.start[place])
            unsafe scratch.next.start[place] = scratch.slots.start[item]
            unsafe scratch.slots.start[item] = Int32(truncatingIfNeeded: place)
        }
        batch.loss = 0
        for place in 0..<batch.count {
            let scores = unsafe scratch.scores.start + place * negatives
            let seen = unsafe opinions.view(Int(batch.users.start[place]))
            unsafe softmax_mask(scores, scratch.slots.start, scratch.next.start, seen.indices, seen.count)
            let positive = unsafe scratch.positives.start + place
            unsafe positive.pointee = training_dot(
                scratch.users.start + place * stride, scratch.items.start + place * stride, stride)
            let loss = unsafe softmax_probabilities(positive, scores, negatives, 1 / settings.temperature)
            let weight = unsafe batch.weights.start[place]
            batch.loss += Double(weight * loss)
            guard weight != 1 else { continue }
            unsafe positive.pointee *= weight
            unsafe training_scale_row(scores, weight, negatives)
        }
        for place in 0..<negatives { unsafe scratch.slots.start[Int(batch.negatives.start[place])] = -1 }
    }

    /// Steps everything that a batch is made of, the numbers in `lanes` of each row.
    func step(_ batch: SoftmaxBatch, lanes: Range<Int>) {
        // Temperature × loss, so that steps of one size suit all temperatures: undivided gradients would carry rows far from where they start.
        var rule = softmax_step_t(
            rate: settings.learningRate, scale: settings.temperature, stride: stride, from: lanes.lowerBound, to: lanes.upperBound)
        unsafe softmax_step(users, userSquares, batch.users.start, batch.userGradients.start, batch.count, &rule, nil, nil)
        unsafe withFeatures { features in
            unsafe softmax_step(
                own, ownSquares, batch.items.start, batch.itemGradients.start, batch.count, &rule, features, featureSquares)
            unsafe softmax_step(
                own, ownSquares, batch.negatives.start, batch.negativeGradients.start, batch.negatives.count, &rule, features,
                featureSquares)
        }
    }
}
