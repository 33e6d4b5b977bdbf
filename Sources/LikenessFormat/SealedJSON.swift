#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// JSON behind a header with its length and SHA-256: how manifests, aliases and annotations are written.
///
/// ```
/// 0 magic "LKJS"   4 zero   8 length   16 SHA-256   48 JSON
/// ```
package enum SealedJSON {
    package static let magic: UInt32 = 0x534A_4B4C  // "LKJS"
    package static let headerByteCount = 48

    /// Encodes a value; keys are sorted so that equal values have equal bytes.
    package static func seal(_ value: some Encodable) throws(Damage) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json: [UInt8]
        do { json = Array(try encoder.encode(value)) } catch {
            throw Damage("it cannot be written: \(error)")
        }
        var bytes: [UInt8] = []
        bytes.append(littleEndian: magic)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt64(json.count))
        bytes.append(contentsOf: BlockHash(of: json).bytes)
        bytes.append(contentsOf: json)
        return bytes
    }

    /// The hash that the record's header gives for its JSON.
    package static func hash(of record: RawSpan) -> BlockHash? {
        record.byteCount >= headerByteCount ? BlockHash(record, at: 16) : nil
    }

    /// Checks a record and decodes it.
    package static func open<Value: Decodable>(
        _ record: RawSpan, as type: Value.Type
    ) throws(Damage) -> Value {
        guard record.byteCount >= headerByteCount, record.littleEndian(at: 0, as: UInt32.self) == magic,
            record.littleEndian(at: 4, as: UInt32.self) == 0,
            record.littleEndian(at: 8, as: UInt64.self) == UInt64(record.byteCount - headerByteCount)
        else { throw Damage("it does not begin as a record of this table does") }
        let json = record.extracting(headerByteCount..<record.byteCount)
        guard BlockHash(of: json) == BlockHash(record, at: 16) else {
            throw Damage("it is not what was written (its hash differs)")
        }
        do { return try JSONDecoder().decode(type, from: Data(json.copied)) } catch {
            throw Damage("it cannot be understood: \(error)")
        }
    }
}
