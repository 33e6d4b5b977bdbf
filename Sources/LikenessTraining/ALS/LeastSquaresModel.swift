/// What a fit by alternating least squares gives: score(u, i) = x_u · y_i. It has no biases and no optimiser's state.
package struct LeastSquaresModel: Sendable, Equatable {
    /// x, one a user; 0, or what their features say, of users without likes.
    package var users: FactorMatrix
    /// y, one an item: their representations. Items without likes are what their features say, or 0.
    package var items: FactorMatrix
    /// T, one an item feature.
    package var itemFeatures: FactorMatrix
    /// The same of users.
    package var userFeatures: FactorMatrix
    /// Σ x xᵀ over users with likes, d × d.
    package var userGram: [Double]
    /// Σ y yᵀ over items with likes, d × d.
    package var itemGram: [Double]
    /// Likes by user.
    package var userLikes: [UInt32]
    /// Likes by item.
    package var itemLikes: [UInt32]
    /// The numbers that the objective goes by.
    package var terms: LeastSquaresTerms
    /// Σ θ (ω / ω̄) F² by item feature: how firmly each feature is known, which continuations weigh it by.
    package var itemFeaturePrecisions: [Float]
    /// The same of users' features.
    package var userFeaturePrecisions: [Float]
    /// After training by the softmax of cosines: what its vectors are compared with; there are no Gram matrices then.
    package var centers: SoftmaxCenters?
}
