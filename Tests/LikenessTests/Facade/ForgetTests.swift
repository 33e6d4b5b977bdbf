import Foundation
import LMDB
import LikenessFormat
import LikenessStore
import Testing

@testable import Likeness
@testable import LikenessModels

/// Users and items that are forgotten are gone from tables, versions and the file.
@Suite struct ForgetTests {
    private let folder: TemporaryFolder
    private let store: Store
    private let user = "unmistakable-user"
    private let item = "unmistakable-item"
    private let components = 12

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.plantedStore()
        try ingest((0..<12).map { "Item \(2 * $0)|i\(2 * $0)|\(user)" } + (0..<20).map { "Unmistakable Name|\(item)|u\(2 * $0)" })
        try ingest(["Unmistakable Name|\(item)|\(user)"])
        try store.ingestFeatures(from: folder.write("mid|type|value\n\(item)|tag|Even\n", to: "f.psv"))
        try store.ingestFeatures(from: folder.write("uid|type|value\n\(user)|country|fr\nu1|country|fr\n", to: "uf.psv"), of: .users)
    }

    private func ingest(_ rows: [String], takesBack: Bool = false) throws {
        var options = IngestOptions()
        options.takesBack = takesBack
        try store.ingestLikes(
            from: folder.write("modelname|mid|uid\n" + rows.map { $0 + "\n" }.joined(), to: "rows.psv"), options: options)
    }

    private func fitAll() throws {
        var als = LeastSquaresFitOptions()
        als.settings.components = components
        (als.minimumUserLikes, als.minimumItemLikes) = (1, 1)
        try store.fit(als)
        try ingest(["Item 31|i31|\(user)", "Item 33|i33|u1"])
        try #require(try store.fitPartial() != nil)
        var warp = FitOptions()
        warp.hyperparameters.components = components
        warp.hyperparameters.epochs = 3
        // Items and users with few likes wait outside of it.
        try ingest(["Rare|rare|\(user)", "Rare|rare|u3", "Unmistakable Name|\(item)|newcomer"])
        try store.fit(warp)
        try ingest(["Item 35|i35|\(user)", "Item 37|i37|u5"])
        try #require(try store.fitPartial() != nil)
    }

    private func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.path + "/store/data.mdb")) }

    private func row(_ kind: RowKind, _ id: String) throws -> UInt32 {
        try #require(
            try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                try Vocabulary(kind, in: store.tables).index(of: id, in: transaction)
            })
    }

    /// The bytes of a row in each version: its representation, and its embedding where there is one.
    private func rows(_ kind: RowKind, _ row: UInt32) throws -> [[UInt8]] {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var found: [[UInt8]] = []
            for manifest in try store.catalog.manifests(in: transaction) {
                let rows = try LayeredRows(kind, manifest, store, in: transaction)
                for layout in [
                    MatrixNames.representations(kind, components: components),
                    MatrixNames.parameters(kind, .embeddings, components: components),
                ] {
                    guard let vector = try rows.vector(Int(row), layout, in: transaction), vector.contains(where: { $0 != 0 }) else {
                        continue
                    }
                    var bytes: [UInt8] = []
                    for value in vector.prefix(6) { bytes.append(littleEndian: value.bitPattern) }
                    found.append(bytes)
                }
            }
            return found
        }
    }

    private func vectors(except gone: [RowKind: UInt32]) throws -> [[Float]] {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var found: [[Float]] = []
            for manifest in try store.catalog.manifests(in: transaction) {
                for kind in [RowKind.user, .item] {
                    let rows = try LayeredRows(kind, manifest, store, in: transaction)
                    for row in 0..<rows.count where UInt32(row) != gone[kind] {
                        guard try rows.isPresent(row, in: transaction) else { continue }
                        found.append(try rows.vector(row, MatrixNames.representations(kind, components: components), in: transaction) ?? [])
                    }
                }
            }
            return found
        }
    }

    @Test("Nothing of a forgotten user and item is left in tables, versions or the file, and all else is as it was")
    func everything() throws {
        try fitAll()
        for version in 1...4 { _ = try store.buildIndex(.items, of: VersionReference("v\(version)")) }
        _ = try store.annotate(VersionReference("v1"), note: "first")
        let gone: [RowKind: UInt32] = [.user: try row(.user, user), .item: try row(.item, item)]
        let secrets =
            [Array(user.utf8), Array(item.utf8), Array("Unmistakable Name".utf8)] + (try rows(.user, gone[.user]!))
            + (try rows(.item, gone[.item]!))
        #expect(secrets.count > 10)
        for secret in secrets { #expect(try bytes().range(of: Data(secret)) != nil, "\(secret)") }
        let (before, others) = (try store.statistics(), try vectors(except: gone))
        let hashes = try store.versions().map(\.rootHash)

        let preview = try store.forgetPreview(users: [user, "stranger"], items: [item])
        #expect(preview.users == 1 && preview.items == 1 && preview.unknown == ["stranger"] && preview.isDryRun)
        #expect(try store.statistics().likes == before.likes)
        let report = try store.forget(users: [user, "stranger"], items: [item])
        #expect(report.users == 1 && report.items == 1 && report.unknown == ["stranger"] && report.isFileClear && !report.isContinued)
        #expect(report.events == preview.events && report.versions == preview.versions && report.versions == [1, 2, 3, 4])
        #expect(report.events == 12 + 20 + 1 + 1 + 1 + 1 + 1 && report.indexes == 4)
        #expect(try store.verify().problems == [])
        for secret in secrets { #expect(try bytes().range(of: Data(secret)) == nil, "\(secret)") }
        #expect(try vectors(except: gone) == others)
        #expect(zip(hashes, try store.versions().map(\.rootHash)).allSatisfy { $0 != $1 })
        #expect(try store.summary(of: VersionReference("v1")).note == "first; 1 user and 1 item forgotten since")
        let after = try store.statistics()
        #expect(after.likes == before.likes - report.events && after.users == before.users && after.items == before.items)
        #expect(throws: QueryError.self) { try store.recommend(user: user) }
        for version in 1...4 {
            let found = try store.nearest(.items, to: "item:i0", k: 100, version: VersionReference("v\(version)"))
            #expect(found.results.count > 30 && !found.results.contains { $0.id.contains("forgotten") || $0.id == item })
        }
        // A copy and a pack hold nothing of it either.
        _ = try store.exportVersion(VersionReference("v2"), to: folder.path + "/v2.pack")
        let pack = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/v2.pack"))
        for secret in secrets { #expect(pack.range(of: Data(secret)) == nil) }
    }

    @Test("After a forget likes come in, versions are continued and fitted, and the id is a new one")
    func afterwards() throws {
        try fitAll()
        try store.forget(users: [user], items: [item])
        let nothing = try store.forget()
        #expect(nothing.users == 0 && nothing.events == 0 && nothing.versions == [] && nothing.isFileClear)
        try ingest(["Item 1|i1|\(user)", "Item 39|i39|u1"])
        #expect(try row(.user, user) > 61)
        for reference in ["v2", "v4"] {
            var options = FitPartialOptions()
            options.parent = VersionReference(reference)
            let report = try #require(try store.fitPartial(options))
            #expect(report.newUsers == 1 && report.trainedLikes >= 2)
        }
        let report = try store.fit(LeastSquaresFitOptions())
        #expect(report.likes > 600)
        #expect(try store.verify().problems == [])
        #expect(try store.forget(users: [user]).events == 1)
        #expect(try store.verify().problems == [])
        let odd = try folder.write("mid|uid\n\u{1}forgotten 3|u1\n", to: "odd.psv")
        #expect(try store.ingestLikes(from: odd).rejected == 1)
    }

    @Test("A fit that has read what is forgotten meanwhile publishes nothing")
    func fitUnderWay() throws {
        var options = FitOptions()
        options.hyperparameters.components = components
        options.hyperparameters.epochs = 2
        var isForgotten = false
        let store = store
        do {
            _ = try store.fit(options) { progress in
                if case .publishing = progress, !isForgotten {
                    isForgotten = true
                    do { _ = try store.forget(users: [user]) } catch { Issue.record(error) }
                }
                return true
            }
            Issue.record("it was published")
        } catch {
            #expect("\(error)".contains("forgotten while this version was made"), "\(error)")
        }
        #expect(isForgotten)
        #expect(try store.versions().isEmpty)
        try store.fit(options)
        #expect(try store.verify().problems == [])
    }

    @Test("An ingest that is under way when something is forgotten ends, and so does no row of the forgotten come back")
    func ingestUnderWay() throws {
        var options = IngestOptions()
        options.batchRows = 2
        let rows = "mid|uid\ni1|\(user)\ni3|\(user)\ni5|\(user)\ni7|\(user)\ni9|\(user)\n"
        let path = try folder.write(rows, to: "more.psv")
        var isForgotten = false
        let store = store
        #expect(throws: IngestError.self) {
            try store.ingestLikes(from: path, options: options) { progress in
                if progress.durableRows >= 2, !isForgotten {
                    isForgotten = true
                    do { _ = try store.forget(users: [user]) } catch { Issue.record(error) }
                }
                return true
            }
        }
        #expect(isForgotten)
        #expect(try store.verify().problems == [])
    }

    @Test("A remote from before a forget is refused with what to do, and a new one holds nothing of it")
    func remotes() throws {
        try fitAll()
        _ = try store.publish(to: folder.path + "/remote")
        try store.forget(users: [user])
        #expect(throws: ReplicationError.self) { try store.publish(to: folder.path + "/remote") }
        #expect(try store.publish(to: folder.path + "/other").isMoved)
        #expect(try Replica.pull(folder.path + "/other", into: folder.path + "/replica").packs == 1)
        let copy = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/replica/data.mdb"))
        #expect(copy.range(of: Data(user.utf8)) == nil)
    }
}
