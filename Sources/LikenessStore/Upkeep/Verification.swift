import LMDB
import LikenessFormat

/// What verifying a store found.
public struct VerificationReport: Sendable, Codable, Equatable {
    /// Versions whose manifest was checked.
    public var versions = 0
    /// Blocks whose hash was recomputed.
    public var blocks = 0
    /// Bytes of those blocks.
    public var bytes = 0
    /// Blocks that no version reaches: garbage that does no harm, left by a publication that was cut off.
    public var orphans = 0
    /// What is wrong, in words; empty if the store is sound.
    public var problems: [String] = []

    /// Whether nothing is wrong.
    public var isSound: Bool {
        problems.isEmpty
    }
}

/// Recomputes every hash of a store, and walks from every version to all its blocks.
package struct Verification {
    private let store: Store
    private var report = VerificationReport()
    /// Blocks that a version leads to and that have not been met yet.
    private var expected: Set<BlockHash> = []
    /// Problems beyond this many are counted, not listed.
    private static let listedProblems = 100

    private init(_ store: Store) {
        self.store = store
    }

    /// Checks the whole store against itself.
    ///
    /// - Parameter progress: called now and then with the bytes checked so far.
    /// - Complexity: O(bytes of all blocks), one after the other; memory for one hash a block.
    package static func run(_ store: Store, progress: (Int) -> Void = { _ in }) throws(StoreError) -> VerificationReport {
        var verification = Verification(store)
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try verification.checkVersions(in: transaction)
            try verification.checkBlocks(in: transaction, progress: progress)
            try verification.checkAliases(in: transaction)
        }
        return verification.report
    }

    private mutating func checkVersions(in transaction: borrowing Reading) throws(StoreError) {
        var cursor = try transaction.cursor(in: store.tables.versions)
        var isThere = try cursor.move(to: .first)
        while isThere {
            report.versions += 1
            do throws(StoreError) {
                let version = try StoreError.parsing(store.tables.versions, cursor.key) { (key) throws(Damage) in
                    try VersionKey(key).version
                }
                let manifest = try StoreError.parsing(
                    "versions", version.description, try Manifest.parse(cursor.value, version: version))
                for matrix in manifest.allMatrices { try check(matrix, of: version, in: transaction) }
            } catch {
                add(error.description)
            }
            isThere = try cursor.move(to: .next)
        }
    }

    /// Walks a matrix, so that what is reached has the shape that the manifest says, and notes what is reached.
    private mutating func check(
        _ matrix: MatrixDescriptor, of version: Version, in transaction: borrowing Reading
    ) throws(StoreError) {
        guard let root = matrix.root else { return }
        try MatrixView(matrix, in: store).forEachBlock(in: transaction) { (_, _) throws(StoreError) in }
        try expect(root, in: transaction)
    }

    private mutating func expect(_ hash: BlockHash, in transaction: borrowing Reading) throws(StoreError) {
        guard expected.insert(hash).inserted else { return }
        for child in try References.children(of: hash, in: transaction, store.tables) {
            try expect(child, in: transaction)
        }
    }

    private mutating func checkBlocks(
        in transaction: borrowing Reading, progress: (Int) -> Void
    ) throws(StoreError) {
        var cursor = try transaction.cursor(in: store.tables.blocks)
        var isThere = try cursor.move(to: .first)
        while isThere {
            if cursor.key.byteCount == BlockHash.byteCount {
                try check(cursor.value, at: BlockHash(cursor.key, at: 0), in: transaction)
                progress(report.bytes)
            } else {
                add("table blocks has a key of \(cursor.key.byteCount) bytes")
            }
            isThere = try cursor.move(to: .next)
        }
        for hash in expected { add("block \(hash.hexadecimal) is missing") }
    }

    /// Recomputes a block's hash.
    private mutating func check(
        _ block: RawSpan, at hash: BlockHash, in transaction: borrowing Reading
    ) throws(StoreError) {
        report.blocks += 1
        report.bytes += block.byteCount
        if BlockHash(of: block) != hash || BlockHeader(block) == nil {
            add("block \(hash.hexadecimal) is not what was written")
        }
        if expected.remove(hash) == nil { report.orphans += 1 }
    }

    private mutating func checkAliases(in transaction: borrowing Reading) throws(StoreError) {
        do {
            for alias in try store.catalog.aliases(in: transaction) {
                _ = try store.catalog.history(of: alias.name, in: transaction)
                if try store.catalog.manifest(of: alias.version, in: transaction) == nil {
                    add("alias '\(alias.name)' points at \(alias.version), which is not there")
                }
            }
        } catch {
            add(error.description)
        }
    }

    private mutating func add(_ problem: String) {
        if report.problems.count < Verification.listedProblems {
            report.problems.append(problem)
        } else if report.problems.count == Verification.listedProblems {
            report.problems.append("and more")
        }
    }
}
