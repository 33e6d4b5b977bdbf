import CVectorKernels
import WorkerThreads

/// Lets features learn what the rows that have them have become: embeddings and biases of features whose weighted sums come near the
/// representations of rows (Gantner and others, "Learning Attribute-to-Feature Mappings for Cold-Start Recommendations", 2010).
///
/// A sweep goes over the rows once. Each moves its features so that a part of the difference between its representation and what they
/// would say of it alone goes away: the normalised least-mean-squares rule (Widrow and Hoff, 1960). The part is the greater the more
/// of the row is its own, for a row that is made of its features has nothing to teach them.
final class FeatureMapping: Sendable {
    /// The part of a difference that goes away at a time.
    static let rate: Float = 0.01

    private let rows: [Int]
    /// What shrinkage has left to the features of each.
    private let shares: [Float]
    /// The features as they would be without it, beside the weights of own embeddings.
    private let features: FeatureBuffers

    /// - Parameter rows: those to learn from; they have features.
    init(of rows: [Int], _ features: FeatureRows) {
        self.rows = rows
        shares = rows.map { features.shares[$0] }
        self.features = FeatureBuffers(features.selecting(rows) { 1 / features.shares[$0].squareRoot() })
    }

    /// One sweep. Threads share the numbers of the vectors out, so that the outcome does not depend on how many there are.
    /// - Complexity: O(rows × their features × stride).
    func sweep(_ identity: TableView, _ named: TableView, threads: Int) {
        let groups = identity.stride / 16
        WorkerThreads.share(groups, threads: threads, least: 1) { part in
            for index in self.rows.indices {
                let (first, end) = (self.features.offsets[index], self.features.offsets[index + 1])
                unsafe training_map_row(
                    identity.embedding(self.rows[index]), self.features.identityWeights[index], named.embeddings,
                    self.features.columns.start + first, self.features.weights.start + first, end - first,
                    1 - self.shares[index].squareRoot(), Self.rate * (1 - self.shares[index]),
                    part.lowerBound * 16, part.upperBound * 16, identity.stride)
            }
        }
        for index in rows.indices { mapBias(index, identity, named) }
    }

    private func mapBias(_ index: Int, _ identity: TableView, _ named: TableView) {
        let entries = features.offsets[index]..<features.offsets[index + 1]
        var (sum, length) = (Float(0), Float(0))
        for entry in entries {
            sum += unsafe features.weights[entry] * named.biases[Int(features.columns[entry])]
            length += features.weights[entry] * features.weights[entry]
        }
        let own = unsafe features.identityWeights[index] * identity.biases[rows[index]]
        let part = Self.rate * (1 - shares[index]) / length * (own - (1 - shares[index].squareRoot()) * sum)
        for entry in entries { unsafe named.biases[Int(features.columns[entry])] += part * features.weights[entry] }
    }
}
