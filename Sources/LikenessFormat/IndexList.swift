/// How many pairs of user and item are in both like indices: `meta`, key `opinions`.
///
/// ```
/// 0 likes (UInt64)   8 dislikes (UInt64)   16 CRC-32C of these (UInt32)
/// ```
package struct OpinionCounts: Equatable, Sendable {
    package var likes: UInt64
    package var dislikes: UInt64

    package init(likes: UInt64, dislikes: UInt64) {
        (self.likes, self.dislikes) = (likes, dislikes)
    }

    package init(_ record: RawSpan) throws(Damage) {
        guard record.byteCount == 20 else { throw Damage("it has 20 bytes, and this has \(record.byteCount)") }
        guard record.littleEndian(at: 16, as: UInt32.self) == CRC32C.checksum(of: record.extracting(0..<16)) else {
            throw Damage("its checksum is wrong")
        }
        (likes, dislikes) = (record.littleEndian(at: 0), record.littleEndian(at: 8))
        guard likes <= SequenceNumber.range.upperBound, dislikes <= SequenceNumber.range.upperBound else {
            throw Damage("no store has so many likes")
        }
    }

    /// Counts pairs that came into one index, and pairs that left the other for it.
    package mutating func add(_ count: Int, removing removed: Int, _ kind: LikeKind) {
        // A damaged record may say less than there is.
        switch kind {
        case .like: (likes, dislikes) = (likes + UInt64(count), dislikes - min(dislikes, UInt64(removed)))
        case .dislike: (likes, dislikes) = (likes - min(likes, UInt64(removed)), dislikes + UInt64(count))
        }
    }

    /// Counts pairs that left an index for none.
    package mutating func remove(_ count: Int, _ kind: LikeKind) {
        switch kind {
        case .like: likes -= min(likes, UInt64(count))
        case .dislike: dislikes -= min(dislikes, UInt64(count))
        }
    }

    /// The record as it is written.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: likes)
        bytes.append(littleEndian: dislikes)
        bytes.append(littleEndian: unsafe CRC32C.checksum(of: bytes.span.bytes))
        return bytes
    }
}

/// The value of `likes.user` and `dislikes.user`: item indices of four bytes each, ascending, each once, never empty.
package enum IndexList {
    /// Puts the indices of a value into `list`, in place of what it held.
    ///
    /// - Parameter length: the length of the items' vocabulary, which every index is below.
    package static func parse(_ value: RawSpan, below length: UInt32, into list: inout [UInt32]) throws(Damage) {
        list.removeAll(keepingCapacity: true)
        let count = try count(value)
        list.reserveCapacity(count)
        var previous: UInt32?
        for place in 0..<count {
            let index: UInt32 = value.littleEndian(at: 4 * place)
            if let previous, index <= previous { throw Damage("its indices do not ascend") }
            previous = index
            list.append(index)
        }
        if let previous, previous >= length { throw Damage("index \(previous) is not below the vocabulary's length \(length)") }
    }

    /// How many indices a value holds.
    package static func count(_ value: RawSpan) throws(Damage) -> Int {
        guard value.byteCount > 0, value.byteCount % 4 == 0 else { throw Damage("it is not a list of indices") }
        return value.byteCount / 4
    }
}

/// The value of `seen.likes` and `seen.dislikes`: an `IndexList`, and a checksum, since no log says what must be there.
///
/// ```
/// item (UInt32)  item  …   CRC-32C (UInt32) of the key's 4 bytes and of the items
/// ```
package enum SeenList {
    /// Checks a record and puts its items into `list`, in place of what it held.
    package static func parse(_ record: RawSpan, user: UInt32, below length: UInt32, into list: inout [UInt32]) throws(Damage) {
        let end = record.byteCount - 4
        guard end > 0 else { throw Damage("it is not a list of indices") }
        let items = record.extracting(0..<end)
        guard record.littleEndian(at: end, as: UInt32.self) == CRC32C.checksum(of: items, at: user) else {
            throw Damage("its checksum is wrong")
        }
        try IndexList.parse(items, below: length, into: &list)
    }

    /// The record of a user.
    package static func bytes(_ items: [UInt32], user: UInt32) -> [UInt8] {
        var record: [UInt8] = []
        record.reserveCapacity(4 * items.count + 4)
        for item in items { record.append(littleEndian: item) }
        record.append(littleEndian: unsafe CRC32C.checksum(of: record.span.bytes, at: user))
        return record
    }
}
