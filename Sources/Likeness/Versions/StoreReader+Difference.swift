import LMDB
public import LikenessFormat
import LikenessModels
public import LikenessStore

/// What a comparison of versions looks at beside what it finds by itself.
public struct DifferenceOptions: Sendable {
    /// Of each kind, how many of the rows that moved most are named.
    public var most = 5
    /// What to compare the neighbours of, as queries name it, such as `item:a1`; empty for the items that moved most.
    public var around: [String] = []
    /// How many neighbours are compared.
    public var k = 10

    /// The defaults.
    public init() {}
}

extension StoreReader {
    /// What has changed from one version to another: settings, figures, rows that moved most, neighbours gained and lost, blocks.
    ///
    /// Trees are compared from the top, and where both have the same block nothing below it is read: versions that share most of their blocks
    /// are compared in no time, whatever their size.
    ///
    /// ```swift
    /// let difference = try store.difference(from: .version(Version(rawValue: 3)), to: .current)
    /// ```
    /// - Throws: `QueryError`: no such version, or nothing of a name in `around`.
    /// - Complexity: O(rows and blocks that differ), and a scan for each row of which neighbours are compared.
    public func difference(
        from first: VersionReference, to second: VersionReference = .current,
        _ options: DifferenceOptions = DifferenceOptions()
    ) throws(QueryError) -> VersionDifference {
        let one = try session(of: first)
        let other = try session(of: second)
        var difference: VersionDifference
        var moved: [String] = []
        do {
            difference = VersionDifference(
                from: one.version.rawValue, to: other.version.rawValue,
                isContinuation: try isContinuation(one.manifest, other.manifest))
            difference.settings = Self.settings(one.manifest, other.manifest)
            difference.metrics = Self.metrics(one.manifest, other.manifest)
            var trees = TreeComparison(tables)
            for kind in RowKind.allCases {
                let comparison = try RowComparison(
                    kind, one, other, trees: &trees, limit: max(options.most, 0))
                difference.rows.append(comparison.rows)
                if kind == .item { moved = comparison.rows.most.map { "item:\"\($0.id)\"" } }
            }
            let (before, after) = (one.manifest.allMatrices, other.manifest.allMatrices)
            let (old, new) = (Set(before), Set(after))
            for matrix in before where !new.contains(matrix) {
                // Its counterpart is the one of its name; layers that only one side has have none.
                let counterpart =
                    one.manifest.matrix(matrix.name) == matrix ? other.manifest.matrix(matrix.name) : nil
                _ = try trees.differing(matrix, counterpart, in: other.transaction)
            }
            for matrix in after
            where !old.contains(matrix) && other.manifest.matrix(matrix.name) != matrix {
                _ = try trees.differing(nil, matrix, in: other.transaction)
            }
            for matrix in other.manifest.matrices where one.manifest.matrix(matrix.name) == nil {
                _ = try trees.differing(nil, matrix, in: other.transaction)
            }
            (difference.removedBlocks, difference.addedBlocks) = (trees.onlyBefore, trees.onlyAfter)
        } catch {
            throw .store(error)
        }
        for query in options.around.isEmpty ? moved : options.around {
            do throws(QueryError) {
                difference.neighborhoods.append(try Self.neighborhood(of: query, one, other, k: options.k))
            } catch {
                // An id that no query can name is passed over, unless somebody named it.
                if !options.around.isEmpty { throw error }
            }
        }
        return difference
    }

    /// Whether one version goes on from the other, over whatever number of steps.
    private func isContinuation(_ first: Manifest, _ second: Manifest) throws(StoreError) -> Bool {
        let (old, new) = first.version < second.version ? (first, second) : (second, first)
        return try environment.read { (transaction: borrowing Reading) throws(StoreError) in
            var next: Version? = new.version
            while let version = next, version > old.version {
                next = try catalog.manifest(of: version, in: transaction)?.parent
            }
            return next == old.version
        }
    }

    static func neighborhood(
        of query: String, _ first: borrowing Session, _ second: borrowing Session, k: Int
    ) throws(QueryError) -> VersionDifference.Neighborhood {
        let before = try first.nearest(.items, to: query, k: k).results
        let after = try second.nearest(.items, to: query, k: k).results
        let (old, new) = (Set(before.map(\.id)), Set(after.map(\.id)))
        return VersionDifference.Neighborhood(
            query: query, gained: after.filter { !old.contains($0.id) },
            lost: before.filter { !new.contains($0.id) },
            kept: old.intersection(new).count)
    }

    private static func settings(_ first: Manifest, _ second: Manifest) -> [VersionDifference.Setting] {
        let (before, after) = (flat(first), flat(second))
        return Set(before.keys).union(after.keys).sorted().filter { before[$0] != after[$0] }.map {
            VersionDifference.Setting(name: $0, before: before[$0], after: after[$0])
        }
    }

    private static func metrics(_ first: Manifest, _ second: Manifest) -> [VersionDifference.Figure] {
        var (before, after) = (first.metrics, second.metrics)
        for (name, count) in [
            ("likes", \Manifest.likes), ("trainedLikes", \Manifest.trainedLikes), ("epochs", \Manifest.epochs),
        ] {
            (before[name], after[name]) = (Double(first[keyPath: count]), Double(second[keyPath: count]))
        }
        return Set(before.keys).union(after.keys).sorted().filter { before[$0] != after[$0] }.map {
            VersionDifference.Figure(name: $0, before: before[$0], after: after[$0])
        }
    }

    /// The settings of a version by name.
    private static func flat(_ manifest: Manifest) -> [String: String] {
        var settings = ["components": "\(manifest.components)", "features": manifest.featureWeighting]
        settings["tags"] = manifest.tags?.rawValue
        manifest.hyperparameters.flatten(into: &settings, "")
        manifest.featureOptions?.flatten(into: &settings, "features.")
        return settings
    }
}

extension JSONValue {
    /// Puts every value that holds no others into `values` by the names that lead to it.
    fileprivate func flatten(into values: inout [String: String], _ prefix: String) {
        switch self {
        case .null: return
        case .boolean(let value): values[prefix] = "\(value)"
        case .integer(let value): values[prefix] = "\(value)"
        case .large(let value): values[prefix] = "\(value)"
        case .number(let value): values[prefix] = "\(value)"
        case .string(let value): values[prefix] = value
        case .array(let list):
            for (place, value) in list.enumerated() {
                value.flatten(into: &values, JSONValue.name(prefix, "\(place)"))
            }
        case .object(let fields):
            for (name, value) in fields { value.flatten(into: &values, JSONValue.name(prefix, name)) }
        }
    }

    private static func name(_ prefix: String, _ name: String) -> String {
        prefix.isEmpty || prefix.hasSuffix(".") ? prefix + name : prefix + "." + name
    }
}
