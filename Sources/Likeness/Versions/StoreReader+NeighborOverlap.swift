import LMDB
public import LikenessFormat
public import LikenessModels
public import LikenessStore

extension StoreReader {
    /// How far the nearest items of items that a continuation wrote are the same as before: those of the newest layer, evenly spread.
    ///
    /// - Parameters:
    ///   - most: how many items to look at; nil for 1,000,000 ÷ rows, five at most, so that it costs some milliseconds at any size.
    ///   - k: how many neighbours of each.
    /// - Returns: nil if nothing was looked at.
    /// - Throws: `QueryError`: no such version.
    /// - Complexity: O(items looked at × rows × d).
    public func neighborOverlap(
        from first: VersionReference, to second: VersionReference, most: Int? = nil, k: Int = 10
    ) throws(QueryError) -> NeighborOverlap? {
        let one = try session(of: first)
        let other = try session(of: second)
        var ids: [String] = []
        do {
            let (before, after) = (try one.rows(.item), try other.rows(.item))
            let most = most ?? min(5, 1_000_000 / max(after.count, 1))
            let numbers = after.layers.last?.numbers ?? []
            // Evenly spread, more than are looked at: some are new.
            let step = max(numbers.count / max(4 * most, 1), 1)
            for row in stride(from: 0, to: numbers.count, by: step).map({ numbers[$0] }) where ids.count < most {
                if try before.isPresent(Int(row), in: one.transaction), try after.isPresent(Int(row), in: other.transaction) {
                    ids.append(try other.names(of: [row], .item)[0].id)
                }
            }
        } catch {
            throw .store(error)
        }
        var (kept, all) = (0, 0)
        var items = 0
        for id in ids {
            do throws(QueryError) {
                let found = try Self.neighborhood(of: "item:\"\(id)\"", one, other, k: k)
                (kept, all, items) = (kept + found.kept, all + found.kept + found.lost.count, items + 1)
            } catch {
                // An id that no query can name is passed over.
            }
        }
        return all == 0 ? nil : NeighborOverlap(items: items, k: k, share: Double(kept) / Double(all))
    }
}
