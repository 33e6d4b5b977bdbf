package import LMDB
package import LikenessFormat

/// The tables of a store. Their names, keys and values are format: `store/FORMAT.md` describes each byte.
package struct StoreTables: Sendable {
    /// `header` → the format's version and feature bits.
    package let meta: Table
    /// First sequence number of a chunk (UInt64) → the chunk's likes.
    package let log: Table
    /// User index (UInt32) → the sorted item indices that the user likes.
    package let likesByUser: Table
    /// User index (UInt32) → the sorted item indices that the user dislikes.
    package let dislikesByUser: Table
    /// External id → index, and index (UInt32) → external id, of the four vocabularies.
    package let vocabularies: [RowKind: (indices: Table, ids: Table)]
    /// Item index (UInt32) → the item's name and addresses.
    package let itemDetails: Table
    /// Item index (UInt32) → the item's features with weights.
    package let itemFeatures: Table
    /// User index (UInt32) → the user's features with weights.
    package let userFeatures: Table
    /// SHA-256 → block.
    package let blocks: Table
    /// Version (UInt64) → manifest.
    package let versions: Table
    /// Version (UInt64) → what may change about it: its note.
    package let annotations: Table
    /// Alias → where it points now.
    package let aliases: Table
    /// Alias, a zero byte, entry number (UInt64) → one move of the alias.
    package let aliasHistory: Table

    /// All names, in the order in which `init` takes the open tables.
    static let names =
        [
            "meta", "log", "likes.user", "item.details", "item.features", "user.features", "blocks",
            "versions", "annotations", "aliases", "alias.history", "dislikes.user",
        ] + RowKind.allCases.flatMap { ["\($0.vocabularyName).indices", "\($0.vocabularyName).ids"] }

    /// - Parameter tables: open tables, one for each of `names`.
    init(_ tables: [Table]) {
        meta = tables[0]
        log = tables[1]
        likesByUser = tables[2]
        itemDetails = tables[3]
        itemFeatures = tables[4]
        userFeatures = tables[5]
        blocks = tables[6]
        versions = tables[7]
        annotations = tables[8]
        aliases = tables[9]
        aliasHistory = tables[10]
        dislikesByUser = tables[11]
        var pairs: [RowKind: (indices: Table, ids: Table)] = [:]
        for (position, kind) in RowKind.allCases.enumerated() {
            pairs[kind] = (tables[12 + 2 * position], tables[13 + 2 * position])
        }
        vocabularies = pairs
    }
}

extension BlockHash: KeyBytes {
    package func withKeyBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe withBytes(body)
    }
}
