extension Model {
    /// An item whose features are about to give way: its row as it was, of which features had more.
    package struct FormerShare: Sendable, Equatable {
        package let row: Int
        /// What the features had.
        package let share: Float
        /// What its own embedding weighed.
        package let identityWeight: Float

        /// A former row.
        package init(row: Int, share: Float, identityWeight: Float) {
            (self.row, self.share, self.identityWeight) = (row, share, identityWeight)
        }
    }

    /// Moves what features no longer say of items into their own embeddings and biases, so that the items stay what they are.
    /// - Parameters:
    ///   - former: items as they were.
    ///   - features: what items are made of now.
    /// - Complexity: O(`former` × their features × stride).
    package mutating func handOver(_ former: [FormerShare], to features: FeatureRows) {
        let (components, stride) = (items.components, items.stride)
        for old in former {
            let (weight, share) = (features.identityWeights[old.row], features.shares[old.row])
            guard weight != 0, share < old.share else { continue }
            // The features have the weights √share × what they would weigh alone.
            let lost = (old.share / share).squareRoot() - 1
            let (kept, entries) = (old.identityWeight / weight, features.features(of: old.row))
            for component in 0..<components {
                var sum: Float = 0
                for (feature, weight) in entries { sum += weight * itemFeatures.embeddings[Int(feature) * stride + component] }
                let place = old.row * stride + component
                items.embeddings[place] = kept * items.embeddings[place] + lost * sum / weight
            }
            var sum: Float = 0
            for (feature, weight) in entries { sum += weight * itemFeatures.biases[Int(feature)] }
            items.biases[old.row] = kept * items.biases[old.row] + lost * sum / weight
        }
    }
}
