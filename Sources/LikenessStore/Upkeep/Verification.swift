import LMDB
import LikenessFormat

/// How much of a store is verified.
public enum VerificationScope: Sendable {
    /// The records of versions, aliases, indexes and studies, and that the roots they lead to are there: milliseconds at every size.
    case catalog
    /// Every record and every byte of every version.
    case everything
}

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

/// Checks a whole store against itself: what it can see damaged, it names.
package struct Verification {
    let store: StoreReader
    private var report = VerificationReport()
    /// Blocks that the versions lead to.
    private var reached: Set<BlockHash> = []
    /// Blocks that are not what was written.
    private var broken: Set<BlockHash> = []
    /// Blocks whose rows were checked, by what they are rows of: versions share most of them.
    private var checkedRows: Set<CheckedRows> = []
    private struct CheckedRows: Hashable {
        let block: BlockHash
        let part: Substring
    }
    /// Problems beyond this many are counted, not listed.
    private static let listedProblems = 100

    private init(_ store: StoreReader) {
        self.store = store
    }

    /// Checks the whole store against itself.
    ///
    /// - Parameter progress: called now and then with the bytes of blocks checked so far.
    /// - Complexity: O(bytes of the store), streaming; memory for one hash a block, and for the likes as
    ///   `checkLikes` says.
    package static func run(
        _ store: StoreReader, _ scope: VerificationScope = .everything, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) -> VerificationReport {
        var verification = Verification(store)
        try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try verification.checkSmallRecords(comparesCounts: scope == .everything, in: transaction)
            if scope == .catalog {
                try verification.checkCatalog(in: transaction)
                try verification.checkAliases(in: transaction)
                return try verification.checkStudies(in: transaction)
            }
            try verification.checkVocabularies(in: transaction)
            try verification.checkLikes(in: transaction)
            try verification.checkHistories(in: transaction)
            try verification.checkSeen(in: transaction)
            try verification.checkDetails(in: transaction)
            try verification.checkBlocks(in: transaction, progress: progress)
            try verification.checkVersions(in: transaction)
            try verification.checkIndexes(in: transaction)
            try verification.countOrphans(in: transaction)
            try verification.checkAliases(in: transaction)
            try verification.checkStudies(in: transaction)
        }
        return verification.report
    }

    /// Whether the histories say what the log says.
    static func historiesAreSound(_ store: StoreReader) throws(StoreError) -> Bool {
        var verification = Verification(store)
        let tables = store.tables
        let damage = try store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try verification.checkHistories(in: transaction)
            return try Verification.problem { () throws(StoreError) in _ = try Histories(tables).header(in: transaction) }
        }
        return damage == nil && verification.report.isSound
    }

    /// Checks the manifests and the records of indexes, and that the roots they lead to are there, without reading any block.
    ///
    /// - Complexity: O(versions × matrices).
    private mutating func checkCatalog(in transaction: borrowing Reading) throws(StoreError) {
        let tables = store.tables
        var roots: [(owner: String, hash: BlockHash)] = []
        var versions = 0
        try forEach(tables.versions, in: transaction) { key, value throws(Damage) in
            versions += 1
            let manifest = try Manifest.parse(value, version: try VersionKey(key).version)
            roots += manifest.roots.map { (manifest.version.description, $0.hash) }
        }
        try forEach(tables.indexes, in: transaction) { key, value throws(Damage) in
            let record = try SearchIndexRecord.parse(value, key: try SearchIndexKey(key))
            roots += record.roots.map { ("index of \(record.version)", $0.hash) }
        }
        report.versions = versions
        for (owner, hash) in roots where try !transaction.contains(hash, in: tables.blocks) {
            add("\(owner): block \(hash.hexadecimal) is missing. \(Verification.advice)")
        }
    }

    /// Recomputes the hash of every block.
    private mutating func checkBlocks(in transaction: borrowing Reading, progress: (Int) -> Void) throws(StoreError) {
        var cursor = try transaction.cursor(in: store.tables.blocks)
        var isThere = try cursor.move(to: .first)
        while isThere {
            do throws(Damage) {
                let hash = try BlockKey(cursor.key).hash
                report.blocks += 1
                report.bytes += cursor.value.byteCount
                let isSound = BlockHash(of: cursor.value) == hash && BlockHeader(cursor.value)?.isPaddingZero(in: cursor.value) == true
                if !isSound {
                    broken.insert(hash)
                    add("block \(hash.hexadecimal) is not what was written")
                }
            } catch {
                add("table blocks, key \(cursor.key.copied.printedKey): \(error.reason)")
            }
            transaction.releasePages(of: cursor.value)
            progress(report.bytes)
            isThere = try cursor.move(to: .next)
        }
    }

    private mutating func checkVersions(in transaction: borrowing Reading) throws(StoreError) {
        var cursor = try transaction.cursor(in: store.tables.versions)
        var isThere = try cursor.move(to: .first)
        while isThere {
            report.versions += 1
            var version: Version?
            var manifest: Manifest?
            do throws(Damage) {
                version = try VersionKey(cursor.key).version
                manifest = try Manifest.parse(cursor.value, version: try VersionKey(cursor.key).version)
            } catch {
                let key = version?.description ?? cursor.key.copied.printedKey
                add("table versions, key \(key): \(error.reason). \(Verification.advice)")
            }
            guard let manifest else {
                isThere = try cursor.move(to: .next)
                continue
            }
            for matrix in manifest.allMatrices {
                try check(matrix, of: manifest.version.description, manifest.vocabularies, advice: Verification.advice, in: transaction)
            }
            isThere = try cursor.move(to: .next)
        }
    }

    private static let advice =
        "Other versions that are not named here can be used: see `likeness versions promote`; fit again, or restore a backup"

    /// Walks a matrix: names the rows of broken blocks, notes what is reached, and checks that the blocks have the shape that the
    /// manifest says.
    private mutating func check(
        _ matrix: MatrixDescriptor, of owner: String, _ vocabularies: Manifest.Lengths, advice: String, in transaction: borrowing Reading
    ) throws(StoreError) {
        guard let root = matrix.root else { return }
        let place = "\(owner), matrix \(matrix.name)"
        // Blocks still to visit: hash, level, and number of the first data block below.
        var left = [(hash: root, level: matrix.depth, first: 0)]
        var isSound = true
        var unchecked: Set<Int> = []
        let part = matrix.name.split(separator: ".").last ?? ""
        while let (hash, level, first) = left.popLast() {
            reached.insert(hash)
            var below = 1
            for _ in 0..<level { below *= MatrixDescriptor.fanOut }
            let rows = first * matrix.rowsPerBlock..<min((first + below) * matrix.rowsPerBlock, matrix.rows)
            let isThere = try transaction.contains(hash, in: store.tables.blocks)
            guard isThere, !broken.contains(hash) else {
                isSound = false
                let what = isThere ? "is not what was written" : "is missing"
                add("\(place), rows \(rows): block \(hash.hexadecimal) \(what). \(advice)")
                continue
            }
            if level == 0 {
                if checkedRows.insert(CheckedRows(block: hash, part: part)).inserted { unchecked.insert(first) }
                continue
            }
            let children: [BlockHash]
            do throws(StoreError) { children = try References.children(of: hash, in: transaction, store.tables) } catch {
                isSound = false
                add("\(place), rows \(rows): \(error)")
                continue
            }
            for (index, child) in children.enumerated() {
                let childFirst = first + index * (below / MatrixDescriptor.fanOut)
                guard childFirst * matrix.rowsPerBlock < matrix.rows else { continue }
                left.append((child, level - 1, childFirst))
            }
        }
        if !isSound { return }
        let store = self.store
        let kind: RowKind = matrix.name.hasPrefix(RowKind.user.matrixPrefix + ".") ? .user : .item
        let problem = try Verification.problem { () throws(StoreError) in
            let view = try MatrixView(matrix, in: store)
            if matrix.rowByteCount == 0 {
                try view.forEachFeature(below: vocabularies.features(of: kind), in: transaction) { _, _ in }
            } else {
                var last = -1
                try view.forEachBlock(in: transaction) { (number, block) throws(StoreError) in
                    let count = min(matrix.rowsPerBlock, matrix.rows - number * matrix.rowsPerBlock)
                    if part == LayerDescriptor.numbers {
                        for row in 0..<count {
                            let found = Int(block.littleEndian(at: BlockHeader.byteCount + 4 * row, as: UInt32.self))
                            guard found > last else {
                                throw .damaged(table: "blocks", key: matrix.name, reason: "row numbers do not ascend")
                            }
                            last = found
                        }
                    }
                    guard unchecked.contains(number) else { return }
                    try StoreError.parsing(
                        "blocks", matrix.name,
                        try MatrixContents.check(
                            block, part: part, element: matrix.element, columns: matrix.columns, rowByteCount: matrix.rowByteCount,
                            count: count))
                }
            }
        }
        if let problem { add("\(place): \(problem)") }
    }

    /// Checks the indexes: records, versions, blocks.
    private mutating func checkIndexes(in transaction: borrowing Reading) throws(StoreError) {
        let tables = store.tables
        var records: [SearchIndexRecord] = []
        try forEach(tables.indexes, in: transaction) { key, value throws(Damage) in
            records.append(try SearchIndexRecord.parse(value, key: try SearchIndexKey(key)))
        }
        for record in records {
            let owner = "index of \(record.version)"
            let manifest = try SearchIndexes(tables).manifestHash(of: record.version, in: transaction)
            if manifest?.hexadecimal != record.manifest { add("\(owner): it was made of another version, or that is gone") }
            for matrix in record.allMatrices {
                try check(
                    matrix, of: owner, Manifest.Lengths(users: 0, items: 0, itemFeatures: 0, userFeatures: 0),
                    advice: Verification.indexAdvice, in: transaction)
            }
        }
    }

    private static let indexAdvice = "Build it again with `likeness index build`; the version itself is as it was"

    /// Counts the blocks that no version leads to.
    private mutating func countOrphans(in transaction: borrowing Reading) throws(StoreError) {
        var cursor = try transaction.cursor(in: store.tables.blocks)
        var isThere = try cursor.move(to: .first)
        while isThere {
            if cursor.key.byteCount == BlockHash.byteCount, !reached.contains(BlockHash(cursor.key, at: 0)) { report.orphans += 1 }
            isThere = try cursor.move(to: .next)
        }
    }

    private mutating func checkAliases(in transaction: borrowing Reading) throws(StoreError) {
        let tables = store.tables
        var aliases: [Alias] = []
        try forEach(tables.aliases, in: transaction) { key, value throws(Damage) in
            aliases.append(try Alias.parse(value, name: try AliasKey(key).name))
        }
        var moves: [AliasMoveKey: AliasMove] = [:]
        try forEach(tables.aliasHistory, in: transaction) { key, value throws(Damage) in
            let key = try AliasMoveKey(key)
            moves[key] = try AliasMove.parse(value, number: key.number)
        }
        for alias in aliases {
            guard let name = AliasName(alias.name) else { continue }
            if try !transaction.contains(alias.version.rawValue, in: tables.versions) {
                add("alias '\(alias.name)' points at \(alias.version), which is not there")
            }
            var before: Version?
            for number in 0..<alias.moves {
                guard let move = moves.removeValue(forKey: AliasMoveKey(name, number)) else {
                    add("table alias.history: move \(number) of '\(alias.name)' is missing")
                    break
                }
                if move.from != before { add("table alias.history: move \(number) of '\(alias.name)' starts where the alias was not") }
                before = move.to
                if number == alias.moveInForce, move.to != alias.version {
                    add("alias '\(alias.name)' is not where its move \(number) put it")
                }
            }
        }
        if !moves.isEmpty { add("table alias.history has \(moves.count) moves of no alias") }
    }

    mutating func add(_ problem: String) {
        if report.problems.count < Verification.listedProblems {
            report.problems.append(problem)
        } else if report.problems.count == Verification.listedProblems {
            report.problems.append("and more")
        }
    }
}
