/// The first record of a store: who can read it. 64 bytes, little-endian; see `store/FORMAT.md`.
package struct StoreHeader: Equatable, Sendable {
    /// The eight bytes that every store starts with.
    package static let magic = Array("LIKENESS".utf8)
    package static let byteCount = 64
    /// The newest format that this build reads, and the one it writes.
    package static let currentFormat: UInt32 = 1
    /// The feature bits that this build knows.
    package static let knownReaderFeatures: UInt64 = 0
    package static let knownWriterFeatures: UInt64 = 0

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
        bytes.append(littleEndian: UInt64(0))
        return bytes
    }

    /// Reads a record; nil if it is not one.
    package init?(_ record: RawSpan) {
        guard record.byteCount == StoreHeader.byteCount,
            StoreHeader.magic.indices.allSatisfy({ record.byte(at: $0) == StoreHeader.magic[$0] })
        else { return nil }
        format = record.littleEndian(at: 8)
        readerFeatures = record.littleEndian(at: 16)
        writerFeatures = record.littleEndian(at: 24)
        identity = (record.littleEndian(at: 32), record.littleEndian(at: 40))
        created = Int64(bitPattern: record.littleEndian(at: 48))
    }
}
