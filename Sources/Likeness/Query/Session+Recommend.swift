import LikenessFormat
public import LikenessStore
import LikenessTraining

extension Session {
    /// The items that the model ranks highest for a user, by inner product with the item's bias. What the user dislikes, as the store
    /// knows now, is never among them. A user of the store who is not in the version, such as one who came later, is folded in: see
    /// ``recommend(likes:dislikes:features:k:includingLiked:filter:)``.
    ///
    /// - Parameters:
    ///   - user: the user's id.
    ///   - k: how many at the most.
    ///   - includingLiked: whether items that the user likes already, as the store knows now, may be among them.
    ///   - filter: which items may be found.
    /// - Throws: `QueryError`.
    /// - Complexity: O(items × components), exact; nothing is copied.
    public borrowing func recommend(
        user: String, k: Int = 10, includingLiked: Bool = false, filter: QueryFilter = QueryFilter()
    ) throws(QueryError) -> Neighbors {
        guard k > 0 else { throw .badCount(k) }
        let row = try row(of: user, .user, noun: "user")
        var vector = try representation(.user, row: row)
        if vector == nil { vector = try foldedIn(user: row) }
        guard let vector else { throw .notInVersion(kind: "user", id: user, version: version) }
        do {
            let index = LikesIndex(store.tables)
            let liked = includingLiked ? [] : try index.items(likedBy: row, in: transaction)
            let disliked = try index.items(dislikedBy: row, in: transaction)
            return try recommend(vector, k: k, excluded: liked + disliked, filter: filter)
        } catch let error as QueryError {
            throw error
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .unsearchable("\(error)")
        }
    }
}

extension StoreReader {
    /// The items that the model ranks highest for a user: see `Session.recommend`.
    public func recommend(
        user: String, k: Int = 10, version: VersionReference = .current, includingLiked: Bool = false,
        filter: QueryFilter = QueryFilter()
    ) throws(QueryError) -> Neighbors {
        try session(of: version).recommend(user: user, k: k, includingLiked: includingLiked, filter: filter)
    }
}
