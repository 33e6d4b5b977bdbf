/// Up to where the histories go, and which of them are in force: `meta`, key `histories`.
///
/// ```
/// 0 last event (UInt64)   8 generation (UInt32)   12 users (UInt32)   16 items (UInt32)   20 CRC-32C of bytes 0 ..< 20 (UInt32)
/// ```
package struct HistoriesHeader: Equatable, Sendable {
    /// The last event that they have.
    package let watermark: SequenceNumber
    /// Chunks of other generations are leftovers.
    package let generation: UInt32
    /// How many users and items have a history, if it is of no event.
    package let users: UInt32
    package let items: UInt32

    package init(watermark: SequenceNumber, generation: UInt32, users: UInt32, items: UInt32) {
        (self.watermark, self.generation, self.users, self.items) = (watermark, generation, users, items)
    }

    /// How many rows of a side have a history.
    package func rows(_ kind: RowKind) -> UInt32 { kind == .user ? users : items }

    package init(_ record: RawSpan) throws(Damage) {
        guard record.byteCount == 24 else { throw Damage("it has 24 bytes, and this has \(record.byteCount)") }
        guard record.littleEndian(at: 20, as: UInt32.self) == CRC32C.checksum(of: record.extracting(0..<20)) else {
            throw Damage("its checksum is wrong")
        }
        let last: UInt64 = record.littleEndian(at: 0)
        guard SequenceNumber.range.contains(last) else { throw Damage("no event has the number \(last)") }
        watermark = SequenceNumber(rawValue: last)
        generation = record.littleEndian(at: 8)
        (users, items) = (record.littleEndian(at: 12), record.littleEndian(at: 16))
    }

    /// The record as it is written.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: watermark.rawValue)
        bytes.append(littleEndian: generation)
        bytes.append(littleEndian: users)
        bytes.append(littleEndian: items)
        bytes.append(littleEndian: unsafe CRC32C.checksum(of: bytes.span.bytes))
        return bytes
    }
}

/// The key of a chunk of histories.
///
/// ```
/// 0 generation (UInt32, big-endian)   4 side: 0 users, 1 items   5 first row (UInt32, big-endian)
/// ```
package struct HistoryKey: Equatable, Sendable {
    package let generation: UInt32
    package let kind: RowKind
    package let firstRow: UInt32

    /// - Parameter kind: `.user` or `.item`.
    package init(_ generation: UInt32, _ kind: RowKind, firstRow: UInt32) {
        self.generation = generation
        self.kind = kind
        self.firstRow = firstRow
    }

    package init(_ key: RawSpan) throws(Damage) {
        guard key.byteCount == 9 else { throw Damage("a key of this table has 9 bytes, and this one has \(key.byteCount)") }
        let side = key.byte(at: 4)
        guard side <= 1 else { throw Damage("the key is of neither users nor items") }
        generation = UInt32(bigEndian: key.littleEndian(at: 0))
        kind = side == 0 ? .user : .item
        firstRow = UInt32(bigEndian: key.littleEndian(at: 5))
    }

    /// The key as it is written.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: generation.byteSwapped)
        bytes.append(kind == .user ? 0 : 1)
        bytes.append(littleEndian: firstRow.byteSwapped)
        return bytes
    }
}

/// The histories of consecutive rows: of each the events of the log that concern it, in the log's order.
///
/// ```
///  0 magic "LKHI"   4 version = 1 (UInt16)   6 flags (UInt16): 1 weights, 2 kinds
///  8 rows (UInt32)  12 events (UInt32)   16 CRC-32C of bytes 0 ..< 16 and 20 ... (UInt32)
/// 20 offsets (UInt32 × (rows + 1))  others (UInt32 × events)  weights (Float32 × events)?  kinds (UInt8 × events)?
/// ```
package struct HistoryChunk: Equatable, Sendable {
    /// Where each row's events begin and end: one more than rows.
    package var offsets: [UInt32] = [0]
    /// The items of users, or the users of items.
    package var others: [UInt32] = []
    /// Nil if every weight is 1.
    package var weights: [Float]?
    /// By their raw values; nil if every event is a like.
    package var kinds: [UInt8]?

    private static let magic: UInt32 = 0x4948_4B4C
    private static let headerByteCount = 20

    package init() {}

    /// How many rows it has.
    package var rows: Int { offsets.count - 1 }

    /// Bytes of the record.
    package var byteCount: Int {
        Self.headerByteCount + 4 * offsets.count + others.count * (4 + (weights == nil ? 0 : 4) + (kinds == nil ? 0 : 1))
    }

    /// - Parameters:
    ///   - length: the length of the vocabulary of the rows; `first` and the rows after it are below it.
    ///   - otherLength: the length of the vocabulary of the others.
    package init(_ value: RawSpan, firstRow: UInt32, below length: UInt32, others otherLength: UInt32) throws(Damage) {
        guard value.byteCount >= Self.headerByteCount, value.littleEndian(at: 0, as: UInt32.self) == Self.magic else {
            throw Damage("it is not a chunk of histories")
        }
        let version: UInt16 = value.littleEndian(at: 4)
        let flags: UInt16 = value.littleEndian(at: 6)
        guard version == 1, flags <= 3 else { throw Damage("it has version \(version) and flags \(flags), which this build does not know") }
        let rows = Int(value.littleEndian(at: 8, as: UInt32.self))
        let events = Int(value.littleEndian(at: 12, as: UInt32.self))
        let width = 4 + (flags & 1 == 0 ? 0 : 4) + (flags & 2 == 0 ? 0 : 1)
        guard rows >= 1, value.byteCount == Self.headerByteCount + 4 * (rows + 1) + events * width else {
            throw Damage("its length does not fit its \(rows) rows and \(events) events")
        }
        guard Int(firstRow) + rows <= Int(length) else { throw Damage("it has rows that the vocabulary does not have") }
        let sum = CRC32C.checksum(
            of: value.extracting(20..<value.byteCount), after: CRC32C.checksum(of: value.extracting(0..<16)))
        guard value.littleEndian(at: 16, as: UInt32.self) == sum else { throw Damage("its checksum is wrong") }
        var place = Self.headerByteCount
        offsets = (0...rows).map { value.littleEndian(at: place + 4 * $0) }
        guard offsets[0] == 0, offsets[rows] == UInt32(events), zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw Damage("its offsets do not ascend to its \(events) events")
        }
        place += 4 * (rows + 1)
        others = (0..<events).map { value.littleEndian(at: place + 4 * $0) }
        guard others.allSatisfy({ $0 < otherLength }) else { throw Damage("it names rows that the vocabulary does not have") }
        place += 4 * events
        if flags & 1 != 0 {
            let found = (0..<events).map { Float(bitPattern: value.littleEndian(at: place + 4 * $0)) }
            guard found.allSatisfy({ $0.isFinite && $0 >= 0 }) else { throw Damage("it holds weights that are no weights") }
            weights = found
            place += 4 * events
        }
        if flags & 2 != 0 {
            let found = (0..<events).map { value.byte(at: place + $0) }
            guard found.allSatisfy({ EventKind(rawValue: $0) != nil && $0 != EventKind.erased.rawValue }) else {
                throw Damage("it holds events of an unknown kind")
            }
            kinds = found
        }
    }

    /// The record as it is written.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: UInt16(1))
        bytes.append(littleEndian: UInt16((weights == nil ? 0 : 1) | (kinds == nil ? 0 : 2)))
        bytes.append(littleEndian: UInt32(rows))
        bytes.append(littleEndian: UInt32(others.count))
        bytes.append(littleEndian: UInt32(0))
        for offset in offsets { bytes.append(littleEndian: offset) }
        for other in others { bytes.append(littleEndian: other) }
        for weight in weights ?? [] { bytes.append(littleEndian: weight.bitPattern) }
        bytes += kinds ?? []
        let sum = unsafe CRC32C.checksum(
            of: bytes.span.bytes.extracting(20..<bytes.count), after: CRC32C.checksum(of: bytes.span.bytes.extracting(0..<16)))
        for place in 0..<4 { bytes[16 + place] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(place))) }
        return bytes
    }
}
