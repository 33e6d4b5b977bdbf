import LikenessFormat
public import LikenessStore

extension StoreReader {
    /// The move that an alias stood at at a time: `to` was its version then.
    ///
    /// ```swift
    /// let then = try store.move(of: "production", inForceAt: 1_780_000_000_000)?.to
    /// ```
    /// - Parameters:
    ///   - alias: the alias's name.
    ///   - time: milliseconds since 1970-01-01 UTC.
    /// - Returns: nil if the alias was made later.
    /// - Throws: `StoreError.catalog` if there is no such alias.
    /// - Complexity: O(moves).
    public func move(of alias: String = "production", inForceAt time: Int64) throws(StoreError) -> AliasMove? {
        // The moves are in the order in which they were made; a clock may have been set back in between.
        try history(of: alias).last { $0.when <= time }
    }
}
