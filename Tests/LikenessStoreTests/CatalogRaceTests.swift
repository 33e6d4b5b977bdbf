import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

@Suite struct CatalogRaceTests {
    @Test("Promoting and annotating never leave anything of a version that vanishes meanwhile")
    func versionVanishes() async throws {
        let temporary = try TemporaryStore()
        let (store, tables) = (temporary.store, temporary.store.tables)
        for _ in 0..<60 {
            let version = try temporary.publish([], alias: nil).manifest.version
            async let promoted = Result { try store.catalog.promote(.version(version), to: "staging", by: "me") }
            async let annotated = Result { try store.catalog.annotate(.version(version), note: "kept") }
            // What pruning does: in one transaction nothing of a version that no alias points at stays.
            try temporary.write { (transaction) throws(StoreError) in
                guard try store.catalog.alias(named: "staging", in: transaction)?.version != version else { return }
                try transaction.delete(version.rawValue, in: tables.versions)
                try transaction.delete(version.rawValue, in: tables.annotations)
            }
            _ = await (promoted, annotated)
            try temporary.read { (transaction) throws(StoreError) in
                if let alias = try store.catalog.alias(named: "staging", in: transaction) {
                    #expect(try store.catalog.manifest(of: alias.version, in: transaction) != nil)
                }
                if try store.catalog.note(of: version, in: transaction) != nil {
                    #expect(try store.catalog.manifest(of: version, in: transaction) != nil)
                }
            }
        }
    }

    @Test("A version that is there is never written over, and other fields of an item's details are kept")
    func nothingIsOverwritten() throws {
        let temporary = try TemporaryStore()
        let (store, tables) = (temporary.store, temporary.store.tables)
        try temporary.publish([])
        try temporary.write { (transaction) throws(StoreError) in
            try transaction.put(NextVersion(Version(rawValue: 1)).bytes, at: "next.version", in: tables.meta)
        }
        #expect { try temporary.publish([]) } throws: { "\($0)".contains("v1 is there already") }

        func ingest(_ name: String) throws {
            var writer = LikesWriter(store)
            Array("u".utf8).withUnsafeBytes { user in
                Array("i".utf8).withUnsafeBytes { item in
                    Array(name.utf8).withUnsafeBytes { writer.add(user: user, item: item, name: $0, weight: 1, time: nil) }
                }
            }
            _ = try writer.commit()
        }
        try ingest("before")
        try temporary.write { (transaction) throws(StoreError) in
            var details = try ItemDetails.read(0, in: transaction, tables)!
            details.set(9, [1, 2, 3])
            try transaction.put(details.bytes(item: 0), at: UInt32(0), in: tables.itemDetails)
        }
        try ingest("after")
        try temporary.read { (transaction) throws(StoreError) in
            let details = try ItemDetails.read(0, in: transaction, tables)
            #expect(details?.name == "after")
            #expect(details?.fields.last == ItemDetails.Field(tag: 9, bytes: [1, 2, 3]))
        }
    }
}
