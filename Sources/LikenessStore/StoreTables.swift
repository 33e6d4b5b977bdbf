package import LMDB
package import LikenessFormat

/// The tables of a store. Their names, keys and values are format: `store/FORMAT.md` describes each byte.
package struct StoreTables: Sendable {
    /// `header` → the format's version and feature bits.
    package let meta: Table
    /// First sequence number of a chunk (UInt64) → the chunk's likes.
    package let log: Table
    /// Generation, side and first row → the events of the rows of a chunk.
    package let histories: Table
    /// User index (UInt32) → the sorted item indices that the user likes.
    package let likesByUser: Table
    /// User index (UInt32) → the sorted item indices that the user dislikes.
    package let dislikesByUser: Table
    /// User index (UInt32) → items that the user likes, as packs say: for queries alone.
    package let seenLikes: Table
    /// User index (UInt32) → items that the user dislikes, as packs say.
    package let seenDislikes: Table
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
    /// Version (UInt64) and kind (UInt8) → an index for approximate search.
    package let indexes: Table
    /// Version (UInt64) → manifest.
    package let versions: Table
    /// Version (UInt64) → what may change about it: its note.
    package let annotations: Table
    /// Alias → where it points now.
    package let aliases: Table
    /// Alias, a zero byte, entry number (UInt64) → one move of the alias.
    package let aliasHistory: Table
    /// Study (UInt64) → what is searched; study, trial (UInt64 each) → one trial of it.
    package let studies: Table

    /// The names of all tables.
    static let names =
        [
            "meta", "log", "histories", "likes.user", "dislikes.user", "item.details", "item.features", "user.features", "blocks",
            "versions", "annotations", "aliases", "alias.history", "studies", "indexes", "seen.likes", "seen.dislikes",
        ] + RowKind.allCases.flatMap { ["\($0.vocabularyName).indices", "\($0.vocabularyName).ids"] }

    /// - Parameter environment: it was opened with `names`. A table that the store lacks reads as empty.
    init(_ environment: Environment) {
        meta = environment.table("meta")
        log = environment.table("log")
        histories = environment.table("histories")
        likesByUser = environment.table("likes.user")
        dislikesByUser = environment.table("dislikes.user")
        itemDetails = environment.table("item.details")
        itemFeatures = environment.table("item.features")
        userFeatures = environment.table("user.features")
        blocks = environment.table("blocks")
        indexes = environment.table("indexes")
        versions = environment.table("versions")
        annotations = environment.table("annotations")
        aliases = environment.table("aliases")
        aliasHistory = environment.table("alias.history")
        studies = environment.table("studies")
        seenLikes = environment.table("seen.likes")
        seenDislikes = environment.table("seen.dislikes")
        var pairs: [RowKind: (indices: Table, ids: Table)] = [:]
        for kind in RowKind.allCases {
            pairs[kind] = (
                environment.table("\(kind.vocabularyName).indices"), environment.table("\(kind.vocabularyName).ids")
            )
        }
        vocabularies = pairs
    }
}

extension BlockHash: KeyBytes {
    package func withKeyBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe withBytes(body)
    }
}
