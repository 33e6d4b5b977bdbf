/// A record of a pack's sections of ids, names and likes: a key, and what a table of the store has at that key.
///
/// ```
/// key (UInt32)   byte count (UInt32)   bytes        keys ascend, each once
/// ```
package enum PackRecord {
    package static let headerByteCount = 8

    /// The key and the byte count at the beginning of a record.
    ///
    /// - Parameters:
    ///   - previous: the key of the record before it.
    ///   - limit: bytes that a record of the section may have.
    package static func header(
        _ bytes: RawSpan, after previous: UInt32?, limit: Int
    ) throws(Damage) -> (key: UInt32, byteCount: Int) {
        guard bytes.byteCount >= headerByteCount else { throw Damage("it ends within a record") }
        let key: UInt32 = bytes.littleEndian(at: 0)
        let count: UInt32 = bytes.littleEndian(at: 4)
        guard previous.map({ $0 < key }) ?? true else { throw Damage("the keys of its records do not ascend") }
        guard UInt64(count) <= UInt64(limit) else { throw Damage("a record of \(count) bytes is longer than one can be") }
        return (key, Int(count))
    }

    /// Appends a record.
    package static func append(_ key: UInt32, _ bytes: RawSpan, to section: inout [UInt8]) {
        section.append(littleEndian: key)
        section.append(littleEndian: UInt32(bytes.byteCount))
        unsafe bytes.withUnsafeBytes { unsafe section.append(contentsOf: $0) }
    }
}

/// What a pack's index says of a block. Blocks lie in the order of the index, each where the one before it ends.
///
/// ```
/// 0 SHA-256 of the block   32 bytes (UInt32)   36 level (UInt16)   38 zero (UInt16)
/// ```
package struct PackEntry: Sendable, Equatable {
    package static let byteCount = 40
    /// A block of more bytes is refused before it is read.
    package static let blockByteLimit = 1 << 30

    package let hash: BlockHash
    package let blockByteCount: Int
    package let level: Int

    package init(hash: BlockHash, blockByteCount: Int, level: Int) {
        (self.hash, self.blockByteCount, self.level) = (hash, blockByteCount, level)
    }

    /// Checks an entry and reads it.
    package init(_ bytes: RawSpan) throws(Damage) {
        guard bytes.byteCount == PackEntry.byteCount else { throw Damage("an entry has \(PackEntry.byteCount) bytes") }
        let count: UInt32 = bytes.littleEndian(at: 32)
        guard (BlockHeader.minimumBlockByteCount...PackEntry.blockByteLimit).contains(Int(count)) else {
            throw Damage("no block has \(count) bytes")
        }
        let level: UInt16 = bytes.littleEndian(at: 36)
        guard level <= 6, bytes.littleEndian(at: 38, as: UInt16.self) == 0 else { throw Damage("no block has level \(level)") }
        (hash, blockByteCount, self.level) = (BlockHash(bytes, at: 0), Int(count), Int(level))
    }

    /// The entry as it is written.
    package var bytes: [UInt8] {
        var bytes = hash.bytes
        bytes.append(littleEndian: UInt32(blockByteCount))
        bytes.append(littleEndian: UInt16(level))
        bytes.append(littleEndian: UInt16(0))
        return bytes
    }
}
