import LMDB
package import LikenessFormat

/// Checks what a pack holds beside its blocks, without writing anything: every hash, every bound, every record, and that its ids mean in the
/// store what they mean in the pack. What it has passed can be taken in without further questions.
package struct PackCheck {
    package let pack: PackFile
    package let manifest: Manifest
    /// The manifest as it was written.
    package let record: [UInt8]
    /// The ids that the store lacks, of vocabularies that are small enough to be kept.
    let ids: [RowKind: CheckedIds]

    /// - Parameters:
    ///   - kinds: the sections that are checked, and can be taken in.
    ///   - progress: called with the bytes of the pack that were checked so far.
    /// - Complexity: O(bytes of the sections); one record and one chunk in memory, and at most some 40 MiB for finding ids that are there twice;
    ///   sections of 32 MiB and ids of 24 MiB a vocabulary are kept for the intake.
    package init(
        _ pack: PackFile, _ kinds: Set<PackSectionKind> = Set(PackSectionKind.allCases), for store: StoreReader,
        in transaction: borrowing Reading, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) {
        let (manifest, record) = try PackCheck.checkRecords(pack, kinds, progress: progress)
        var ids: [RowKind: CheckedIds] = [:]
        for kind in RowKind.allCases { ids[kind] = try PackedIds(pack, kind, store).check(in: transaction) }
        (self.pack, self.manifest, self.record, self.ids) = (pack, manifest, record, ids)
    }

    /// The part of the check that needs no store.
    package static func checkRecords(
        _ pack: PackFile, _ kinds: Set<PackSectionKind> = Set(PackSectionKind.allCases), progress: (Int) -> Void = { _ in }
    ) throws(StoreError) -> (manifest: Manifest, record: [UInt8]) {
        var done = PackHeader.byteCount
        for kind in PackSectionKind.allCases where kind != .blocks && kinds.contains(kind) {
            try pack.check(kind)
            done += pack.header[kind].byteCount
            progress(done)
        }
        let (manifest, record) = try pack.manifest()
        for kind in RowKind.allCases {
            let (length, known) = (manifest.vocabularies[kind], pack.header.lengths[kind])
            guard length == known || pack.header.isPart && length <= known else {
                throw pack.damaged(.manifest, "it has \(length) \(PackSectionKind(vocabulary: kind)), and the pack \(known)")
            }
        }
        try checkNames(pack)
        for kind in [PackSectionKind.likes, .dislikes] where kinds.contains(kind) { try checkOpinions(kind, pack) }
        if kinds.contains(.events) { try checkEvents(pack) }
        for (kind, lists) in [(RowKind.item, PackSectionKind.itemFeatureLists), (.user, .userFeatureLists)] where kinds.contains(lists) {
            try checkFeatures(of: kind, lists, pack)
        }
        let groups: [(kind: PackSectionKind, rows: Int, isThere: Bool)] = [
            (.nameGroups, pack.header.lengths.items, pack.header.isPart),
            (.itemFeatureGroups, pack.header.lengths.items, pack.header.isForStandbys),
            (.userFeatureGroups, pack.header.lengths.users, pack.header.isForStandbys),
        ]
        for (kind, rows, isThere) in groups {
            let (section, expected) = (pack.header[kind], isThere ? PackScope.groupCount(rows) : 0)
            guard section.records == expected, section.byteCount == 4 * expected else {
                throw pack.damaged(kind, "there are \(section.records) of \(expected)")
            }
        }
        return (manifest, record)
    }

    private static func checkNames(_ pack: PackFile) throws(StoreError) {
        var reader = PackSectionReader(pack, .names)
        var count = 0
        let items = pack.header.lengths.items
        func check(_ item: UInt32, _ record: RawSpan) throws(StoreError) {
            do throws(Damage) {
                _ = try ItemDetails(record, item: item)
                guard Int(item) < items else { throw Damage("there are \(items) items") }
            } catch {
                throw .pack(.damaged(path: pack.path, place: "name of item \(item)", reason: error.reason))
            }
        }
        while try reader.next(limit: pack.header[.names].byteCount, check) != nil { count += 1 }
        guard count == pack.header[.names].records else { throw pack.damaged(.names, "there are \(count)") }
    }

    /// Chunks follow each other without gaps, and end with the event that the header names.
    private static func checkEvents(_ pack: PackFile) throws(StoreError) {
        let header = pack.header
        var reader = PackSectionReader(pack, .events)
        var count = 0
        var next: UInt64?
        func check(_ number: UInt32, _ chunk: RawSpan) throws(StoreError) {
            let (found, _) = try events(in: chunk, of: pack)
            guard Int(number) == count, next == nil || next == found.first.rawValue else {
                throw pack.damaged(.events, "event \(next ?? 0) is missing")
            }
            next = found.last.rawValue + 1
            count += 1
        }
        while try reader.next(limit: LogChunk.byteLimit, check) != nil {}
        guard count == header[.events].records, next ?? header.sequence.rawValue + 1 == header.sequence.rawValue + 1,
            count == 0 || header.isForStandbys
        else { throw pack.damaged(.events, "they do not end with event \(header.sequence.rawValue)") }
    }

    /// The events in a chunk of a pack.
    static func events(in chunk: RawSpan, of pack: PackFile) throws(StoreError) -> (header: LogChunk.Header, columns: LikeColumns) {
        let lengths = pack.header.lengths
        do throws(Damage) {
            let header = try LogChunk.header(chunk)
            return (header, try LogChunk.columns(chunk, header, users: UInt32(lengths.users), items: UInt32(lengths.items)))
        } catch {
            throw pack.damaged(.events, error.reason)
        }
    }

    private static func checkFeatures(of kind: RowKind, _ section: PackSectionKind, _ pack: PackFile) throws(StoreError) {
        let (rows, labels) = (pack.header.lengths[kind], UInt32(pack.header.lengths.features(of: kind)))
        var reader = PackSectionReader(pack, section)
        var count = 0
        func check(_ row: UInt32, _ record: RawSpan) throws(StoreError) {
            do throws(Damage) {
                guard Int(row) < rows else { throw Damage("\(kind) \(row) has features, and there are \(rows)") }
                _ = try FeatureList.parse(record, entity: row, below: labels)
            } catch {
                throw pack.damaged(section, error.reason)
            }
        }
        while try reader.next(limit: 8 * Int(labels) + 4, check) != nil { count += 1 }
        guard count == pack.header[section].records else { throw pack.damaged(section, "there are \(count)") }
    }

    private static func checkOpinions(_ kind: PackSectionKind, _ pack: PackFile) throws(StoreError) {
        let lengths = pack.header.lengths
        var reader = PackSectionReader(pack, kind)
        var count = 0
        var list: [UInt32] = []
        func check(_ user: UInt32, _ items: RawSpan) throws(StoreError) {
            do throws(Damage) {
                guard Int(user) < lengths.users else { throw Damage("there are \(lengths.users) users") }
                if pack.header.isPart, items.isEmpty { return }
                try IndexList.parse(items, below: UInt32(lengths.items), into: &list)
            } catch {
                throw .pack(.damaged(path: pack.path, place: "\(kind) of user \(user)", reason: error.reason))
            }
        }
        while try reader.next(limit: 4 * lengths.items, check) != nil { count += 1 }
        guard count == pack.header[kind].records else { throw pack.damaged(kind, "there are \(count) records") }
    }
}
