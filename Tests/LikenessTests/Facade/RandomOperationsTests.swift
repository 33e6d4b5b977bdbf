import Foundation
import LMDB
import LikenessFormat
import LikenessStore
import RandomNumbers
import Testing

@testable import Likeness
@testable import LikenessModels

/// Random sequences of everything that changes a store, against plain dictionaries. `LIKENESS_OPERATIONS` makes each sequence longer.
@Suite struct RandomOperationsTests {
    private static let length = ProcessInfo.processInfo.environment["LIKENESS_OPERATIONS"].flatMap { Int($0) } ?? 2_500

    @Test("A store does what plain dictionaries do, operation by operation", arguments: [1, 2, 3, 4] as [UInt64])
    func sequence(seed: UInt64) throws {
        var run = try OperationRun(seed: seed)
        for step in 0..<Self.length {
            let name = try run.step()
            try run.checkCounts("step \(step), \(name)")
            if step % 100 == 99 { try run.checkAll("step \(step), \(name)") }
        }
        try run.checkAll("the end")
        // Every operation came up often enough to mean something.
        #expect(run.done.values.allSatisfy { $0 > Self.length / 250 } && run.done.count == 14, "\(run.done)")
    }
}

private struct OperationRun {
    private let folder: TemporaryFolder
    private var store: Store
    private var plain = PlainStore()
    private var random: SplitMix64
    private(set) var done: [String: Int] = [:]

    init(seed: UInt64) throws {
        folder = try TemporaryFolder()
        store = try Store.create(at: folder.path + "/store")
        random = SplitMix64(seed: seed)
    }

    /// Does something at random, to the store and to the plain one.
    mutating func step() throws -> String {
        let operations: [(String, Int, (inout OperationRun) throws -> Void)] = [
            ("ingest", 48, { try $0.ingest() }), ("take back", 5, { try $0.takeBack() }), ("forget", 1, { try $0.forget() }),
            ("promote", 9, { try $0.promote() }), ("roll back", 9, { try $0.rollBack() }),
            ("remove alias", 1, { try $0.removeAlias() }), ("annotate", 4, { try $0.annotate() }), ("fit", 2, { try $0.fit() }),
            ("fit by WARP", 1, { try $0.fitByWarp() }), ("continue", 10, { try $0.fitPartial() }), ("prune", 5, { try $0.prune() }),
            ("compact", 3, { try $0.compact() }), ("export and import", 2, { try $0.exportAndImport() }),
            ("open again", 2, { try $0.reopen() }),
        ]
        var draw = random.below(operations.reduce(0) { $0 + $1.1 })
        for (name, share, operation) in operations {
            draw -= share
            if draw < 0 {
                done[name, default: 0] += 1
                try operation(&self)
                return name
            }
        }
        return ""
    }

    private mutating func anyVersion() -> UInt64 {
        // One in ten is not there, or not any more.
        let known = plain.versions.keys.sorted()
        return known.isEmpty || random.below(10) == 0 ? UInt64(1 + random.below(Int(plain.newest) + 2)) : known[random.below(known.count)]
    }

    private mutating func anyAlias() -> String { ["production", "staging", "x"][random.below(3)] }

    private func reference(_ version: UInt64) -> VersionReference { .version(Version(rawValue: version)) }

    private mutating func ingest() throws {
        let isLike = random.below(8) != 0
        // The vocabularies grow as the run goes on.
        let (users, items) = (6 + plain.events.count / 40, 5 + plain.events.count / 60)
        var (text, accepted) = ("mid|uid\n", 0)
        for _ in 0..<1 + random.below(6) {
            let pair = PlainStore.Pair(user: "u\(random.below(users))", item: "i\(random.below(items))")
            text += "\(pair.item)|\(pair.user)\n"
            if plain.take(pair, isLike: isLike) { accepted += 1 }
        }
        var options = IngestOptions()
        options.kind = isLike ? .like : .dislike
        let report = try store.ingestLikes(from: folder.write(text, to: "likes.psv"), options: options)
        #expect(report.accepted == accepted)
    }

    private mutating func takeBack() throws {
        let (known, users, items) = (plain.opinions.keys.sorted { ($0.user, $0.item) < ($1.user, $1.item) }, plain.users, plain.items)
        if known.isEmpty { return }
        var (text, gone, rows) = ("mid|uid\n", 0, 1 + random.below(3))
        while rows > 0 {
            rows -= 1
            // One in three is of a pair that may have no opinion, or of ids that are not there.
            let pair =
                random.below(3) > 0
                ? known[random.below(known.count)]
                : PlainStore.Pair(user: "u\(random.below(users.count + 3))", item: "i\(random.below(items.count + 3))")
            text += "\(pair.item)|\(pair.user)\n"
            if plain.takeBack(pair) { gone += 1 }
        }
        var options = IngestOptions()
        options.takesBack = true
        #expect(try store.ingestLikes(from: folder.write(text, to: "unliked.psv"), options: options).takenBack == gone)
        #expect(plain.users.count == users.count && plain.items.count == items.count)
    }

    private mutating func forget() throws {
        let (users, items) = (plain.users.compactMap { $0 }, plain.items.compactMap { $0 })
        var (goneUsers, goneItems, unknown) = (Set<String>(), Set<String>(), [String]())
        for _ in 0..<1 + random.below(2) {
            switch random.below(5) {
            case 0: unknown = ["nobody"]
            case 1: if !items.isEmpty { goneItems.insert(items[random.below(items.count)]) }
            default: if !users.isEmpty { goneUsers.insert(users[random.below(users.count)]) }
            }
        }
        let preview = try store.forgetPreview(users: goneUsers.sorted() + unknown, items: goneItems.sorted())
        let report = try store.forget(users: goneUsers.sorted() + unknown, items: goneItems.sorted())
        #expect(report.users == goneUsers.count && report.items == goneItems.count && report.unknown == unknown)
        #expect(preview.events == report.events && preview.versions == report.versions)
        if goneUsers.isEmpty, goneItems.isEmpty { return }
        plain.forget(users: goneUsers, items: goneItems)
        let parts = [(goneUsers.count, "user"), (goneItems.count, "item")].filter { $0.0 > 0 }
        let what = parts.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: " and ") + " forgotten since"
        for version in report.versions {
            let note = plain.versions[version]?.note
            plain.versions[version]?.note = note.map { "\($0); \(what)" } ?? what
        }
        for user in goneUsers { #expect(throws: (any Error).self) { try store.recommend(user: user, k: 3) } }
    }

    private mutating func promote() throws {
        let (version, alias) = (anyVersion(), anyAlias())
        if plain.versions[version] == nil {
            #expect(throws: StoreError.self) { try store.promote(reference(version), to: alias) }
        } else {
            let move = try store.promote(reference(version), to: alias)
            #expect((move == nil) == (plain.aliases[alias]?.last == version))
            plain.promote(version, to: alias)
        }
    }

    private mutating func rollBack() throws {
        let alias = anyAlias()
        if plain.rollBack(alias) {
            let move = try store.rollBack(alias)
            #expect(move.to.rawValue == plain.aliases[alias]?.last)
        } else {
            #expect(throws: StoreError.self) { try store.rollBack(alias) }
        }
    }

    private mutating func removeAlias() throws {
        let alias = anyAlias()
        if let stack = plain.aliases[alias] {
            #expect(try store.removeAlias(alias).rawValue == stack.last)
            (plain.aliases[alias], plain.moves[alias]) = (nil, nil)
        } else {
            #expect(throws: StoreError.self) { try store.removeAlias(alias) }
        }
    }

    private mutating func annotate() throws {
        let (version, note) = (anyVersion(), "note \(random.below(1_000))")
        if plain.versions[version] == nil {
            #expect(throws: StoreError.self) { try store.annotate(reference(version), note: note) }
        } else {
            try store.annotate(reference(version), note: note)
            plain.versions[version]?.note = note
        }
    }

    private mutating func fit() throws {
        var options = LeastSquaresFitOptions()
        (options.settings.components, options.settings.iterations, options.settings.threads) = (4, 1, 1)
        (options.minimumUserLikes, options.minimumItemLikes, options.alias) = (1, 1, random.below(3) == 0 ? nil : anyAlias())
        try fit(alias: options.alias) { try $0.fit(options).version }
    }

    private mutating func fitByWarp() throws {
        var options = FitOptions()
        (options.hyperparameters.components, options.hyperparameters.epochs, options.hyperparameters.threads) = (4, 1, 1)
        (options.minimumUserLikes, options.minimumItemLikes, options.alias) = (1, 1, random.below(3) == 0 ? nil : anyAlias())
        try fit(alias: options.alias) { try $0.fit(options).version }
    }

    private mutating func fit(alias: String?, _ fit: (Store) throws -> UInt64) throws {
        if plain.likes == 0 {
            #expect(throws: FitError.self) { _ = try fit(store) }
            return
        }
        let version = PlainStore.Version(watermark: plain.events.count, parent: nil, isImported: false)
        #expect(try fit(store) == plain.publish(version, alias: alias))
    }

    private mutating func fitPartial() throws {
        var options = FitPartialOptions()
        let parent = random.below(2) == 0 && plain.versions[plain.newest] != nil ? plain.newest : anyVersion()
        (options.parent, options.alias) = (reference(parent), random.below(3) == 0 ? nil : anyAlias())
        (options.threads, options.epochs, options.replay) = (1, 1, random.below(4) == 0 ? 0.5 : 0)
        guard let known = plain.versions[parent], !known.isImported else {
            #expect(throws: FitError.self) { try store.fitPartial(options) }
            return
        }
        let hasNewLikes = plain.events[known.watermark...].contains { $0.kind == .like && plain.opinions[$0.pair] == true }
        let report = try store.fitPartial(options)
        if known.watermark == plain.events.count { #expect(report == nil) }
        if hasNewLikes { #expect(report != nil) }
        guard let report else { return }
        let version = PlainStore.Version(watermark: plain.events.count, parent: parent, isImported: false)
        #expect(report.version == plain.publish(version, alias: options.alias))
    }

    private mutating func prune() throws {
        var policy = RetentionPolicy()
        (policy.last, policy.moves) = (1 + random.below(6), random.below(3))
        let preview = try store.prunePreview(policy)
        let report = try store.prune(policy)
        #expect(report.removed.map(\.rawValue) == plain.prune(last: policy.last, moves: policy.moves))
        #expect(preview.removed == report.removed && preview.blocks == report.blocks)
    }

    private mutating func compact() throws {
        let version = anyVersion()
        guard let known = plain.versions[version] else {
            #expect(throws: StoreError.self) { try store.compact(reference(version)) }
            return
        }
        guard let report = try store.compact(reference(version)) else { return }
        let compacted = PlainStore.Version(
            watermark: known.watermark, parent: version, isImported: known.isImported, note: "v\(version) without layers")
        let number = plain.publish(compacted, alias: nil)
        let moved = plain.aliases.filter { $0.value.last == version }.keys.sorted()
        for alias in moved { plain.promote(number, to: alias) }
        #expect(report.version == number && report.aliases.sorted() == moved)
    }

    private mutating func exportAndImport() throws {
        let (version, file) = (anyVersion(), folder.path + "/version.pack")
        guard let known = plain.versions[version] else {
            #expect(throws: StoreError.self) { try store.exportVersion(reference(version), to: file) }
            return
        }
        let exported = try store.exportVersion(reference(version), to: file)
        let imported = try store.importVersion(from: file, expecting: exported.packHash)
        try FileManager.default.removeItem(atPath: file)
        let copy = PlainStore.Version(watermark: known.watermark, parent: nil, isImported: true)
        #expect(imported.version.rawValue == plain.publish(copy, alias: nil))
    }

    private mutating func reopen() throws {
        store = try Store.open(at: folder.path + "/store")
    }

    /// What costs nothing to compare.
    func checkCounts(_ place: String) throws {
        let counts = try store.statistics()
        #expect(counts.likes == plain.likes && counts.dislikes == plain.dislikes, "\(place)")
        #expect(counts.lastSequence == plain.events.count, "\(place)")
        #expect(counts.users == plain.users.count && counts.items == plain.items.count, "\(place)")
        #expect(counts.versions == plain.versions.count && counts.aliases == plain.aliases.count, "\(place)")
    }

    /// Everything: the log, the index, the catalog, what versions answer, and the store's own verification.
    mutating func checkAll(_ place: String) throws {
        let (plain, store) = (plain, store)
        let verification = try store.verify()
        #expect(verification.isSound, "\(place): \(verification.problems)")
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let log = try LikesLog(store.tables).events(in: transaction)
            var events: [String] = []
            for row in 0..<log.count {
                events.append("u\(log.users[row]) i\(log.items[row]) \(log.kinds.map { $0[row] } ?? LikeKind.like.rawValue)")
            }
            func rows(_ ids: [String?]) -> [String: Int] {
                Dictionary(uniqueKeysWithValues: ids.enumerated().compactMap { row, id in id.map { ($0, row) } })
            }
            let (users, items) = (rows(plain.users), rows(plain.items))
            let expected = plain.events.map { event in
                "u\(users[event.pair.user] ?? 0) i\(items[event.pair.item] ?? 0) \(event.kind.rawValue)"
            }
            #expect(events == expected, "\(place)")
            for (user, index) in users {
                let liked = try LikesIndex(store.tables).items(likedBy: UInt32(index), in: transaction)
                let disliked = try LikesIndex(store.tables).items(dislikedBy: UInt32(index), in: transaction)
                let known = plain.opinions.filter { $0.key.user == user }
                #expect(liked == known.filter(\.value).map { UInt32(items[$0.key.item]!) }.sorted(), "\(place): \(user)")
                #expect(disliked == known.filter { !$0.value }.map { UInt32(items[$0.key.item]!) }.sorted(), "\(place): \(user)")
            }
        }
        let summaries = try store.versions()
        #expect(summaries.map(\.version) == plain.versions.keys.sorted(), "\(place)")
        for summary in summaries {
            let known = try #require(plain.versions[summary.version])
            #expect(summary.watermark == known.watermark && summary.parent == known.parent && summary.note == known.note, "\(place)")
            #expect(summary.aliases.sorted() == plain.aliases.filter { $0.value.last == summary.version }.keys.sorted(), "\(place)")
            #expect((summary.origin != nil) == known.isImported, "\(place)")
        }
        for (alias, moves) in plain.moves { #expect(try store.history(of: alias).map(\.to.rawValue) == moves, "\(place)") }
        guard let version = plain.versions.keys.sorted().last else { return }
        let users = plain.users.compactMap { $0 }
        if users.isEmpty { return }
        let user = users[random.below(users.count)]
        let liked = Set(plain.opinions.filter { $0.key.user == user && $0.value }.map(\.key.item))
        if let answers = try? store.recommend(user: user, k: 1_000, version: reference(version)) {
            #expect(liked.isDisjoint(with: answers.results.map(\.id)), "\(place): \(user)")
        }
    }
}
