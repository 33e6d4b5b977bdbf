import LMDB
package import LikenessFormat

/// Checks what a pack holds beside its blocks, without writing anything: every hash, every bound, every record, and that its ids mean in the
/// store what they mean in the pack. What it has passed can be taken in without further questions.
package struct PackCheck {
    package let pack: PackFile
    package let manifest: Manifest
    /// The manifest as it was written.
    package let record: [UInt8]

    /// - Parameter progress: called with the bytes of the pack that were checked so far.
    /// - Complexity: O(bytes of the sections); one record and one chunk in memory, and at most some 40 MiB for finding ids that are there twice.
    package init(
        _ pack: PackFile, for store: StoreReader, in transaction: borrowing Reading, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) {
        let (manifest, record) = try PackCheck.checkRecords(pack, progress: progress)
        for kind in RowKind.allCases { try PackedIds(pack, kind, store).check(in: transaction) }
        (self.pack, self.manifest, self.record) = (pack, manifest, record)
    }

    /// The part of the check that needs no store.
    package static func checkRecords(
        _ pack: PackFile, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) -> (manifest: Manifest, record: [UInt8]) {
        var done = PackHeader.byteCount
        for kind in PackSectionKind.allCases where kind != .blocks {
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
        try checkOpinions(.likes, pack)
        try checkOpinions(.dislikes, pack)
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
        let groups = pack.header[.nameGroups]
        let perGroup = Int(PackScope.namesInGroup)
        let expected = pack.header.isPart ? (pack.header.lengths.items + perGroup - 1) / perGroup : 0
        guard groups.records == expected, groups.byteCount == 4 * expected else {
            throw pack.damaged(.nameGroups, "there are \(groups.records) of \(expected)")
        }
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
