import CVectorKernels
package import LikenessFormat

/// Vectors and biases of rows: what queries and evaluation compare.
package struct Representations: Sendable, Equatable {
    /// Numbers in a vector that are not padding.
    package let components: Int
    /// Floats from one vector to the next; a multiple of 16.
    package let stride: Int
    /// The vectors, rows × stride, with zero padding.
    package var vectors: AlignedFloats
    /// One bias a row.
    package var biases: [Float]

    /// Vectors and biases that are given.
    init(components: Int, stride: Int, vectors: AlignedFloats, biases: [Float]) {
        (self.components, self.stride, self.vectors, self.biases) = (components, stride, vectors, biases)
    }

    /// Vectors without biases.
    package init(_ factors: FactorMatrix) {
        self.init(
            components: factors.components, stride: factors.stride, vectors: factors.values,
            biases: [Float](repeating: 0, count: factors.rows))
    }

    /// One vector, without padding.
    package func vector(_ row: Int) -> [Float] { (0..<components).map { vectors[row * stride + $0] } }
}

extension Model {
    /// The representations of items: of all, or of those listed, in the order of the list.
    package func itemRepresentations(_ features: FeatureRows?, rows: [Int]? = nil) -> Representations {
        Self.representations(of: features, identity: items, features: itemFeatures, rows: rows)
    }

    /// The representations of users: of all, or of those listed, in the order of the list.
    package func userRepresentations(_ features: FeatureRows?, rows: [Int]? = nil) -> Representations {
        Self.representations(of: features, identity: users, features: userFeatures, rows: rows)
    }

    /// The representations of one kind of rows, a run of them at a time: features are their own embeddings.
    /// - Parameter features: what items or users are made of; nil if each is its own embedding alone.
    /// - Complexity: O((rows + their features) × stride).
    package func representations(
        of kind: RowKind, _ features: FeatureRows?, rows: Range<Int>
    ) -> Representations {
        let (identity, named) =
            switch kind {
            case .item: (items, itemFeatures)
            case .user: (users, userFeatures)
            case .itemFeature: (itemFeatures, itemFeatures)
            case .userFeature: (userFeatures, userFeatures)
            }
        if features != nil { return Self.representations(of: features, identity: identity, features: named, rows: Array(rows)) }
        let floats = identity.embeddings[rows.lowerBound * identity.stride..<rows.upperBound * identity.stride]
        return Representations(
            components: identity.components, stride: identity.stride, vectors: floats, biases: rows.map { identity.biases[$0] })
    }

    /// How many rows of a kind there are.
    package func rows(of kind: RowKind) -> Int {
        switch kind {
        case .item: items.rows
        case .itemFeature: itemFeatures.rows
        case .user: users.rows
        case .userFeature: userFeatures.rows
        }
    }

    /// Each row's weighted sum of its own embedding and those of its named features; of the biases too.
    /// - Parameters:
    ///   - features: what the rows are made of; nil if each is its own embedding alone. Rows of the table past the end of the feature
    ///     rows are their own embedding alone.
    ///   - rows: the rows wanted, in this order; nil for all.
    /// - Complexity: O((rows + their features) × stride).
    package static func representations(
        of features: FeatureRows?, identity: ParameterTable, features named: ParameterTable, rows: [Int]? = nil
    ) -> Representations {
        if features == nil, rows == nil {
            // Nothing is computed, and nothing copied as long as nobody writes.
            return Representations(
                components: identity.components, stride: identity.stride, vectors: identity.embeddings,
                biases: identity.biases.array)
        }
        let count = rows?.count ?? identity.rows
        let stride = identity.stride
        var vectors = AlignedFloats(repeating: 0, count: count * stride)
        var biases = [Float](repeating: 0, count: count)
        unsafe vectors.withUnsafeMutableBuffer { out in
            guard let start = out.baseAddress else { return }
            unsafe identity.embeddings.withUnsafeBuffer { own in
                unsafe named.embeddings.withUnsafeBuffer { others in
                    for index in 0..<count {
                        let row = rows?[index] ?? index
                        precondition(row >= 0 && row < identity.rows, "row out of range")
                        let list = features.flatMap { row < $0.rows ? $0.features(of: row) : nil } ?? []
                        let weight = features.flatMap { row < $0.rows ? $0.identityWeights[row] : nil } ?? 1
                        precondition(list.allSatisfy { Int($0.feature) < named.rows }, "feature out of range")
                        biases[index] = weight == 0 ? 0 : weight * identity.biases[row]
                        for (feature, weight) in list { biases[index] += weight * named.biases[Int(feature)] }
                        unsafe training_sum_rows(
                            start + index * stride,
                            weight == 0 ? nil : own.baseAddress.map { unsafe $0 + row * stride },
                            weight, others.baseAddress, list.map(\.feature), list.map(\.weight), list.count, stride)
                    }
                }
            }
        }
        return Representations(components: identity.components, stride: stride, vectors: vectors, biases: biases)
    }
}
