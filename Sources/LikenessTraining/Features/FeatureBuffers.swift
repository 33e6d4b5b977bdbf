/// Feature rows in memory that does not move.
final class FeatureBuffers: Sendable {
    /// Whether each row is its own embedding and nothing else.
    let owns: FixedBuffer<Bool>
    let offsets: FixedBuffer<Int>
    let columns: FixedBuffer<UInt32>
    let weights: FixedBuffer<Float>
    let identityWeights: FixedBuffer<Float>

    /// - Parameter features: nil for rows that are their own embedding alone.
    init(_ features: FeatureRows?) {
        owns = FixedBuffer(features.map { rows in (0..<rows.rows).map(rows.isOwn) } ?? [], or: false)
        offsets = FixedBuffer(features?.offsets ?? [], or: 0)
        columns = FixedBuffer(features?.columns ?? [], or: 0)
        weights = FixedBuffer(features?.weights ?? [], or: 0)
        identityWeights = FixedBuffer(features?.identityWeights ?? [], or: 0)
    }
}
