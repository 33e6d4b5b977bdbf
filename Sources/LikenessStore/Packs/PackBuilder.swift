import LMDB
package import LikenessFormat

/// Writes a version as a pack: everything that queries need of it, in one pass over the store.
package struct PackBuilder: ~Copyable {
    private let store: StoreReader
    private let manifest: Manifest
    private let record: [UInt8]
    private let scope: PackScope
    private var writer: PackWriter
    private var entries: [PackEntry] = []
    /// Of a pack that stands alone the version's; of a part those of the store, so that likes and names of what is new go with it.
    private let lengths: Manifest.Lengths

    package init(
        _ store: StoreReader, _ version: Version, _ scope: PackScope, to path: String, in transaction: borrowing Reading
    ) throws(StoreError) {
        guard let found = try transaction.get(version.rawValue, in: store.tables.versions) else { throw .catalog(.pruned(version)) }
        let manifest = try StoreError.parsing("versions", version.description, try Manifest.parse(found, version: version))
        let record = found.copied
        var lengths = manifest.vocabularies
        if scope.place > 0 {
            func length(_ kind: RowKind) throws(StoreError) -> Int { Int(try Vocabulary(kind, in: store.tables).length(in: transaction)) }
            lengths = Manifest.Lengths(
                users: try length(.user), items: try length(.item), itemFeatures: try length(.itemFeature),
                userFeatures: try length(.userFeature))
        }
        // What is published is for others to read.
        let writer = try PackWriter(path, permissions: scope.place > 0 ? 0o644 : 0o600)
        (self.store, self.scope, self.manifest, self.record, self.lengths) = (store, scope, manifest, record, lengths)
        self.writer = writer
    }

    /// Writes all sections and gives the file its name.
    ///
    /// - Complexity: O(bytes of the version); one block, one list and one chunk of 1 MiB in memory, and 40 bytes a block.
    package consuming func run(
        in transaction: borrowing Reading, progress: (PackProgress) -> Void
    ) throws(StoreError) -> (header: PackHeader, manifest: Manifest) {
        try writer.add(record)
        try writer.end(.manifest)
        for kind in PackHeader.vocabularies { try writeIds(kind, in: transaction) }
        let nameGroups = try writeGroups(store.tables.itemDetails, of: .item, since: scope.nameGroups, in: transaction) {
            (item, record) throws(Damage) in _ = try ItemDetails(record, item: item)
        }
        try writer.end(.names)
        try writeOpinions(.like, in: transaction)
        try writer.end(.likes)
        try writeOpinions(.dislike, in: transaction)
        try writer.end(.dislikes)
        try writeBlocks(in: transaction, progress: progress)
        try writer.end(.blocks)
        for entry in entries { try writer.add(entry.bytes) }
        try writer.end(.blockIndex)
        try add(nameGroups, .nameGroups)
        try writeForStandbys(in: transaction)
        let sequence = try LikesLog(store.tables).lastSequence(in: transaction)
        let (version, place, previous, lengths) = (manifest.version, scope.place, scope.previous, lengths)
        let isForStandbys = scope.events != nil
        // A replica's versions are those of its primary.
        let primary = try store.replicaRecord(in: transaction).flatMap { VersionOrigin.identity($0.store) }
        let identity = primary ?? store.header.identity
        let header = try writer.publish { sections in
            PackHeader(
                isPart: place > 0, isForStandbys: isForStandbys, version: version, store: identity, place: place, sequence: sequence,
                previous: previous,
                lengths: lengths, sections: sections)
        }
        return (header, manifest)
    }

    private mutating func writeIds(_ kind: RowKind, in transaction: borrowing Reading) throws(StoreError) {
        let vocabulary = Vocabulary(kind, in: store.tables)
        let end = UInt32(lengths[kind])
        var cursor = try transaction.cursor(in: vocabulary.ids)
        var index = UInt32(min(scope.lengths[kind], Int(end)))
        var isThere = try cursor.move(toFirstNotLessThan: index)
        while index < end {
            let expected = index
            guard isThere,
                try StoreError.parsing(vocabulary.ids, cursor.key, { (key) throws(Damage) in try IndexKey(key).index }) == expected
            else { throw .damaged(table: vocabulary.ids.name, key: index.printedKey, reason: "the id is missing") }
            _ = try StoreError.parsing(vocabulary.ids.name, index.printedKey, try Identifier.parse(cursor.value))
            try writer.add(index, cursor.value)
            index += 1
            isThere = try cursor.move(to: .next)
        }
        try writer.end(PackSectionKind(vocabulary: kind))
    }

    /// Writes a table's records of items or users, group by group.
    ///
    /// - Parameters:
    ///   - before: the checksums of groups that packs before it have, which are left out; nil to write all.
    ///   - check: refuses a record that is not sound.
    /// - Returns: the checksum of each group; none if `before` is nil.
    private mutating func writeGroups(
        _ table: Table, of kind: RowKind, since before: [UInt32]?, in transaction: borrowing Reading,
        check: (UInt32, RawSpan) throws(Damage) -> Void
    ) throws(StoreError) -> [UInt32] {
        let count = UInt32(lengths[kind])
        var groups: [UInt32] = []
        var cursor = try transaction.cursor(in: table)
        var isThere = try cursor.move(to: .first)
        for start in stride(from: 0, to: count, by: Int(PackScope.rowsInGroup)) {
            let end = min(count, start &+ PackScope.rowsInGroup)
            var records: [(row: UInt32, record: [UInt8])] = []
            var checksum: UInt32 = 0
            while isThere {
                let row = try StoreError.parsing(table, cursor.key) { (key) throws(Damage) in try IndexKey(key).index }
                if row >= end { break }
                try StoreError.parsing(table.name, row.printedKey, try check(row, cursor.value))
                // The record ends with a checksum of key and contents.
                checksum = CRC32C.checksum(of: cursor.value, after: checksum)
                records.append((row, cursor.value.copied))
                isThere = try cursor.move(to: .next)
            }
            let number = Int(start / PackScope.rowsInGroup)
            if let before {
                groups.append(checksum)
                if number < before.count, before[number] == checksum { continue }
            }
            for record in records { try unsafe writer.add(record.row, record.record.span.bytes) }
        }
        return groups
    }

    /// Writes the checksums of groups as a section.
    private mutating func add(_ groups: [UInt32], _ section: PackSectionKind) throws(StoreError) {
        for group in groups {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: group)
            try writer.add(bytes)
        }
        try writer.end(section)
    }

    /// Writes the sections that only standbys read; empty ones if the pack is for none.
    private mutating func writeForStandbys(in transaction: borrowing Reading) throws(StoreError) {
        if let after = scope.events {
            var number: UInt32 = 0
            try LikesLog(store.tables).forEachRun(after: after, in: transaction) { (first, events) throws(StoreError) in
                try unsafe writer.add(number, LogChunk.encode(events, first: first).span.bytes)
                number += 1
            }
        }
        try writer.end(.events)
        let items = try writeFeatures(of: .item, since: scope.itemFeatureGroups, in: transaction)
        try writer.end(.itemFeatureLists)
        let users = try writeFeatures(of: .user, since: scope.userFeatureGroups, in: transaction)
        try writer.end(.userFeatureLists)
        try add(items, .itemFeatureGroups)
        try add(users, .userFeatureGroups)
    }

    private mutating func writeFeatures(
        of kind: RowKind, since before: [UInt32]?, in transaction: borrowing Reading
    ) throws(StoreError) -> [UInt32] {
        guard let before else { return [] }
        let labels = UInt32(lengths.features(of: kind))
        let table = kind == .user ? store.tables.userFeatures : store.tables.itemFeatures
        return try writeGroups(table, of: kind, since: before, in: transaction) { (row, record) throws(Damage) in
            _ = try FeatureList.parse(record, entity: row, below: labels)
        }
    }

    private mutating func writeOpinions(_ kind: LikeKind, in transaction: borrowing Reading) throws(StoreError) {
        let seen = SeenItems(store.tables)
        let (users, items) = (UInt32(lengths.users), UInt32(lengths.items))
        guard let some = scope.users else {
            return try seen.forEach(kind, below: users, in: transaction) { (user, list) throws(StoreError) in
                let bytes = PackBuilder.bytes(of: list, below: items)
                if !bytes.isEmpty { try unsafe writer.add(user, bytes.span.bytes) }
            }
        }
        for user in some where user < users {
            // A user whose list is empty now gets a record too, so that the list that was there goes.
            let list = try seen.items(of: user, kind, in: transaction)
            try unsafe writer.add(user, PackBuilder.bytes(of: list, below: items).span.bytes)
        }
    }

    /// A list of items as bytes, without those that the version does not know.
    private static func bytes(of list: [UInt32], below items: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * list.count)
        for item in list where item < items { bytes.append(littleEndian: item) }
        return bytes
    }

    /// Writes the blocks that packs before it lack, each once, the ones that lead to others before these.
    private mutating func writeBlocks(
        in transaction: borrowing Reading, progress: (PackProgress) -> Void
    ) throws(StoreError) {
        let total = manifest.allMatrices.reduce(0) { $0 + $1.blockCount * ($1.rowsPerBlock * max($1.rowByteCount, 40)) }
        var visited: Set<BlockHash> = []
        for matrix in manifest.allMatrices {
            guard let root = matrix.root else { continue }
            guard matrix.isSound else {
                throw .damaged(table: "versions", key: matrix.name, reason: "its numbers do not fit each other")
            }
            var waiting = [(hash: root, level: matrix.depth, first: 0)]
            while let (hash, level, first) = waiting.popLast() {
                if scope.blocks.contains(hash) || !visited.insert(hash).inserted { continue }
                guard let block = try transaction.get(hash, in: store.tables.blocks) else {
                    throw .damaged(table: "blocks", key: hash.hexadecimal, reason: "the block is missing")
                }
                guard BlockHash(of: block) == hash, let header = BlockHeader(block) else {
                    throw .damaged(table: "blocks", key: hash.hexadecimal, reason: "the block is not what was written")
                }
                try StoreError.parsing("blocks", hash.hexadecimal, try matrix.check(header, level: level, first: first))
                if level > 0 {
                    let below = MatrixDescriptor.blocks(below: level - 1)
                    let children = try StoreError.parsing("blocks", hash.hexadecimal, try header.children(in: block))
                    for (place, child) in children.enumerated().reversed() { waiting.append((child, level - 1, first + place * below)) }
                }
                entries.append(PackEntry(hash: hash, blockByteCount: block.byteCount, level: level))
                try writer.add(block: block)
                transaction.releasePages(of: block)
                progress(PackProgress(phase: .writing, bytes: writer.byteCount, totalBytes: max(total, writer.byteCount)))
            }
        }
    }
}

/// How far the writing or the taking in of a pack is.
public struct PackProgress: Sendable, Equatable {
    /// What is done.
    public enum Phase: Sendable {
        /// Bytes come over the network.
        case fetching
        /// Bytes go over the network.
        case sending
        /// The pack is read and checked; nothing of it is in the store.
        case checking
        /// Bytes are written.
        case writing
    }

    /// What is done now.
    public let phase: Phase
    /// Bytes of the pack that are done in this phase.
    public let bytes: Int
    /// Bytes that there will be, of an export about.
    public let totalBytes: Int

    package init(phase: Phase, bytes: Int, totalBytes: Int) {
        (self.phase, self.bytes, self.totalBytes) = (phase, bytes, totalBytes)
    }
}
