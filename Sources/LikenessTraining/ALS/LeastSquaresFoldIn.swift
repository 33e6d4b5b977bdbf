import CVectorKernels

/// What one user's likes and features say exactly: x = (a₀ G + Σ c y yᵀ + λ ω I)⁻¹ (Σ_likes c y + θ λ ω Σ_features w T), where G is the Gram
/// matrix of all items.
///
/// ```swift
/// let fold = LeastSquaresFoldIn(items: liked, gram: gram, terms: terms, settings: settings)
/// let parts = fold.contributions(to: item)  // likes and features add up to fold.vector · item
/// ```
/// Of somebody without likes and dislikes the features say all: x = Σ w T.
package struct LeastSquaresFoldIn {
    /// The user's vector, d numbers.
    package let vector: [Float]
    /// Nil where the features say all.
    private let system: Cholesky?
    private let liked: FactorMatrix
    private let confidences: [Double]
    private let features: [[Float]]
    /// θ λ ω, or 1 where the features say all.
    private let pull: Double

    /// Solves for a user.
    /// - Parameters:
    ///   - items: the vectors of the items that the user likes or dislikes, gathered.
    ///   - weights: one of each; nil for 1.
    ///   - isLike: whether each is a like; nil for all.
    ///   - features: w T of each feature of the user: its vector, weighed.
    ///   - gram: of all items with likes, d × d.
    /// - Complexity: O(d³ + likes × d²).
    package init(
        items: FactorMatrix, weights: [Float]? = nil, isLike: [Bool]? = nil, features: [[Float]] = [], gram: [Double],
        terms: LeastSquaresTerms, settings: LeastSquaresSettings
    ) {
        let (d, count) = (items.components, items.rows)
        let signed = (0..<count).map { entry -> Float in
            let confidence = weights.map { settings.confidence(of: $0[entry]) } ?? 1
            return isLike?[entry] ?? true ? confidence : -confidence
        }
        liked = items
        confidences = signed.map { Double(max($0, 0)) }
        self.features = features
        if count == 0 {
            (system, pull) = (nil, 1)
            vector = (0..<d).map { c in Float(features.reduce(0.0) { $0 + Double($1[c]) }) }
            return
        }
        let lists = LikeLists(offsets: [0, count], indices: (0..<count).map { UInt32($0) }, weights: signed)
        let shift = Double(settings.regularization) * terms.userWeight(likes: lists.likes[0], settings)
        pull = Double(settings.featurePull) * shift
        let (matrix, _) = RowSolver.pack(gram, weight: terms.unobservedWeight, components: d)
        let system = Cholesky(components: d)
        unsafe items.values.withUnsafeBuffer { values in
            guard let start = values.baseAddress else { return }
            unsafe system.setMatrix(matrix, shift: Float(shift), other: start, likes: lists.view(0))
        }
        var right = [Double](repeating: 0, count: d)
        for entry in 0..<count where confidences[entry] > 0 {
            for c in 0..<d { right[c] += confidences[entry] * Double(items.values[entry * items.stride + c]) }
        }
        for feature in features {
            for c in 0..<d { right[c] += pull * Double(feature[c]) }
        }
        vector = system.solve(right).map { Float($0) }
        self.system = system
    }

    /// What each like and each feature adds to the score of an item: c y_likedᵀ A⁻¹ y and θ λ ω w Tᵀ A⁻¹ y. They add up to the score; a
    /// dislike adds 0 of its own.
    /// - Parameter item: an item's vector, d numbers.
    /// - Returns: one number for each of the items, then for each of the features, in the order in which they were given.
    /// - Complexity: O(d² + (likes + features) × d).
    package func contributions(to item: [Float]) -> (items: [Double], features: [Double]) {
        let own = item.map { Double($0) }
        let seen = system?.solve(own) ?? own
        let items = (0..<liked.rows).map { entry in
            confidences[entry]
                * (0..<liked.components).reduce(0) { $0 + seen[$1] * Double(liked.values[entry * liked.stride + $1]) }
        }
        return (items, features.map { feature in pull * zip(seen, feature).reduce(0) { $0 + $1.0 * Double($1.1) } })
    }
}
