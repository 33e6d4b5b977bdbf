import CVectorKernels

/// Representations of users or items, lent from wherever they lie, such as the blocks of a memory map.
///
///     row r:   blocks[r / rowsPerBlock] + (r % rowsPerBlock) · stride   `components` values   bias biases[r]
@safe package struct LentRepresentations: @unchecked Sendable {
    // Read only, and the lender keeps the memory for as long as the value is in use; hence Sendable.
    private let blocks: [UnsafePointer<Float>]
    private let rowsPerBlock: Int
    let biases: UnsafePointer<Float>?
    let isPresent: UnsafePointer<Bool>?
    /// How many rows there are.
    package let count: Int
    /// Values in a row.
    package let components: Int
    /// Distance between the starts of two rows of a block, in values.
    package let stride: Int

    /// Lends rows without copying them.
    ///
    /// - Parameters:
    ///   - blocks: `rowsPerBlock` rows each, fewer in the last; rows are `components` values, `stride` apart. No alignment
    ///     is asked for.
    ///   - biases: One a row; `nil` stands for zeros.
    ///   - isPresent: One a row; `nil` when all rows are part of the model. A row that is not is never ranked.
    @unsafe package init(
        blocks: [UnsafePointer<Float>], rowsPerBlock: Int, biases: UnsafePointer<Float>?,
        isPresent: UnsafePointer<Bool>? = nil, count: Int, components: Int, stride: Int
    ) {
        precondition(count >= 0 && components >= 0 && stride >= components && rowsPerBlock > 0)
        precondition(unsafe blocks.count * rowsPerBlock >= count)
        unsafe self.blocks = blocks
        self.rowsPerBlock = rowsPerBlock
        unsafe self.biases = biases
        unsafe self.isPresent = isPresent
        self.count = count
        self.components = components
        self.stride = stride
    }

    /// Lends rows that lie one after the other.
    @unsafe package init(
        embeddings: UnsafePointer<Float>, biases: UnsafePointer<Float>?, isPresent: UnsafePointer<Bool>? = nil,
        count: Int, components: Int, stride: Int
    ) {
        unsafe self.init(
            blocks: [embeddings], rowsPerBlock: max(count, 1), biases: biases, isPresent: isPresent, count: count,
            components: components, stride: stride)
    }

    func row(_ index: Int) -> UnsafePointer<Float> {
        unsafe blocks[index / rowsPerBlock] + index % rowsPerBlock * stride
    }

    /// Whether all values of row `index` are finite.
    func isFinite(_ index: Int) -> Bool {
        unsafe evaluation_first_not_finite(row(index), components) == components && bias(index).isFinite
    }

    func bias(_ index: Int) -> Float { unsafe biases.map { unsafe $0[index] } ?? 0 }

    /// Whether row `index` is part of the model.
    package func contains(_ index: Int) -> Bool { unsafe isPresent.map { unsafe $0[index] } ?? true }
}

/// What a ranking is made with: score(u, i) = u · i + bias of u + bias of i (LightFM's predict).
package struct ScoringModel: Sendable {
    /// One row a user.
    package let users: LentRepresentations
    /// One row an item.
    package let items: LentRepresentations

    /// A model of these rows, whose components must agree.
    ///
    /// - Throws: ``EvaluationError/componentsDiffer(users:items:)``.
    package init(users: LentRepresentations, items: LentRepresentations) throws(EvaluationError) {
        guard users.components == items.components else {
            throw .componentsDiffer(users: users.components, items: items.components)
        }
        self.users = users
        self.items = items
    }

    /// Calls `body` with a model over arrays whose rows are `components` apart.
    package static func withArrays<Result>(
        users: [Float], userBiases: [Float], items: [Float], itemBiases: [Float], components: Int,
        userIsPresent: [Bool]? = nil, itemIsPresent: [Bool]? = nil, _ body: (ScoringModel) throws -> Result
    ) throws -> Result {
        precondition(users.count == userBiases.count * components && items.count == itemBiases.count * components)
        let userFlags = userIsPresent ?? [Bool](repeating: true, count: userBiases.count)
        let itemFlags = itemIsPresent ?? [Bool](repeating: true, count: itemBiases.count)
        // One value more keeps the base addresses of empty arrays from being nil.
        let (users, items) = (users + [0], items + [0])
        return try unsafe users.withUnsafeBufferPointer { users in
            try unsafe items.withUnsafeBufferPointer { items in
                try unsafe userBiases.withUnsafeBufferPointer { userBiases in
                    try unsafe itemBiases.withUnsafeBufferPointer { itemBiases in
                        try unsafe userFlags.withUnsafeBufferPointer { userFlags in
                            try unsafe itemFlags.withUnsafeBufferPointer { itemFlags in
                                guard let users = users.baseAddress, let items = items.baseAddress else {
                                    preconditionFailure("arrays of at least one value have an address")
                                }
                                return try body(
                                    ScoringModel(
                                        users: unsafe LentRepresentations(
                                            embeddings: users, biases: userBiases.baseAddress,
                                            isPresent: userFlags.baseAddress, count: userBiases.count,
                                            components: components, stride: components),
                                        items: unsafe LentRepresentations(
                                            embeddings: items, biases: itemBiases.baseAddress,
                                            isPresent: itemFlags.baseAddress, count: itemBiases.count,
                                            components: components, stride: components)))
                            }
                        }
                    }
                }
            }
        }
    }
}
