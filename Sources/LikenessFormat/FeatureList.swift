/// The value of `item.features` and `user.features`: features with weights as they were given.
///
/// ```
/// feature (UInt32)  weight (Float32)  | feature  weight | …  | CRC-32C (UInt32)        features ascend, each once
/// ```
/// The checksum is of the key and all that comes before it.
package enum FeatureList {
    package typealias Pair = (feature: UInt32, weight: Float)

    /// Checks a record and reads it.
    ///
    /// - Parameter length: the length of the features' vocabulary, which every feature is below.
    package static func parse(_ record: RawSpan, entity: UInt32, below length: UInt32) throws(Damage) -> [Pair] {
        let end = record.byteCount - 4
        guard end > 0, end % 8 == 0 else { throw Damage("it is not a list of features with weights") }
        guard record.littleEndian(at: end, as: UInt32.self) == CRC32C.checksum(of: record.extracting(0..<end), at: entity) else {
            throw Damage("its checksum is wrong")
        }
        var pairs: [Pair] = []
        pairs.reserveCapacity(end / 8)
        for offset in stride(from: 0, to: end, by: 8) {
            let feature: UInt32 = record.littleEndian(at: offset)
            let weight = Float(bitPattern: record.littleEndian(at: offset + 4))
            guard feature < length else { throw Damage("feature \(feature) is not below the vocabulary's length \(length)") }
            if let last = pairs.last, last.feature >= feature { throw Damage("its features do not ascend") }
            guard weight.isFinite, weight >= 0 else { throw Damage("the weight of feature \(feature) is no weight") }
            pairs.append((feature, weight))
        }
        return pairs
    }

    /// The record of an entity.
    package static func bytes(_ pairs: [Pair], entity: UInt32) -> [UInt8] {
        var record: [UInt8] = []
        record.reserveCapacity(8 * pairs.count + 4)
        for pair in pairs {
            record.append(littleEndian: pair.feature)
            record.append(littleEndian: pair.weight.bitPattern)
        }
        record.append(littleEndian: unsafe CRC32C.checksum(of: record.span.bytes, at: entity))
        return record
    }
}
