extension Manifest {
    /// The top block of a tree that a version stands on.
    package struct Root: Hashable, Sendable {
        /// The block's hash.
        package let hash: BlockHash
        /// The block's level: 0 for data, 1 for an index of data, and so on.
        package let level: Int

        /// A block at a level.
        package init(hash: BlockHash, level: Int) {
            (self.hash, self.level) = (hash, level)
        }
    }

    /// The roots of all that the version stands on. Whoever keeps, checks, copies or removes versions goes by these, so that a new kind of
    /// tree needs to be named here alone.
    package var roots: [Root] {
        allMatrices.compactMap { matrix in matrix.root.map { Root(hash: $0, level: matrix.depth) } }
    }
}
