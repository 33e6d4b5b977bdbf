import Foundation
import LMDB
import LikenessFormat
import LikenessStore
import Testing

@testable import Likeness
@testable import LikenessReplication

/// A primary, a remote and its replicas, in one process.
@Suite struct ReplicaTests {
    private let folder: TemporaryFolder
    private let primary: Store

    init() throws {
        folder = try TemporaryFolder()
        primary = try folder.plantedStore()
        var options = LeastSquaresFitOptions()
        options.settings.components = 8
        (options.minimumUserLikes, options.minimumItemLikes) = (1, 1)
        try primary.fit(options)
    }

    private var remote: String { folder.path + "/remote" }

    private func path(_ name: String) -> String { folder.path + "/" + name }

    private func ingest(_ rows: [String], named name: String = "Item") throws {
        try primary.ingestLikes(
            from: folder.write("modelname|mid|uid\n" + rows.map { "\(name)|\($0)\n" }.joined(), to: "rows.psv"))
    }

    /// A few likes of old and new users and items.
    private func grow(_ round: Int) throws {
        try ingest((0..<6).map { "i\((round * 5 + $0) % 40)|u\((round + 7 * $0) % 60)" } + ["new\(round)|u\(round)", "i1|v\(round)"])
        #expect(try primary.fitPartial() != nil)
    }

    /// Everything that queries say.
    private func answers(_ store: StoreReader) throws -> [[Neighbor]] {
        var answers = [
            try store.nearest(.items, to: "item:i3").results, try store.nearest(.items, to: "tag:even").results,
            try store.nearest(.tags, to: "item:i3").results, try store.nearest(.users, to: "user:u4").results,
        ]
        for user in ["u0", "u1", "u7", "u12"] { answers.append(try store.recommend(user: user).results) }
        _ = try store.recommendAll { _, items in answers.append(items) }
        return answers
    }

    private func expectSame(_ replica: String, _ comment: Comment? = nil) throws {
        let store = try Replica.open(at: path(replica))
        #expect(try answers(store) == answers(primary), comment)
        #expect(try store.summary(of: .current).rootHash == primary.summary(of: .current).rootHash, comment)
        let report = try store.verify()
        #expect(report.isSound && report.orphans == 0, "\(report)")
    }

    @Test func `Replicas follow full fits, continuations and rollbacks, and answer as the primary does`() throws {
        let first = try primary.publish(to: remote)
        #expect(first.isMoved && first.pack != nil && first.blocks > 0)
        #expect(try !primary.publish(to: remote).isMoved)
        let pulled = try Replica.pull(remote, into: path("a"))
        #expect(pulled.versions == [Version(rawValue: 1)] && pulled.packs == 1)
        try expectSame("a")
        #expect(try Replica.pull(remote, into: path("a")).isUpToDate)
        for round in 0..<6 {
            try grow(round)
            let before = try primary.verify().bytes
            let published = try primary.publish(to: remote)
            #expect(published.isMoved && published.bytes < first.bytes, "\(published) of \(before)")
            let report = try Replica.pull(remote, into: path("a"))
            #expect(report.packs == 1 && report.versions.count == 1)
            try expectSame("a", "round \(round)")
        }
        // One that comes later takes only the blocks of the version that counts.
        let late = try Replica.pull(remote, into: path("b"))
        #expect(late.packs == 7 && late.versions == [Version(rawValue: 7)])
        try expectSame("b")
        try primary.rollBack()
        let rolled = try primary.publish(to: remote)
        #expect(rolled.pack == nil && rolled.bytes == 0 && rolled.version.rawValue == 6)
        let back = try Replica.pull(remote, into: path("a"))
        #expect(back.versions == [] && back.packs == 0 && back.bytesWritten == 0)
        #expect(back.moves == [.init(alias: "production", from: Version(rawValue: 7), to: Version(rawValue: 6), kind: .rollback)])
        // The other one never had that version: it finds its blocks in the packs.
        #expect(try Replica.pull(remote, into: path("b")).versions == [Version(rawValue: 6)])
        #expect(try Replica.verify(remote).isSound)
        for replica in ["a", "b"] {
            let store = try Replica.open(at: path(replica))
            #expect(try store.nearest(.items, to: "item:i3") == primary.nearest(.items, to: "item:i3"))
            #expect(try store.recommend(user: "u3") == primary.recommend(user: "u3"))
        }
        try grow(9)
        try primary.publish(to: remote)
        for replica in ["a", "b"] {
            try Replica.pull(remote, into: path(replica))
            try expectSame(replica)
        }
    }

    @Test func `Names that change, users who come and likes that turn reach the replica`() throws {
        try primary.publish(to: remote)
        try Replica.pull(remote, into: path("a"))
        try ingest(["i0|u0", "i2|u0"], named: "Renamed")
        try grow(1)
        try primary.publish(to: remote)
        try Replica.pull(remote, into: path("a"))
        let replica = try Replica.open(at: path("a"))
        let (here, there) = (try primary.nearest(.items, to: "item:i4", k: 40), try replica.nearest(.items, to: "item:i4", k: 40))
        #expect(here == there && here.results.contains { $0.name == "Renamed" })
        var options = IngestOptions()
        options.kind = .dislike
        try primary.ingestLikes(from: folder.write("mid|uid\ni0|u0\n", to: "dislikes.psv"), options: options)
        try ingest(["i8|late"])
        try grow(2)
        try primary.publish(to: remote)
        try Replica.pull(remote, into: path("a"))
        try expectSame("a")
        #expect(try replica.recommend(user: "late") == primary.recommend(user: "late"))
        let seen = SeenItems(replica.tables)
        try replica.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let user = try Vocabulary(.user, in: replica.tables).index(of: "u0", in: transaction)
            #expect(try seen.items(dislikedBy: user ?? .max, in: transaction).count == 1)
            #expect(
                try !seen.items(likedBy: user ?? .max, in: transaction).contains(seen.items(dislikedBy: user ?? .max, in: transaction)[0]))
        }
    }

    @Test func `A continuation moves little more than the blocks that it wrote`() throws {
        try primary.publish(to: remote)
        try ingest((0..<6).map { "i\($0)|u\($0 + 20)" })
        let report = try #require(try primary.fitPartial())
        let published = try primary.publish(to: remote)
        #expect(published.bytes <= report.bytesWritten * 11 / 10 + 8_192, "\(published.bytes) for \(report.bytesWritten)")
    }

    @Test func `A replica refuses what would change it, by name`() throws {
        try primary.publish(to: remote)
        try Replica.pull(remote, into: path("a"))
        let error = #expect(throws: StoreError.self) { try Store.open(at: path("a")) }
        guard case .replica(_, remote, let place)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(place.hasSuffix("/store"))
        let reader = try Replica.open(at: path("a"))
        let statistics = try reader.statistics()
        #expect(reader.isReplica && statistics.replicaOf == remote)
        // Everything that changes a store is a method of `Store`, which a replica does not open as.
        #expect(throws: ReplicationError.self) { try reader.publish(to: folder.path + "/other") }
    }

    @Test func `Remotes and folders that do not belong together are refused`() throws {
        try primary.publish(to: remote)
        let other = try Store.create(at: path("other"))
        try other.ingestLikes(from: folder.path + "/likes.psv")
        try other.fit(LeastSquaresFitOptions())
        #expect(throws: ReplicationError.self) { try other.publish(to: remote) }
        #expect(throws: ReplicationError.notAReplica(path: path("other"))) { try Replica.pull(remote, into: path("other")) }
        #expect(throws: ReplicationError.noRemote(remote: path("nowhere"))) { try Replica.pull(path("nowhere"), into: path("a")) }
        #expect(throws: ReplicationError.noAlias("staging", remote: remote, others: ["production"])) {
            var options = Replica.Options()
            options.aliases = ["staging"]
            try Replica.pull(remote, into: path("a"), options)
        }
        #expect(throws: ReplicationError.unsupported(remote: "ftp://host/models")) { try primary.publish(to: "ftp://host/models") }
        try Replica.pull(remote, into: path("a"))
        try other.publish(to: path("second"))
        #expect(throws: ReplicationError.self) { try Replica.pull(path("second"), into: path("a")) }
        try expectSame("a")
    }

    @Test func `A remote that goes back in time is refused unless that is allowed`() throws {
        try primary.publish(to: remote)
        try FileManager.default.copyItem(atPath: remote, toPath: path("old"))
        try grow(1)
        try primary.publish(to: remote)
        try Replica.pull(remote, into: path("a"))
        #expect(throws: ReplicationError.self) { try Replica.pull(path("old"), into: path("a")) }
        try expectSame("a")
        var options = Replica.Options()
        options.allowsRollbackOfRemote = true
        #expect(try Replica.pull(path("old"), into: path("a"), options).moves.map(\.to.rawValue) == [1])
        try Replica.pull(remote, into: path("a"))
        try expectSame("a")
        // An older copy of the primary does not publish over a newer one.
        try primary.backUp(to: path("backup"))
        try grow(2)
        try primary.publish(to: remote)
        #expect(throws: ReplicationError.self) { try Store.open(at: path("backup")).publish(to: remote) }
    }

    @Test func `Several aliases are followed, each by itself`() throws {
        try primary.promote(.version(Version(rawValue: 1)), to: "stable")
        for alias in ["production", "stable"] { try primary.publish(to: remote, alias: alias) }
        var options = Replica.Options()
        options.aliases = ["production", "stable"]
        #expect(try Replica.pull(remote, into: path("a"), options).moves.count == 2)
        try grow(1)
        try primary.publish(to: remote)
        let report = try Replica.pull(remote, into: path("a"), options)
        #expect(report.moves.map(\.alias) == ["production"])
        let status = try Replica.status(of: path("a"))
        #expect(status.aliases.map(\.version?.rawValue) == [2, 1] && status.packsBehind == 0 && status.lag == 0)
        try grow(2)
        try primary.publish(to: remote)
        let behind = try Replica.status(of: path("a"))
        #expect(behind.packsBehind == 1 && behind.aliases.map(\.isBehind) == [true, false] && behind.bytesBehind ?? 0 > 4_096)
        try FileManager.default.moveItem(atPath: remote, toPath: path("away"))
        #expect(try Replica.status(of: path("a")).problem?.contains("there is no remote") == true)
    }

    @Test func `A version that leaves a replica as a pack is still from the primary`() throws {
        try primary.publish(to: remote)
        try Replica.pull(remote, into: path("a"))
        try primary.exportVersion(.current, to: path("primary.pack"))
        try Replica.open(at: path("a")).exportVersion(.current, to: path("replica.pack"))
        let target = try Store.create(at: path("target"))
        let first = try target.importVersion(from: path("primary.pack"))
        let second = try target.importVersion(from: path("replica.pack"))
        #expect(first.origin == second.origin && second.bytesWritten < 20_000)
    }

    @Test func `Old versions go from the replica as the policy says`() throws {
        var options = Replica.Options()
        options.retention?.last = 1
        options.retention?.moves = 1
        for round in 0..<5 {
            if round > 0 { try grow(round) }
            try primary.publish(to: remote)
            try Replica.pull(remote, into: path("a"), options)
        }
        let replica = try Replica.open(at: path("a"))
        #expect(try replica.versions().map(\.version) == [4, 5])
        try expectSame("a")
    }
}
