import CVectorKernels
import WorkerThreads

/// Lets features learn what the rows that have them have become: embeddings of features whose weighted sums come near the embeddings of
/// rows (Gantner and others, "Learning Attribute-to-Feature Mappings for Cold-Start Recommendations", 2010).
///
/// A sweep goes over the rows once. Each moves its features so that a part of the difference between it and their sum goes away: the
/// normalised least-mean-squares rule (Widrow and Hoff, 1960), with the weights that the features would have if they were alone.
final class FeatureMapping: Sendable {
    /// The part of a difference that goes away at a time.
    private static let rate: Float = 0.3

    private let rows: [UInt32]
    private let features: FeatureBuffers

    /// - Parameters:
    ///   - rows: those to learn from.
    ///   - features: of all rows; those of the others are left out.
    init(of rows: [UInt32], _ features: FeatureRows, scale: Float) {
        self.rows = rows
        self.features = FeatureBuffers(features, rows: rows, scale: scale)
    }

    /// One sweep. Threads share the numbers of the vectors out, so that the outcome does not depend on how many there are.
    /// - Complexity: O(rows × their features × stride).
    func sweep(_ identity: TableView, _ named: TableView, threads: Int) {
        let groups = identity.stride / 16
        WorkerThreads.share(groups, threads: threads, least: 1) { part in
            for index in self.rows.indices {
                let (first, end) = (self.features.offsets[index], self.features.offsets[index + 1])
                unsafe training_map_row(
                    identity.embedding(Int(self.rows[index])), self.features.identityWeights[index], named.embeddings,
                    self.features.columns.start + first, self.features.weights.start + first, end - first, Self.rate,
                    part.lowerBound * 16, part.upperBound * 16, identity.stride)
            }
        }
        for index in rows.indices { mapBias(index, identity, named) }
    }

    private func mapBias(_ index: Int, _ identity: TableView, _ named: TableView) {
        let entries = features.offsets[index]..<features.offsets[index + 1]
        var missing = unsafe features.identityWeights[index] * identity.biases[Int(rows[index])]
        var length: Float = 0
        for entry in entries {
            missing -= unsafe features.weights[entry] * named.biases[Int(features.columns[entry])]
            length += features.weights[entry] * features.weights[entry]
        }
        guard length > 0 else { return }
        for entry in entries {
            unsafe named.biases[Int(features.columns[entry])] += Self.rate / length * missing * features.weights[entry]
        }
    }
}
