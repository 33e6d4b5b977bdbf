/// What the sections of a pack hold. The raw values are format: sections lie in this order, each where the one before it ends.
package enum PackSectionKind: UInt32, Sendable, CaseIterable, CustomStringConvertible {
    /// The version's manifest, as in `versions`.
    case manifest = 1
    /// Records of index and id, of each vocabulary.
    case users, items, itemFeatures, userFeatures
    /// Records of item and details, as in `item.details`.
    case names
    /// Records of user and items, as in `likes.user` and `dislikes.user`.
    case likes, dislikes
    /// Block after block.
    case blocks
    /// A `PackEntry` for each block.
    case blockIndex
    /// In parts: a checksum of each group of names.
    case nameGroups
    /// In parts of a remote that standbys follow: records of a number from 0 and a chunk of the log.
    case events
    /// In these: records of entity and features, as in `item.features` and `user.features`.
    case itemFeatureLists, userFeatureLists
    /// In these: a checksum of each group of such records.
    case itemFeatureGroups, userFeatureGroups

    /// The section of a vocabulary.
    package init(vocabulary kind: RowKind) {
        switch kind {
        case .user: self = .users
        case .item: self = .items
        case .itemFeature: self = .itemFeatures
        case .userFeature: self = .userFeatures
        }
    }

    /// The section in words.
    package var description: String {
        switch self {
        case .manifest: "manifest"
        case .users: "ids of users"
        case .items: "ids of items"
        case .itemFeatures: "labels of item features"
        case .userFeatures: "labels of user features"
        case .names: "names of items"
        case .likes: "likes"
        case .dislikes: "dislikes"
        case .blocks: "blocks"
        case .blockIndex: "index of blocks"
        case .nameGroups: "checksums of names"
        case .events: "events"
        case .itemFeatureLists: "features of items"
        case .userFeatureLists: "features of users"
        case .itemFeatureGroups: "checksums of features of items"
        case .userFeatureGroups: "checksums of features of users"
        }
    }
}

/// Where a section of a pack lies, and what authenticates it.
///
/// ```
/// 0 kind (UInt32)   4 zero   8 offset (UInt64)   16 bytes (UInt64)   24 records (UInt64)   32 hash
/// ```
package struct PackSection: Sendable, Equatable {
    package static let byteCount = 64
    /// Bytes of a section that are hashed as one: see `PackDigest`.
    package static let chunkByteCount = 1 << 20

    package var kind: PackSectionKind
    package var offset: Int
    package var byteCount: Int
    /// Records, ids, blocks or entries, whatever the section holds.
    package var records: Int
    /// Of the section's chunks; of blocks, which the index authenticates, all zeros.
    package var hash: BlockHash

    package init(kind: PackSectionKind, offset: Int, byteCount: Int, records: Int, hash: BlockHash) {
        (self.kind, self.offset, self.byteCount, self.records, self.hash) = (kind, offset, byteCount, records, hash)
    }

    /// The section as it lies in a pack's header.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: kind.rawValue)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt64(offset))
        bytes.append(littleEndian: UInt64(byteCount))
        bytes.append(littleEndian: UInt64(records))
        return bytes + hash.bytes
    }

    /// Reads a section of a header of which the checksum is right.
    ///
    /// - Parameter start: where the section before it ends.
    init(_ header: RawSpan, at place: Int, kind: PackSectionKind, from start: Int, end: Int) throws(Damage) {
        guard header.littleEndian(at: place, as: UInt32.self) == kind.rawValue, header.littleEndian(at: place + 4, as: UInt32.self) == 0
        else { throw Damage("the \(kind) are not where they must be") }
        let (offset, count): (UInt64, UInt64) = (header.littleEndian(at: place + 8), header.littleEndian(at: place + 16))
        let records: UInt64 = header.littleEndian(at: place + 24)
        // `end` is at most the length of a file, so nothing below it overflows.
        guard offset == UInt64(start), count <= UInt64(end - start) else {
            throw Damage("the \(kind) are said to lie at \(offset), \(count) bytes, and there is no such place")
        }
        // No record is without a byte.
        guard records <= count else { throw Damage("\(records) records are said to lie in the \(count) bytes of \(kind)") }
        self.kind = kind
        (self.offset, byteCount, self.records) = (start, Int(count), Int(records))
        hash = BlockHash(header, at: place + 32)
    }
}

/// The hash of a section: of the hashes of its chunks of 1 MiB, the last one shorter, one after the other.
///
/// Chunks can be checked one by one, so a reader never holds more than one of them.
package struct PackDigest: Sendable {
    package private(set) var chunks: [BlockHash] = []

    package init() {}

    /// Takes the next chunk.
    package mutating func add(_ chunk: RawSpan) {
        chunks.append(BlockHash(of: chunk))
    }

    /// The hash of the section.
    package var hash: BlockHash {
        BlockHash(of: chunks.flatMap(\.bytes))
    }
}
