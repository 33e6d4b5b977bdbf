import LMDB
import LikenessFormat
import LikenessSearch
import LikenessStore
import Synchronization

/// What the sessions of one version share: the manifest, decoded once; which blocks were checked against their hashes; and, as long as
/// nothing is committed, where the rows lie.
///
/// A reader belongs to a root hash, not to a number or an alias, so that it never answers for another version: whoever moves an alias or
/// removes a version changes the record that leads here, and that record is read by each session.
final class VersionReader: Sendable {
    /// What decides where values lie: which commit is seen, and where the map begins. The manifest's own address stands for the latter.
    struct Snapshot: Equatable {
        let commit: UInt64
        let manifestAddress: UInt
    }

    /// A block of one of a version's matrices.
    struct Block: Hashable {
        /// The matrices that are looked up row by row.
        enum Part { case terms, representations }

        let kind: RowKind
        let part: Part
        /// 0 for the base, 1 for the oldest layer, and so on.
        let layer: Int
        let number: Int
    }

    private struct State {
        var snapshot: Snapshot?
        var scans: [RowKind: ExactScan] = [:]
        var indexes: [RowKind: Index] = [:]
        var checked: Set<Block> = []
        var typed: [String: [UInt32]] = [:]
        var names: [Row: Names] = [:]
        /// The rows that have a feature.
        var having: [Row: RowSet] = [:]

        /// Forgets what another commit may have changed.
        mutating func enter(_ snapshot: Snapshot) {
            if self.snapshot == snapshot { return }
            self.snapshot = snapshot
            scans = [:]
            indexes = [:]
            names = [:]
            having = [:]
        }
    }

    /// A row of one kind.
    private struct Row: Hashable {
        let kind: RowKind
        let row: UInt32
    }

    /// What a row is called outside.
    struct Names {
        let id: String
        let name: String?
    }

    let rootHash: BlockHash
    let manifest: Manifest
    private let state = Mutex(State())

    private init(_ rootHash: BlockHash, _ manifest: Manifest) {
        self.rootHash = rootHash
        self.manifest = manifest
    }

    /// The scan over a kind of rows; made by `make` unless a session of the same snapshot has made it.
    func scan(_ kind: RowKind, at snapshot: Snapshot, make: () throws(QueryError) -> ExactScan) throws(QueryError) -> ExactScan {
        if let known = state.withLock({ $0.snapshot == snapshot ? $0.scans[kind] : nil }) { return known }
        let scan = try make()
        state.withLock { state in
            state.enter(snapshot)
            state.scans[kind] = scan
        }
        return scan
    }

    /// An index, as it lies in the map.
    struct Index: Sendable {
        let lists: InvertedLists
        let curves: [String: [SearchIndexRecord.Measure]]
    }

    /// The index of a kind of rows; made by `make` unless a session of the same snapshot has made it.
    func index(_ kind: RowKind, at snapshot: Snapshot, make: () throws(QueryError) -> Index) throws(QueryError) -> Index {
        if let known = state.withLock({ $0.snapshot == snapshot ? $0.indexes[kind] : nil }) { return known }
        let index = try make()
        state.withLock { state in
            state.enter(snapshot)
            state.indexes[kind] = index
        }
        return index
    }

    /// The rows of a kind that have each of some features; what no session of the snapshot has looked up is found by `find`, in one go.
    func rows(
        having features: [UInt32], _ kind: RowKind, at snapshot: Snapshot, find: ([UInt32]) throws(StoreError) -> [RowSet]
    ) throws(StoreError) -> [RowSet] {
        var known = state.withLock { state in
            features.map { state.snapshot == snapshot ? state.having[Row(kind: kind, row: $0)] : nil }
        }
        let missing = features.indices.filter { known[$0] == nil }
        if !missing.isEmpty {
            let found = try find(missing.map { features[$0] })
            for (place, set) in zip(missing, found) { known[place] = set }
            state.withLock { state in
                state.enter(snapshot)
                if state.having.count + missing.count > VersionReader.mostFeatures { state.having = [:] }
                for (place, set) in zip(missing, found) { state.having[Row(kind: kind, row: features[place])] = set }
            }
        }
        return known.compactMap(\.self)
    }

    /// Features whose rows are remembered.
    private static let mostFeatures = 256

    /// Whether a block is known to be what its hash says; if not, `check` must find out.
    func check(_ block: Block, _ check: () throws(StoreError) -> Void) throws(StoreError) {
        if state.withLock({ $0.checked.contains(block) }) { return }
        try check()
        state.withLock { _ = $0.checked.insert(block) }
    }

    /// What rows are called, in their order; those that no session of the snapshot has looked up are found by `find`.
    func names(
        of rows: [UInt32], _ kind: RowKind, at snapshot: Snapshot, find: (UInt32) throws(StoreError) -> Names
    ) throws(StoreError) -> [Names] {
        let known = state.withLock { state in
            state.snapshot == snapshot ? rows.map { state.names[Row(kind: kind, row: $0)] } : [Names?](repeating: nil, count: rows.count)
        }
        var names: [Names] = []
        names.reserveCapacity(rows.count)
        var found: [Row: Names] = [:]
        for (row, known) in zip(rows, known) {
            if let known {
                names.append(known)
                continue
            }
            let name = try find(row)
            names.append(name)
            found[Row(kind: kind, row: row)] = name
        }
        if found.isEmpty { return names }
        state.withLock { state in
            state.enter(snapshot)
            if state.names.count + found.count > VersionReader.nameLimit { state.names = [:] }
            if found.count <= VersionReader.nameLimit { state.names.merge(found) { $1 } }
        }
        return names
    }

    /// The features of a type; found by `find` once, since labels never change their rows.
    func features(ofType type: String, find: () throws(QueryError) -> [UInt32]) throws(QueryError) -> [UInt32] {
        if let known = state.withLock({ $0.typed[type] }) { return known }
        let found = try find()
        state.withLock { state in
            if state.typed.count >= 8 { state.typed = [:] }
            state.typed[type] = found
        }
        return found
    }
}

extension VersionReader {
    /// How many versions of a store are remembered.
    private static let limit = 8
    /// How many names of a version are remembered.
    private static let nameLimit = 10_000

    /// What is remembered of one open file, without keeping it open.
    private struct Known {
        weak var environment: Environment?
        /// The readers, the one that was used last at the end.
        var readers: [VersionReader] = []
        /// Where aliases point, by the hash of their record.
        var aliases: [BlockHash: Version] = [:]
    }

    private static let known = Mutex<[Known]>([])

    /// The reader of the version that a number or an alias leads to in a transaction.
    ///
    /// - Throws: `StoreError.catalog`: no such version or alias.
    /// - Complexity: two look-ups for a version that is remembered.
    static func open(
        _ reference: VersionReference, _ store: StoreReader, in transaction: borrowing Reading
    ) throws(StoreError) -> (reader: VersionReader, snapshot: Snapshot) {
        let environment = store.environment
        let aliasHash = try aliasHash(reference, store, in: transaction)
        let version: Version? =
            switch reference {
            case .version(let number): number
            case .alias:
                aliasHash.flatMap { hash in
                    known.withLock { all in all.first { $0.environment === environment }?.aliases[hash] }
                }
            }
        if let version, let found = try record(of: version, store, in: transaction),
            let reader = remembered(found.hash, environment)
        {
            return (reader, found.snapshot)
        }
        let manifest = try store.catalog.manifest(at: reference, in: transaction)
        guard let found = try record(of: manifest.version, store, in: transaction) else {
            throw .damaged(table: "versions", key: manifest.version.description, reason: "it has no header")
        }
        let reader = VersionReader(found.hash, manifest)
        remember(reader, aliasHash, environment)
        return (reader, found.snapshot)
    }

    private static func aliasHash(
        _ reference: VersionReference, _ store: StoreReader, in transaction: borrowing Reading
    ) throws(StoreError) -> BlockHash? {
        guard case .alias(let name) = reference, (1...100).contains(name.utf8.count),
            let record = try transaction.get(name, in: store.tables.aliases)
        else { return nil }
        return SealedJSON.hash(of: record)
    }

    private static func record(
        of version: Version, _ store: StoreReader, in transaction: borrowing Reading
    ) throws(StoreError) -> (hash: BlockHash, snapshot: Snapshot)? {
        guard let record = try transaction.get(version.rawValue, in: store.tables.versions),
            let hash = SealedJSON.hash(of: record)
        else { return nil }
        // The address is compared, never followed.
        let address = unsafe record.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        return (hash, Snapshot(commit: transaction.number, manifestAddress: address))
    }

    private static func remembered(_ hash: BlockHash, _ environment: Environment) -> VersionReader? {
        known.withLock { all in
            guard let place = all.firstIndex(where: { $0.environment === environment }),
                let position = all[place].readers.lastIndex(where: { $0.rootHash == hash })
            else { return nil }
            let reader = all[place].readers[position]
            if position < all[place].readers.count - 1 {
                all[place].readers.remove(at: position)
                all[place].readers.append(reader)
            }
            return reader
        }
    }

    private static func remember(_ reader: VersionReader, _ aliasHash: BlockHash?, _ environment: Environment) {
        known.withLock { all in
            all.removeAll { $0.environment == nil }
            if !all.contains(where: { $0.environment === environment }) { all.append(Known(environment: environment)) }
            guard let place = all.firstIndex(where: { $0.environment === environment }) else { return }
            all[place].readers.removeAll { $0.rootHash == reader.rootHash }
            all[place].readers.append(reader)
            if all[place].readers.count > limit { all[place].readers.removeFirst() }
            if all[place].aliases.count >= 8 * limit { all[place].aliases = [:] }
            if let aliasHash { all[place].aliases[aliasHash] = reader.manifest.version }
        }
    }
}
