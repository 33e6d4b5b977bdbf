import LMDB
import LikenessFormat
import LikenessModels
import LikenessSearch
public import LikenessStore
import LikenessTraining

extension Session {
    /// The items that the model ranks highest for somebody who likes these items and is in no version: the vector is found by the
    /// model's own loss with every item fixed, and the same likes give the same answer.
    ///
    /// ```swift
    /// let items = try session.recommend(likes: ["a1b2", "c3d4"], dislikes: ["e5f6"])
    /// ```
    /// - Parameters:
    ///   - likes: ids of items; those that the store or the version does not know are passed over while one is known, and listed in
    ///     ``Neighbors/unknown``.
    ///   - dislikes: ids of items that are never recommended; logistic loss steps away from them.
    ///   - k: how many at the most.
    ///   - includingLiked: whether `likes` may be among the items found.
    ///   - filter: which items may be found.
    /// - Throws: `QueryError.unknown` if none of the likes is known.
    /// - Complexity: O(epochs × likes × tries × components) for the vector, then a scan as for a user of the version.
    public borrowing func recommend(
        likes: [String], dislikes: [String] = [], k: Int = 10, includingLiked: Bool = false, filter: QueryFilter = QueryFilter()
    ) throws(QueryError) -> Neighbors {
        guard k > 0 else { throw .badCount(k) }
        if likes.isEmpty { throw .unreadable("no liked item was given. Name at least one") }
        let liked = try rows(ofItems: likes)
        let disliked = try rows(ofItems: dislikes)
        guard !liked.rows.isEmpty else {
            // One of them is not in the store: say so, with names like it; or else all are too new for the version.
            _ = try row(of: likes[0], .item, noun: "item")
            throw .notInVersion(kind: "item", id: likes[0], version: version)
        }
        let vector = try foldIn(likes: liked.rows, dislikes: disliked.rows)
        var found = try recommend(
            vector, k: k, excluded: (includingLiked ? [] : liked.rows) + disliked.rows, filter: filter)
        let unknown = liked.unknown + disliked.unknown
        found.unknown = unknown.isEmpty ? nil : unknown
        return found
    }

    /// The vector of a user of the store who is not in the version, from the likes and dislikes that the store knows now; nil if none of
    /// the likes is of an item in the version.
    borrowing func foldedIn(user row: UInt32) throws(QueryError) -> [Float]? {
        let (likes, dislikes): ([UInt32], [UInt32])
        do {
            let index = LikesIndex(store.tables)
            (likes, dislikes) = (try index.items(likedBy: row, in: transaction), try index.items(dislikedBy: row, in: transaction))
        } catch {
            throw .store(error)
        }
        let items = try scan(.item).table
        guard likes.contains(where: { items.contains($0) }) else { return nil }
        return try foldIn(likes: likes, dislikes: dislikes)
    }

    /// The items that rank highest for a user's vector.
    borrowing func recommend(
        _ vector: [Float], k: Int, excluded: [UInt32], filter: QueryFilter
    ) throws(QueryError) -> Neighbors {
        let scan = try scan(.item)
        let filter = try rowFilter(filter, .item, below: scan.table.rows, excluded: excluded)
        do {
            return try neighbors(.items, try scan.nearest(to: try QueryVector(vector), by: .innerProduct, k: k, filter: filter))
        } catch let error as QueryError {
            throw error
        } catch {
            throw .unsearchable("\(error)")
        }
    }

    private borrowing func foldIn(likes: [UInt32], dislikes: [UInt32]) throws(QueryError) -> [Float] {
        if let record = LeastSquaresRecord(of: manifest) {
            return try foldIn(likes: likes, dislikes: dislikes, record)
        }
        guard let settings = manifest.hyperparameters.decoded(as: Hyperparameters.self),
            let vector = FoldIn(settings).vector(likes: likes, dislikes: dislikes, items: try scan(.item).table)
        else { throw .unsearchable("\(version) cannot find a vector for these likes: its settings or its items are not sound") }
        return vector
    }

    /// The same in a version by alternating least squares: its closed form, from the Gram matrix that it keeps.
    private borrowing func foldIn(
        likes: [UInt32], dislikes: [UInt32], _ record: LeastSquaresRecord
    ) throws(QueryError) -> [Float] {
        let table = try scan(.item).table
        let components = manifest.components
        let (liked, disliked) = (likes.filter { table.contains($0) }, dislikes.filter { table.contains($0) })
        var vectors: [Float] = []
        for row in liked + disliked {
            vectors += unsafe table.withRow(row) { vector, _ in unsafe Array(UnsafeBufferPointer(start: vector, count: components)) } ?? []
        }
        let gram: [Double]
        do {
            guard let known = try store.gram(.item, of: manifest, in: transaction) else {
                throw QueryError.store(.damaged(table: "versions", key: version.description, reason: "it has no Gram matrix of items"))
            }
            gram = known
        } catch let error as QueryError {
            throw error
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .unsearchable("\(error)")
        }
        let fold = LeastSquaresFoldIn(
            items: FactorMatrix(vectors, components: components),
            isLike: liked.map { _ in true } + disliked.map { _ in false }, gram: gram, terms: record.terms, settings: record.settings)
        guard fold.vector.allSatisfy(\.isFinite) else {
            throw .unsearchable("\(version) cannot find a vector for these likes: its Gram matrix is not sound")
        }
        return fold.vector
    }

    /// The rows of those items that are in the version, each once, and the ids of the others.
    private borrowing func rows(ofItems ids: [String]) throws(QueryError) -> (rows: [UInt32], unknown: [String]) {
        let vocabulary = Vocabulary(.item, in: store.tables)
        let items = try scan(.item).table
        var (rows, unknown): ([UInt32], [String]) = ([], [])
        do {
            for id in ids {
                if let row = try vocabulary.index(of: id, in: transaction), items.contains(row) {
                    if !rows.contains(row) { rows.append(row) }
                } else {
                    unknown.append(id)
                }
            }
        } catch {
            throw .store(error)
        }
        return (rows, unknown)
    }
}

extension StoreReader {
    /// The items that the model ranks highest for somebody who likes these items: see ``Session/recommend(likes:dislikes:k:includingLiked:filter:)``.
    public func recommend(
        likes: [String], dislikes: [String] = [], k: Int = 10, version: VersionReference = .current, includingLiked: Bool = false,
        filter: QueryFilter = QueryFilter()
    ) throws(QueryError) -> Neighbors {
        try session(of: version).recommend(likes: likes, dislikes: dislikes, k: k, includingLiked: includingLiked, filter: filter)
    }
}
