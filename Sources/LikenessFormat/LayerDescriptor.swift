/// The rows of one kind that a continuation changed, laid over those of its parent: sorted row numbers, and small matrices with the
/// contents of these rows in the same order.
///
/// ```
/// base      row 0   row 1   row 2   row 3  …            the matrices of the manifest
/// layer     rows [1, 3]   embeddings [e1, e3]   codes [c1, c3]   …
/// newer     rows [3, 4]   embeddings [e3, e4]   …       the newest layer that has a row wins
/// ```
/// A layer has the same matrices as its base, laid out alike, so that everything that reads, verifies and counts blocks does so here too.
package struct LayerDescriptor: Sendable, Codable, Equatable {
    /// The kind of rows.
    package var kind: RowKind
    /// How many rows it has.
    package var rows: Int
    /// The root of each matrix, by the part of its name after the dot; `numbers` are the row numbers.
    package var roots: [String: BlockHash]

    package init(kind: RowKind, rows: Int, roots: [String: BlockHash] = [:]) {
        (self.kind, self.rows, self.roots) = (kind, rows, roots)
    }

    /// What the matrix of row numbers is called.
    package static let numbers = "numbers"

    /// The descriptor of one of its matrices; nil if it has none of that name.
    ///
    /// Its depth follows from the number of rows.
    package func matrix(_ layout: MatrixLayout) -> MatrixDescriptor? {
        guard let part = layout.name.split(separator: ".").last, let root = roots[String(part)], (1...Int(UInt32.max)).contains(rows)
        else { return nil }
        var (blocks, depth) = ((rows - 1) / layout.rowsPerBlock + 1, 0)
        while blocks > 1 {
            blocks = (blocks - 1) / MatrixDescriptor.fanOut + 1
            depth += 1
        }
        return MatrixDescriptor(layout: layout, rows: rows, root: root, depth: depth)
    }

    /// The descriptors of all its matrices.
    package func matrices(components: Int) -> [MatrixDescriptor] {
        MatrixNames.layouts(kind, components: components).compactMap(matrix)
    }
}

/// How many rows of each kind are part of a version, and what they are made from.
package struct VersionTotals: Sendable, Codable, Equatable {
    /// Rows that are part of the version.
    package var users = 0
    package var items = 0
    package var itemFeatures = 0
    package var userFeatures = 0
    /// Likes and dislikes of these users and items.
    package var likes = 0
    package var dislikes = 0
    /// Items that a user of the version likes or dislikes: those that may be drawn as negatives.
    package var drawable = 0
    /// Whether the log held a dislike up to the watermark, of whomever.
    package var hasDislikes = false

    package init() {}

    package subscript(kind: RowKind) -> Int {
        get {
            switch kind {
            case .user: users
            case .item: items
            case .itemFeature: itemFeatures
            case .userFeature: userFeatures
            }
        }
        set {
            switch kind {
            case .user: users = newValue
            case .item: items = newValue
            case .itemFeature: itemFeatures = newValue
            case .userFeature: userFeatures = newValue
            }
        }
    }
}

/// What a version knows of a row beside its parameters: how often it is liked, and what its features came from.
///
/// Six words: likes, dislikes (of features: rows that have it, and 0), then share and identity weight as Float32, then a checksum of
/// the raw features that the feature row was made from, then the opinions that the row was last solved with.
package struct RowTally: Sendable, Equatable {
    package static let byteCount = 24
    package var likes: UInt32 = 0
    package var dislikes: UInt32 = 0
    /// The share that shrinkage has left to the row's features; 1 where they have given nothing up.
    package var share: Float = 1
    /// What the row's own embedding weighs.
    package var identityWeight: Float = 1
    /// CRC-32C of the record of raw features; 0 if there was none.
    package var source: UInt32 = 0
    /// Of items in versions by alternating least squares: the likes and dislikes that the row was last solved with; else 0.
    package var solved: UInt32 = 0

    package init(
        likes: UInt32 = 0, dislikes: UInt32 = 0, share: Float = 1, identityWeight: Float = 1, source: UInt32 = 0, solved: UInt32 = 0
    ) {
        (self.likes, self.dislikes, self.share) = (likes, dislikes, share)
        (self.identityWeight, self.source, self.solved) = (identityWeight, source, solved)
    }

    /// Of features in versions by alternating least squares: how firmly rows hold the feature where it is. It lies where rows have the weight
    /// of their own embedding.
    package var precision: Float {
        get { identityWeight }
        set { identityWeight = newValue }
    }

    /// Reads a tally where it lies; nil if a number in it cannot be.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= RowTally.byteCount else { return nil }
        func word(_ place: Int) -> UInt32 { UInt32(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)) }
        likes = word(0)
        dislikes = word(1)
        share = Float(bitPattern: word(2))
        identityWeight = Float(bitPattern: word(3))
        source = word(4)
        solved = word(5)
        guard share > 0, share <= 1, identityWeight.isFinite else { return nil }
    }

    /// Writes the tally as it lies in its matrix.
    package func write(to memory: UnsafeMutableRawBufferPointer) {
        for (place, word) in [likes, dislikes, share.bitPattern, identityWeight.bitPattern, source, solved].enumerated() {
            unsafe memory.storeBytes(of: word.littleEndian, toByteOffset: 4 * place, as: UInt32.self)
        }
    }

    /// The checksum of raw features; 0 for none.
    package static func source(of features: [(feature: UInt32, weight: Float)]) -> UInt32 {
        if features.isEmpty { return 0 }
        var record: [UInt8] = []
        record.reserveCapacity(8 * features.count)
        for (feature, weight) in features {
            record.append(littleEndian: feature)
            record.append(littleEndian: weight.bitPattern)
        }
        return unsafe record.withUnsafeBytes { unsafe CRC32C.checksum($0) }
    }
}

/// Whether a continuation moves the features (tags) that its parent has. The raw values are format.
public enum TagMovement: String, Sendable, Codable, CaseIterable {
    /// They stand still: what tags mean is what the last full fit made of them. New tags learn from the items that have them.
    case fixed
    /// They move with the items that have them. All that have a tag are written anew: this costs as much as a full fit writes.
    case train
}
