import LMDB
import Likeness
import LikenessFormat
import LikenessModels
import LikenessStore
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Times queries of a store's version as a Swift program asks them, and writes its vectors out.
struct SessionBenchmark {
    /// What queries took: medians of one, in seconds.
    struct Report: Encodable {
        let items: Int
        /// `nearest` in one session, and with a session each.
        let nearestInSession: Double
        let nearestWithSession: Double
        /// `recommend` to a user of the version.
        let recommend: Double
        /// `recommend` to somebody by 20 likes, less the search that follows the fold-in.
        let foldIn: Double
    }

    let store: StoreReader

    init(_ path: String) throws { store = try StoreReader.open(at: path) }

    func run(queries: Int) throws -> Report {
        let (items, users) = try (ids(.item, queries + 20), ids(.user, queries))
        let clock = ContinuousClock()
        func times(_ body: (Int) throws -> Void) rethrows -> Double {
            try (0..<queries).map { number in
                let start = clock.now
                try body(number)
                return start.duration(to: clock.now).seconds
            }.median
        }
        let terms = items.map { "item:\($0)" }
        let count = try store.statistics().items
        return try store.withSession { session in
            let inSession = try times { _ = try session.nearest(.items, to: terms[$0]) }
            let alone = try times { _ = try store.nearest(.items, to: terms[$0]) }
            let recommend = try times { _ = try session.recommend(user: users[$0 % users.count]) }
            let folded = try times { _ = try session.vector(likes: Array(items[$0..<$0 + 20])) }
            return Report(items: Int(count), nearestInSession: inSession, nearestWithSession: alone, recommend: recommend, foldIn: folded)
        }
    }

    /// Ids of rows of the version, spread over all.
    private func ids(_ kind: RowKind, _ count: Int) throws -> [String] {
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let manifest = try store.catalog.manifest(at: .current, in: transaction)
            let rows = try LayeredRows(kind, manifest, store, in: transaction)
            let vocabulary = Vocabulary(kind, in: store.tables)
            var ids: [String] = []
            let step = max(1, rows.count / max(count, 1))
            for row in stride(from: 0, to: rows.count, by: step) where ids.count < count {
                guard try rows.isPresent(row, in: transaction), let id = try vocabulary.id(at: UInt32(row), in: transaction) else {
                    continue
                }
                ids.append(id)
            }
            let found = ids
            while ids.count < count, !found.isEmpty { ids += found }
            return ids
        }
    }

    /// Writes the vectors of a kind of rows, and their biases beside them: those that are part of the version.
    func write(_ kind: RowKind, to path: String) throws {
        var (vectors, biases): ([Float], [Float]) = ([], [])
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            let manifest = try store.catalog.manifest(at: .current, in: transaction)
            let rows = try LayeredRows(kind, manifest, store, in: transaction)
            let layout = MatrixNames.representations(kind, components: manifest.components)
            for row in 0..<rows.count {
                guard let terms = try rows.terms(of: row, in: transaction), let vector = try rows.vector(row, layout, in: transaction)
                else { continue }
                vectors += vector
                biases.append(terms.bias)
            }
        }
        for (floats, path) in [(vectors, path), (biases, path + ".biases")] {
            try unsafe floats.withUnsafeBytes { try unsafe Data($0).write(to: URL(filePath: path)) }
        }
    }
}
