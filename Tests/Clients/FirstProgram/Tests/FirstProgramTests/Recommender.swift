import Likeness

/// What is wrong with a request, in the client's own terms.
enum RequestError: Error, Equatable {
    case tooManyItems(Int)
    case cancelled
}

/// An actor that keeps a store, as a server does.
actor Recommender {
    private let store: StoreReader
    private var answered = 0

    init(at path: String) throws {
        store = try StoreReader.open(at: path)
    }

    /// The nearest items of several, as of one moment.
    func neighbors(of items: [String], atMost limit: Int = 100) throws -> [String: [String]] {
        let found = try store.withSession { session in
            guard items.count <= limit else { throw RequestError.tooManyItems(items.count) }
            var found: [String: [String]] = [:]
            for item in items {
                let near = try session.nearest(.items, to: "item:" + item, k: 3)
                if near.results.isEmpty { continue }
                found[item] = near.results.map(\.id)
            }
            return found
        }
        answered += 1
        return found
    }

    /// Recommendations, or none for a user whom nobody has heard of.
    func recommendations(for user: String) throws -> [Neighbor] {
        do {
            return try store.recommend(user: user, k: 5).results
        } catch QueryError.unknown {
            return []
        }
    }

    var count: Int { answered }
}
