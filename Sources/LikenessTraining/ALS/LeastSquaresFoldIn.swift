import CVectorKernels

/// What one user's likes say exactly: x = (a₀ G + Σ c y yᵀ + λ ω I)⁻¹ Σ_likes c y, where G is the Gram matrix of all items.
///
/// ```swift
/// let fold = LeastSquaresFoldIn(items: liked, gram: gram, terms: terms, settings: settings)
/// let parts = fold.contributions(to: item)  // they add up to fold.vector · item
/// ```
package struct LeastSquaresFoldIn {
    /// The user's vector, d numbers.
    package let vector: [Float]
    private let system: Cholesky
    private let liked: FactorMatrix
    private let confidences: [Double]

    /// Solves for a user.
    /// - Parameters:
    ///   - items: the vectors of the items that the user likes or dislikes, gathered.
    ///   - weights: one of each; nil for 1.
    ///   - isLike: whether each is a like; nil for all.
    ///   - gram: of all items with likes, d × d.
    /// - Complexity: O(d³ + likes × d²).
    package init(
        items: FactorMatrix, weights: [Float]? = nil, isLike: [Bool]? = nil, gram: [Double], terms: LeastSquaresTerms,
        settings: LeastSquaresSettings
    ) {
        let (d, count) = (items.components, items.rows)
        let signed = (0..<count).map { entry -> Float in
            let confidence = weights.map { settings.confidence(of: $0[entry]) } ?? 1
            return isLike?[entry] ?? true ? confidence : -confidence
        }
        liked = items
        confidences = signed.map { Double(max($0, 0)) }
        let lists = LikeLists(offsets: [0, count], indices: (0..<count).map { UInt32($0) }, weights: signed)
        let shift = Double(settings.regularization) * terms.userWeight(likes: lists.likes[0], settings)
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
        vector = system.solve(right).map { Float($0) }
        self.system = system
    }

    /// What each like adds to the score of an item: c y_likedᵀ A⁻¹ y. They add up to the score; a dislike adds 0 of its own.
    /// - Parameter item: an item's vector, d numbers.
    /// - Complexity: O(d² + likes × d).
    package func contributions(to item: [Float]) -> [Double] {
        let seen = system.solve(item.map { Double($0) })
        return (0..<liked.rows).map { entry in
            confidences[entry]
                * (0..<liked.components).reduce(0) { $0 + seen[$1] * Double(liked.values[entry * liked.stride + $1]) }
        }
    }
}
