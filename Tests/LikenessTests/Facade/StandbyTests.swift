import Foundation
import LMDB
import LikenessFormat
import LikenessStore
import ObjectStorage
import RandomNumbers
import RemoteServer
import Synchronization
import Testing

@testable import Likeness
@testable import LikenessReplication

/// Standbys, which hold everything and can take the primary's place, and publishers that are refused.
final class StandbyTests: RemoteFixture {
    private static let s3 = "s3://models/standby"
    private var remote: String { path("remote") }

    /// Likes with weights and times, dislikes, likes that turn or are taken back, and features of items and users.
    private func stir(_ random: inout SplitMix64, _ round: Int) throws {
        func rows(_ count: Int) -> [String] { (0..<count).map { _ in "i\(random.below(44))|u\(random.below(64))" } }
        switch random.below(6) {
        case 0:
            var options = IngestOptions()
            options.kind = .dislike
            try primary.ingestLikes(
                from: folder.write("mid|uid\n" + rows(5).joined(separator: "\n") + "\n", to: "rows.psv"), options: options)
        case 1:
            var columns = LikesColumns()
            (columns.weight, columns.time) = ("C", "t")
            let lines = rows(7).map { "\($0)|\(1 + random.below(4))|\(1_600_000_000 + random.below(1_000))" }
            try primary.ingestLikes(
                from: folder.write("mid|uid|C|t\n" + lines.joined(separator: "\n") + "\n", to: "rows.psv"), columns: columns)
        case 2:
            var options = IngestOptions()
            options.takesBack = true
            try primary.ingestLikes(
                from: folder.write("mid|uid\n" + rows(12).joined(separator: "\n") + "\n", to: "rows.psv"), options: options)
        case 3:
            try primary.ingestFeatures(
                from: folder.write("mid|type|value\ni\(random.below(44))|tag|new\(round)\ni1|tag|shared\n", to: "feats.psv"))
        default: try grow(round)
        }
    }

    /// All that a primary needs, as lines of a dump.
    private func state(_ store: StoreReader) throws -> [String] {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var lines: [String] = []
            let events = try LikesLog(store.tables).events(in: transaction)
            for row in 0..<events.count {
                let (weight, time) = (events.weights?[row] ?? 1, events.times?[row] ?? LikeColumns.noTime)
                lines.append("\(row) \(events.users[row]) \(events.items[row]) \(weight) \(time) \(events.kinds?[row] ?? 0)")
            }
            lines.append("\(try LikesIndex(store.tables).counts(in: transaction))")
            for table in [store.tables.likesByUser, store.tables.dislikesByUser, store.tables.itemDetails, store.tables.itemFeatures]
                + [store.tables.userFeatures] + RowKind.allCases.compactMap({ store.tables.vocabularies[$0]?.ids })
            {
                var cursor = try transaction.cursor(in: table)
                var isThere = try cursor.move(to: .first)
                while isThere {
                    lines.append("\(table.name) \(cursor.key.copied) \(cursor.value.copied)")
                    isThere = try cursor.move(to: .next)
                }
            }
            return lines
        }
    }

    private func expectWhole(_ standby: String, _ comment: Comment? = nil) throws {
        #expect(try state(Replica.open(at: path(standby))) == state(primary), comment)
        try expectSame(standby, comment)
    }

    @Test func `A standby holds the log, the lists, names and features that the primary has, whatever happens there`() throws {
        var random = SplitMix64(seed: 3)
        try primary.publish(to: remote, holding: .everything)
        for round in 0..<14 {
            try stir(&random, round)
            if round % 2 == 1 { try grow(100 + round) }
            try primary.publish(to: remote)
            try Replica.pull(remote, into: path("a"), options(holding: .everything))
            if round % 2 == 1 { try expectWhole("a", "round \(round)") }
            if round == 9 {
                var policy = RetentionPolicy()
                (policy.last, policy.moves) = (2, 0)
                #expect(try primary.pruneRemote(remote, policy).isPackedAnew)
            }
        }
        for name in ["late", "a"] {
            try Replica.pull(remote, into: path(name), options(holding: .everything))
            try expectWhole(name, "\(name)")
        }
        // Others hold from the same remote what queries need.
        try Replica.pull(remote, into: path("query"), options)
        let query = try Replica.open(at: path("query"))
        #expect(try query.statistics().lastSequence == 0 && query.contents() == .queries)
        #expect(try query.recommend(user: "u3") == primary.recommend(user: "u3"))
        #expect(try Replica.verify(remote).isSound)
    }

    @Test func `A standby that is promoted goes on, replicas follow it, and the former primary is refused`() throws {
        for (number, remote) in [remote, Self.s3].enumerated() {
            func name(_ text: String) -> String { path("\(text)\(number)") }
            // Each time from a store of its own.
            try primary.backUp(to: name("old"))
            let old = try Store.open(at: name("old"))
            try old.publish(to: remote, holding: .everything, access: access)
            for text in ["standby", "other"] { try Replica.pull(remote, into: name(text), options(holding: .everything)) }
            try Replica.pull(remote, into: name("replica"), options)
            try grow(1, old)
            try old.publish(to: remote, access: access)
            let behind = #expect(throws: ReplicationError.self) { try Replica.promote(name("standby"), access: access) }
            #expect(behind == .standbyIsBehind(path: name("standby"), remote: try Remotes.open(remote, access, spool: nil).name))
            #expect(
                throws: ReplicationError.noStandby(path: name("replica"), remote: try Replica.record(of: name("replica"))?.remote ?? "")
            ) {
                try Replica.promote(name("replica"), access: access)
            }
            for text in ["standby", "other"] { try Replica.pull(remote, into: name(text), options(holding: .everything)) }
            // The former primary goes on for a while, and nobody sees it.
            try grow(2, old)
            let promoted = try Replica.promote(name("standby"), access: access)
            #expect(promoted.epoch == 2 && promoted.aliases.mapValues(\.rawValue) == ["production": 2])
            let store = try Store.open(at: name("standby"))
            #expect(!store.isReplica && store.header.identity == old.header.identity)
            #expect(try store.verify().isSound)
            let refused = #expect(throws: ReplicationError.self) { try old.publish(to: remote, access: access) }
            guard case .takenOver(_, let who, _, 2, 1)? = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            #expect(who.hasSuffix("/standby\(number)"))
            #expect(throws: ReplicationError.self) { try old.pruneRemote(remote, access: access) }
            let second = #expect(throws: ReplicationError.self) { try Replica.promote(name("other"), access: access) }
            #expect(second?.description.contains("has taken over") == true)
            // The new primary makes versions of its own, under numbers that nobody has seen.
            for round in 3..<6 {
                try grow(round, store)
                try store.publish(to: remote, access: access)
                for text in ["replica", "other"] {
                    try Replica.pull(remote, into: name(text), options)
                    let replica = try Replica.open(at: name(text))
                    #expect(try replica.nearest(.items, to: "item:i3") == store.nearest(.items, to: "item:i3"), "round \(round)")
                    #expect(try replica.recommend(user: "u3") == store.recommend(user: "u3"), "round \(round)")
                    #expect(try replica.verify().isSound)
                }
            }
            try store.rollBack()
            #expect(try store.publish(to: remote, access: access).pack == nil)
            #expect(try Replica.pull(remote, into: name("replica"), options).moves.first?.kind == .rollback)
            // And again: the other standby takes over from the first.
            try Replica.pull(remote, into: name("other"), options)
            #expect(try state(Replica.open(at: name("other"))) == state(store))
            #expect(try Replica.promote(name("other"), access: access).epoch == 3)
            #expect(throws: ReplicationError.self) { try store.publish(to: remote, access: access) }
            let third = try Store.open(at: name("other"))
            try grow(7, third)
            try third.publish(to: remote, access: access)
            try Replica.pull(remote, into: name("replica"), options)
            #expect(try Replica.open(at: name("replica")).nearest(.items, to: "item:i3") == third.nearest(.items, to: "item:i3"))
            #expect(try Replica.verify(remote, access: access).isSound)
            #expect(try Replica.status(of: name("replica"), access: access).epoch == 3)
        }
    }

    @Test func `What a publication that was cut off has left reaches a standby, and the next publisher goes on from it`() throws {
        try primary.publish(to: Self.s3, holding: .everything, access: access)
        try Replica.pull(Self.s3, into: path("standby"), options(holding: .everything))
        try grow(1)
        bucket.fail { $0.method == "PUT" && $0.path.hasSuffix(".pointer") ? .status(403, code: "AccessDenied") : nil }
        #expect(throws: ReplicationError.self) { try self.primary.publish(to: Self.s3, access: self.access) }
        bucket.fail { _ in nil }
        #expect(throws: ReplicationError.self) { try Replica.promote(self.path("standby"), access: self.access) }
        #expect(try Replica.pull(Self.s3, into: path("standby"), options).packs == 1)
        #expect(try state(Replica.open(at: path("standby"))) == state(primary))
        #expect(try Replica.pull(Self.s3, into: path("standby"), options).packs == 0)
        try Replica.promote(path("standby"), access: access)
        let store = try Store.open(at: path("standby"))
        // The version that was on its way has a number of its own.
        try grow(2, store)
        #expect(try store.summary(of: .current).version == 3)
        try store.publish(to: Self.s3, access: access)
        try Replica.pull(Self.s3, into: path("replica"), options)
        #expect(try Replica.open(at: path("replica")).nearest(.items, to: "item:i3") == store.nearest(.items, to: "item:i3"))
        #expect(try Replica.verify(Self.s3, access: access).isSound)
    }

    /// What a standby does not read of a pack, such as lists that follow from the log, may be anything.
    @Test func `A standby refuses flipped bits of every section that it reads, and takes in nothing else than what was published`() throws {
        try primary.publish(to: remote, holding: .everything)
        try Replica.pull(remote, into: path("before"), options(holding: .everything))
        try grow(1)
        try primary.publish(to: remote)
        let pack = "\(remote)/packs/\(try #require(try FolderRemote(remote).pointer("production")).pack.hexadecimal).pack"
        let whole = try Data(contentsOf: URL(fileURLWithPath: pack))
        var random = SplitMix64(seed: 9)
        let header = try PackFile(pack).header
        let isLong = ProcessInfo.processInfo.environment["LIKENESS_HOSTILE"] != nil
        for round in 0..<(isLong ? 400 : 60) {
            // Small sections as often as large ones.
            let section = header.sections[round % header.sections.count]
            let range = section.byteCount == 0 ? 0..<PackHeader.byteCount : section.offset..<section.offset + section.byteCount
            var changed = whole
            changed[range.lowerBound + random.below(range.count)] ^= UInt8(1 << random.below(8))
            try changed.write(to: URL(fileURLWithPath: pack))
            let copy = path("copy\(round)")
            try FileManager.default.copyItem(atPath: path("before"), toPath: copy)
            let isRead = ![.likes, .dislikes, .itemFeatureGroups, .userFeatureGroups].contains(section.kind) || section.byteCount == 0
            let isTaken = (try? Replica.pull(remote, into: copy, options)) != nil
            #expect(!isTaken || !isRead, "round \(round): \(section.kind)")
            try whole.write(to: URL(fileURLWithPath: pack))
            try Replica.pull(remote, into: copy, options)
            try expectWhole("copy\(round)", "round \(round): \(section.kind)")
            try FileManager.default.removeItem(atPath: copy)
        }
    }

    @Test func `Of two copies of a store that publish to one remote, one is refused with words, at once or later`() throws {
        for (number, remote) in [remote, Self.s3].enumerated() {
            try primary.publish(to: remote, access: access)
            try primary.backUp(to: path("copy\(number)"))
            let copy = try Store.open(at: path("copy\(number)"))
            // Both go on, and both under another alias than the other.
            try grow(1 + 10 * number)
            try grow(2 + 10 * number, copy)
            try copy.promote(.current, to: "beta")
            try primary.publish(to: remote, access: access)
            let error = #expect(throws: ReplicationError.self) { try copy.publish(to: remote, alias: "beta", access: self.access) }
            #expect(error?.description.contains("another copy of this store has published") == true, "\(String(describing: error))")
            #expect(try Replica.verify(remote, access: access).isSound)
        }
        // At once: while one sends its pack, the other publishes.
        try primary.promote(.current, to: "gamma")
        try primary.publish(to: Self.s3, alias: "gamma", access: access)
        try primary.backUp(to: path("twin"))
        let twin = try Store.open(at: path("twin"))
        try grow(31)
        try grow(32, twin)
        try twin.promote(.current, to: "delta")
        let access = access
        let isFirst = Mutex(true)
        bucket.fail { request in
            let isNow =
                request.method == "PUT" && request.path.hasSuffix(".pack")
                && isFirst.withLock { first in
                    defer { first = false }
                    return first
                }
            if isNow { try? twin.publish(to: Self.s3, alias: "delta", access: access) }
            return nil
        }
        let error = #expect(throws: ReplicationError.self) { try self.primary.publish(to: Self.s3, access: self.access) }
        #expect(error?.description.contains("written by another publisher meanwhile") == true, "\(String(describing: error))")
        bucket.fail { _ in nil }
        #expect(try Replica.verify(Self.s3, access: access).isSound)
        var options = self.options
        options.aliases = ["delta"]
        try Replica.pull(Self.s3, into: path("delta"), options)
        #expect(try Replica.open(at: path("delta")).verify().isSound)
    }

    @Test func `Replicas without likes answer, say so, and are refused what they cannot know`() throws {
        try primary.publish(to: path("bare"), holding: .withoutLikes)
        try primary.publish(to: remote)
        for (from, name) in [(path("bare"), "a"), (remote, "b")] {
            try Replica.pull(from, into: path(name), options(holding: .withoutLikes))
        }
        for round in 0..<3 {
            try grow(round)
            for remote in [path("bare"), remote] { try primary.publish(to: remote) }
            for (from, name) in [(path("bare"), "a"), (remote, "b")] {
                try Replica.pull(from, into: path(name), options)
                let store = try Replica.open(at: path(name))
                #expect(try store.nearest(.items, to: "item:i3") == primary.nearest(.items, to: "item:i3"))
                let all = try primary.recommend(user: "u3", includingLiked: true)
                let found = try store.recommend(user: "u3")
                #expect(found.results == all.results && found.includesLiked == true && all.includesLiked == nil)
                #expect(try store.recommend(user: "u3", includingLiked: true) == all)
                var filter = QueryFilter()
                filter.notLikedBy = "u3"
                let error = #expect(throws: QueryError.self) { try store.nearest(.items, to: "item:i3", filter: filter) }
                #expect(error?.description.contains("holds no likes") == true)
                #expect(try store.verify().isSound)
                let rows = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                    try transaction.statistics(of: store.tables.seenLikes).entries
                }
                #expect(rows == 0)
            }
        }
        // What was decided at the beginning stays.
        #expect(throws: ReplicationError.otherContents(remote: path("bare"), found: .withoutLikes, wanted: .everything)) {
            try self.primary.publish(to: self.path("bare"), holding: .everything)
        }
        #expect(throws: ReplicationError.otherContents(remote: remote, found: .queries, wanted: .everything)) {
            try Replica.pull(self.remote, into: self.path("c"), self.options(holding: .everything))
        }
        #expect(throws: ReplicationError.otherReplica(path: path("b"), found: .withoutLikes, wanted: .queries)) {
            try Replica.pull(self.remote, into: self.path("b"), self.options(holding: .queries))
        }
        var policy = RetentionPolicy()
        (policy.last, policy.moves) = (1, 0)
        #expect(try primary.pruneRemote(path("bare"), policy).isPackedAnew)
        try Replica.pull(path("bare"), into: path("fresh"), options)
        #expect(try Replica.open(at: path("fresh")).contents() == .withoutLikes)
    }

    @Test func `What is forgotten reaches a standby by a new remote, and the old one takes no more`() throws {
        try primary.publish(to: remote, holding: .everything)
        try Replica.pull(remote, into: path("a"), options(holding: .everything))
        try primary.forget(users: ["u1"])
        try grow(1)
        let refused = #expect(throws: ReplicationError.self) { try self.primary.publish(to: self.remote) }
        #expect(refused == .forgotten(remote: remote))
        try primary.publish(to: path("new"), holding: .everything)
        #expect(throws: ReplicationError.self) {
            try Replica.pull(self.path("new"), into: self.path("a"), self.options(holding: .everything))
        }
        try Replica.pull(path("new"), into: path("b"), options(holding: .everything))
        try expectWhole("b")
        try Replica.promote(path("b"))
        let store = try Store.open(at: path("b"))
        let (here, there) = try (forgotten(store), forgotten(primary))
        #expect(here != nil && here == there)
        try grow(2, store)
        #expect(try store.publish(to: path("new")).isMoved)
    }

    private func forgotten(_ store: StoreReader) throws -> SequenceNumber? {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try Forgotten.read(store.tables, in: transaction)?.sequence
        }
    }
}
