package import LikenessFormat

/// What goes into a pack, and what packs before it have.
package struct PackScope: Sendable {
    /// Ids that packs before it have, of each vocabulary.
    package var lengths = Manifest.Lengths(users: 0, items: 0, itemFeatures: 0, userFeatures: 0)
    /// The users whose likes it gives, ascending; nil for all.
    package var users: [UInt32]?
    /// Checksums of the groups of names that packs before it have; nil in a pack that stands alone.
    package var nameGroups: [UInt32]?
    /// The last event that packs before it have; nil in a pack that is not for standbys.
    package var events: SequenceNumber?
    /// Checksums of the groups of features that packs before it have; nil in a pack that is not for standbys.
    package var itemFeatureGroups: [UInt32]?
    package var userFeatureGroups: [UInt32]?
    /// Blocks that packs before it have.
    package var blocks: Set<BlockHash> = []
    /// Its place among the packs of a remote; 0 if it stands alone.
    package var place: UInt64 = 0
    /// The pack before it.
    package var previous: BlockHash?

    /// All of a version.
    package init() {}

    /// Items whose names share a checksum, and items or users whose features do.
    package static let rowsInGroup: UInt32 = 256

    /// How many checksums there are for so many items or users.
    static func groupCount(_ rows: Int) -> Int { (rows + Int(rowsInGroup) - 1) / Int(rowsInGroup) }
}
