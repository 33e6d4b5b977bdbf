/// The keys of the store's tables, read back from bytes. A key of another length is damage, never a trap.
///
/// ```
/// IndexKey 4 bytes   SequenceKey, VersionKey 8 bytes   BlockKey 32 bytes      all big-endian or plain bytes
/// AliasMoveKey       name, a zero byte, 8 bytes
/// ```
package struct IndexKey: Equatable, Sendable {
    package let index: UInt32

    package init(_ key: RawSpan) throws(Damage) {
        guard key.byteCount == 4 else { throw Damage("a key of this table has 4 bytes, and this one has \(key.byteCount)") }
        index = UInt32(bigEndian: key.littleEndian(at: 0))
    }

    /// - Parameter length: the length of the vocabulary that the key is an index into.
    package init(_ key: RawSpan, below length: UInt32) throws(Damage) {
        try self.init(key)
        guard index < length else { throw Damage("index \(index) is not below the vocabulary's length \(length)") }
    }
}

/// The key of a log chunk: its first sequence number.
package struct SequenceKey: Equatable, Sendable {
    package let first: SequenceNumber

    package init(_ key: RawSpan) throws(Damage) {
        guard key.byteCount == 8 else { throw Damage("a key of this table has 8 bytes, and this one has \(key.byteCount)") }
        let first = UInt64(bigEndian: key.littleEndian(at: 0))
        guard SequenceNumber.range.contains(first) else { throw Damage("no chunk starts at \(first)") }
        self.first = SequenceNumber(rawValue: first)
    }
}

/// The key of a manifest or an annotation.
package struct VersionKey: Equatable, Sendable {
    package let version: Version

    package init(_ key: RawSpan) throws(Damage) {
        guard key.byteCount == 8 else { throw Damage("a key of this table has 8 bytes, and this one has \(key.byteCount)") }
        let version = Version(rawValue: UInt64(bigEndian: key.littleEndian(at: 0)))
        guard version.isSound else { throw Damage("\(version) is no version") }
        self.version = version
    }
}

/// The key of a block or of its count of references.
package struct BlockKey: Equatable, Sendable {
    package let hash: BlockHash

    package init(_ key: RawSpan) throws(Damage) {
        guard key.byteCount == BlockHash.byteCount else {
            throw Damage("a key of this table has 32 bytes, and this one has \(key.byteCount)")
        }
        hash = BlockHash(key, at: 0)
    }
}

/// The key of an alias.
package struct AliasKey: Equatable, Sendable {
    package let name: AliasName

    package init(_ key: RawSpan) throws(Damage) {
        guard key.byteCount <= AliasName.byteLimit, let name = AliasName(key.text) else {
            throw Damage("the key is not the name of an alias")
        }
        self.name = name
    }
}

/// The key of one move of an alias.
package struct AliasMoveKey: Hashable, Sendable {
    package let name: AliasName
    package let number: UInt64

    package init(_ name: AliasName, _ number: UInt64) {
        self.name = name
        self.number = number
    }

    package init(_ key: RawSpan) throws(Damage) {
        let end = key.byteCount - 9
        guard end > 0, end <= AliasName.byteLimit, key.byte(at: end) == 0, let name = AliasName(key.extracting(0..<end).text) else {
            throw Damage("the key is not the name of an alias, a zero byte and a number")
        }
        self.name = name
        number = UInt64(bigEndian: key.littleEndian(at: end + 1))
    }

    /// The key as it is written.
    package var bytes: [UInt8] {
        var bytes = Array(name.text.utf8) + [0]
        bytes.append(littleEndian: number.byteSwapped)
        return bytes
    }
}
