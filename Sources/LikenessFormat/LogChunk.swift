/// A run of up to 8,184 events as one value of the log: a header of 48 bytes and then column after column.
///
///      0 magic "LKCH"   4 version = 1 (UInt16)   6 flags (UInt16): 1 weights, 2 times, 4 kinds
///      8 first sequence number (UInt64), equal to the key   16 count (UInt32)   20 zero (24 bytes)
///     44 CRC-32C of bytes 0 ..< 44 and 48 ... (UInt32)
///     48 users (UInt32 × count)  items (UInt32 × count)  weights (Float32)?  times (Int64)?  kinds (UInt8)?
///
/// The capacity makes a full chunk of any shape fill whole pages of 4,096 bytes but for less than 60 bytes.
package enum LogChunk {
    package static let capacity = 8_184
    package static let headerByteCount = 48
    package static let magic: UInt32 = 0x4843_4B4C
    package static let version: UInt16 = 1

    /// What the header says, once it is checked.
    package struct Header {
        package let first: SequenceNumber
        package let count: Int
        package let shape: LikeShape

        /// The last event's sequence number.
        package var last: SequenceNumber { SequenceNumber(rawValue: first.rawValue + UInt64(count) - 1) }
    }

    /// Bytes of the longest chunk.
    package static let byteLimit = headerByteCount + capacity * LikeShape.known.eventByteCount

    /// Checks all of the header that can be checked without reading the columns.
    package static func header(_ value: RawSpan, key: RawSpan) throws(Damage) -> Header {
        let key = try SequenceKey(key)
        let header = try header(value)
        guard header.first == key.first else { throw Damage("the chunk says that it starts at \(header.first.rawValue)") }
        return header
    }

    /// The same of a chunk that has no key.
    package static func header(_ value: RawSpan) throws(Damage) -> Header {
        guard value.byteCount >= headerByteCount, value.littleEndian(at: 0, as: UInt32.self) == magic else {
            throw Damage("it is not a chunk of likes")
        }
        let version: UInt16 = value.littleEndian(at: 4)
        guard version == LogChunk.version else { throw Damage("the chunk has the unknown version \(version)") }
        let shape = LikeShape(rawValue: value.littleEndian(at: 6))
        guard shape.isSubset(of: .known) else { throw Damage("the chunk has unknown flags \(shape.rawValue)") }
        let first: UInt64 = value.littleEndian(at: 8)
        let count = Int(value.littleEndian(at: 16, as: UInt32.self))
        guard SequenceNumber.range.contains(first) else { throw Damage("no chunk starts at \(first)") }
        guard (1...capacity).contains(count),
            value.byteCount == headerByteCount + count * shape.eventByteCount
        else { throw Damage("the chunk's length does not fit its \(count) events") }
        return Header(first: SequenceNumber(rawValue: first), count: count, shape: shape)
    }

    /// The chunk's events, once the checksum is right.
    ///
    /// - Parameters users, items: the vocabularies' lengths: every index is below them.
    package static func columns(
        _ value: RawSpan, _ header: Header, users: UInt32, items: UInt32
    ) throws(Damage) -> LikeColumns {
        let found: UInt32 = value.littleEndian(at: 44)
        let computed = unsafe value.withUnsafeBytes { unsafe LogChunk.checksum($0) }
        guard found == computed else { throw Damage("its checksum is wrong") }
        guard (20..<44).allSatisfy({ value.byte(at: $0) == 0 }) else { throw Damage("its reserved bytes are not zero") }
        var columns = LikeColumns()
        var offset = headerByteCount
        columns.users = column(value, &offset, header.count)
        columns.items = column(value, &offset, header.count)
        guard columns.users.allSatisfy({ $0 < users }), columns.items.allSatisfy({ $0 < items }) else {
            throw Damage("it names users or items that the vocabularies do not have")
        }
        if header.shape.contains(.weights) {
            let weights = (column(value, &offset, header.count) as [UInt32]).map(Float.init(bitPattern:))
            guard weights.allSatisfy({ $0.isFinite && $0 >= 0 }) else { throw Damage("it holds weights that are no weights") }
            columns.weights = weights
        }
        if header.shape.contains(.times) { columns.times = column(value, &offset, header.count) }
        if header.shape.contains(.kinds) {
            let kinds: [UInt8] = column(value, &offset, header.count)
            guard kinds.allSatisfy({ EventKind(rawValue: $0) != nil }) else {
                throw Damage("it holds events of a kind that this build does not know")
            }
            for row in kinds.indices where kinds[row] == EventKind.erased.rawValue {
                guard columns.users[row] == 0, columns.items[row] == 0, columns.weights?[row] ?? 1 == 1,
                    columns.times?[row] ?? LikeColumns.noTime == LikeColumns.noTime
                else { throw Damage("it holds an erased event that still says something") }
            }
            columns.kinds = kinds
        }
        return columns
    }

    /// The value that holds `columns`.
    package static func encode(_ columns: LikeColumns, first: SequenceNumber) -> [UInt8] {
        let shape = columns.shape
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerByteCount + columns.count * shape.eventByteCount)
        bytes.append(littleEndian: magic)
        bytes.append(littleEndian: version)
        bytes.append(littleEndian: shape.rawValue)
        bytes.append(littleEndian: first.rawValue)
        bytes.append(littleEndian: UInt32(columns.count))
        bytes.append(contentsOf: repeatElement(0, count: 28))
        append(columns.users, to: &bytes)
        append(columns.items, to: &bytes)
        if let weights = columns.weights { append(weights.map(\.bitPattern), to: &bytes) }
        if let times = columns.times { append(times, to: &bytes) }
        if let kinds = columns.kinds { append(kinds, to: &bytes) }
        let checksum = unsafe bytes.withUnsafeBytes { unsafe LogChunk.checksum($0) }
        for place in 0..<4 { bytes[44 + place] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(place))) }
        return bytes
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let head = unsafe CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<44]))
        return unsafe CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[headerByteCount...]), after: head)
    }

    private static func column<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: RawSpan, _ offset: inout Int, _ count: Int
    ) -> [Value] {
        let byteCount = count * MemoryLayout<Value>.size
        let start = offset
        offset += byteCount
        precondition(offset <= value.byteCount)
        return unsafe value.withUnsafeBytes { bytes in
            unsafe [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
                // The source may lie at any address, so it is copied as bytes.
                unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + byteCount]))
                if 1.littleEndian != 1 {
                    for index in 0..<count { unsafe buffer[index] = unsafe Value(littleEndian: buffer[index]) }
                }
                initialized = count
            }
        }
    }

    private static func append<Value: FixedWidthInteger>(_ column: [Value], to bytes: inout [UInt8]) {
        if 1.littleEndian == 1 {
            unsafe column.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        } else {
            for value in column { bytes.append(littleEndian: value) }
        }
    }
}
