/// The first record of a store: who can read it. 64 bytes, little-endian; see `store/FORMAT.md`.
package struct StoreHeader: Equatable, Sendable {
    /// The eight bytes that every store starts with.
    package static let magic = Array("LIKENESS".utf8)
    package static let byteCount = 64
    /// The newest format that this build reads, and the one it writes.
    package static let currentFormat: UInt32 = 1
    /// The feature bits that this build knows.
    package static let knownReaderFeatures: UInt64 = 0
    package static let knownWriterFeatures: UInt64 = replicaFeature
    /// Set in a store that is written by replication alone.
    package static let replicaFeature: UInt64 = 1

    package var format = StoreHeader.currentFormat
    /// A reader must know every bit that is set.
    package var readerFeatures: UInt64 = 0
    /// A writer must know every bit that is set.
    package var writerFeatures: UInt64 = 0
    /// Tells stores apart: random.
    package var identity: (UInt64, UInt64)
    /// When the store was created, in milliseconds since 1970-01-01 UTC.
    package var created: Int64

    package init(identity: (UInt64, UInt64), created: Int64) {
        self.identity = identity
        self.created = created
    }

    /// Whether the store is written by replication alone.
    package var isReplica: Bool { writerFeatures & StoreHeader.replicaFeature != 0 }

    package static func == (left: StoreHeader, right: StoreHeader) -> Bool {
        left.bytes == right.bytes
    }

    /// The record as it is written.
    package var bytes: [UInt8] {
        var bytes = StoreHeader.magic
        bytes.append(littleEndian: format)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: readerFeatures)
        bytes.append(littleEndian: writerFeatures)
        bytes.append(littleEndian: identity.0)
        bytes.append(littleEndian: identity.1)
        bytes.append(littleEndian: UInt64(bitPattern: created))
        bytes.append(littleEndian: unsafe CRC32C.checksum(of: bytes.span.bytes))
        bytes.append(littleEndian: UInt32(0))
        return bytes
    }

    /// Reads a record. A record of a later format is not checked further than its format.
    package init(_ record: RawSpan) throws(Damage) {
        guard record.byteCount == StoreHeader.byteCount,
            StoreHeader.magic.indices.allSatisfy({ record.byte(at: $0) == StoreHeader.magic[$0] })
        else { throw Damage("it is not the header of a store") }
        format = record.littleEndian(at: 8)
        readerFeatures = record.littleEndian(at: 16)
        writerFeatures = record.littleEndian(at: 24)
        identity = (record.littleEndian(at: 32), record.littleEndian(at: 40))
        created = Int64(bitPattern: record.littleEndian(at: 48))
        if format > StoreHeader.currentFormat { return }
        guard record.littleEndian(at: 56, as: UInt32.self) == CRC32C.checksum(of: record.extracting(0..<56)) else {
            throw Damage("its checksum is wrong")
        }
        guard record.littleEndian(at: 12, as: UInt32.self) == 0, record.littleEndian(at: 60, as: UInt32.self) == 0 else {
            throw Damage("its reserved bytes are not zero")
        }
        guard format >= 1 else { throw Damage("there is no format \(format)") }
    }
}

/// The number that the next version gets: `meta`, key `next.version`.
///
/// ```
/// 0 number (UInt64)   8 CRC-32C of it (UInt32)
/// ```
package struct NextVersion: Equatable, Sendable {
    package let version: Version

    package init(_ version: Version) {
        self.version = version
    }

    package init(_ record: RawSpan) throws(Damage) {
        guard record.byteCount == 12 else { throw Damage("it has 12 bytes, and this has \(record.byteCount)") }
        guard record.littleEndian(at: 8, as: UInt32.self) == CRC32C.checksum(of: record.extracting(0..<8)) else {
            throw Damage("its checksum is wrong")
        }
        version = Version(rawValue: record.littleEndian(at: 0))
        guard version.isSound else { throw Damage("\(version) is no version") }
    }

    /// The record as it is written.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: version.rawValue)
        bytes.append(littleEndian: unsafe CRC32C.checksum(of: bytes.span.bytes))
        return bytes
    }
}
