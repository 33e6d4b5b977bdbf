import LikenessFormat
import LikenessStore
import LikenessTraining

/// The users or the items of a model cut out of a parent: copies of their rows, and what they are made of.
///
/// Features that the parent has stand still: what they add to a row is one vector, which the trainer sees as a feature of that row alone.
/// Features that start here learn.
///
/// ```
/// rows       0 … n−1                    numbers[r] is the row's number in the store, ascending
/// features   0 … p−1 | p … p+f−1        what inherited features add to a row | features that start here, by fresh
/// ```
struct CutSide {
    let kind: RowKind
    var featureKind: RowKind { kind == .item ? .itemFeature : .userFeature }
    let numbers: [UInt32]
    /// Whether each row joins only now.
    let joins: [Bool]
    /// What the version counts of each row, the new likes included.
    private(set) var tallies: [RowTally]
    /// What the parent counted.
    let formerTallies: [RowTally]
    private(set) var features: FeatureRows?
    /// How many rows have something that stands still.
    private(set) var fixed = 0
    /// The numbers of features that start here, ascending.
    private(set) var fresh: [UInt32] = []
    /// How many rows more have a feature.
    private(set) var featureDeltas: [UInt32: Int] = [:]
    /// Feature rows that differ from the parent's, by local row.
    private(set) var rewritten: [Int: (features: [(feature: UInt32, weight: Float)], identityWeight: Float)] = [:]
    /// Rows whose features give way to their own embedding.
    private(set) var former: [Model.FormerShare] = []
    /// The rows' own parameters, and those of the features as the trainer sees them.
    private(set) var identity: ParameterTable
    private(set) var named: ParameterTable

    /// - Parameters:
    ///   - numbers: the rows, ascending.
    ///   - joining: those that the parent does not have.
    ///   - counted: how many likes and dislikes are new, by row.
    ///   - refreshed: rows whose features are looked up in the store.
    init(
        _ numbers: [UInt32], joining: Set<UInt32>, counted: [UInt32: (likes: Int, dislikes: Int)], refreshed: Set<UInt32>,
        _ parent: ParentRows, kind: RowKind, in transaction: borrowing Reading
    ) throws(FitError) {
        self.kind = kind
        self.numbers = numbers
        joins = numbers.map(joining.contains)
        (identity, named) = (parent.table(kind), parent.table(kind == .item ? .itemFeature : .userFeature))
        do {
            var tallies: [RowTally] = []
            for number in numbers {
                tallies.append(
                    joining.contains(number) ? RowTally() : try parent.rows(kind).tally(of: Int(number), in: transaction) ?? RowTally())
            }
            formerTallies = tallies
            for (row, number) in numbers.enumerated() {
                guard let more = counted[number] else { continue }
                tallies[row].likes = UInt32(clamping: Int(tallies[row].likes) + more.likes)
                tallies[row].dislikes = UInt32(clamping: Int(tallies[row].dislikes) + more.dislikes)
            }
            self.tallies = tallies
            if parent.leastSquares != nil {
                // Such a version has no parameters beside its vectors.
                _ = try refresh(refreshed, parent, in: transaction)
                return
            }
            try parent.fill(&identity, numbers, joins: joins, in: transaction)
            try makeFeatures(refreshed, parent, in: transaction)
        } catch {
            throw FitError(any: error)
        }
    }

    /// What rows are made of: features as they are in the store for refreshed rows, and for all others as the parent has them.
    private mutating func makeFeatures(_ refreshed: Set<UInt32>, _ parent: ParentRows, in transaction: borrowing Reading) throws {
        let rows = parent.rows(kind)
        let changed = try refresh(refreshed, parent, in: transaction)
        let freshRows = Dictionary(uniqueKeysWithValues: fresh.enumerated().map { ($1, $0) })
        var constants: [[Float]] = []
        var biases: [Float] = []
        var lists: [[(feature: UInt32, weight: Float)]] = []
        for row in numbers.indices {
            var list: [(feature: UInt32, weight: Float)] = []
            let scale = changed[row].map { $0.scale }
            if let constant = try constant(of: row, isChanged: changed[row]?.isChanged ?? false, parent, rows, in: transaction) {
                list.append((UInt32(constants.count), 1))
                constants.append(constant.vector.map { $0 * (scale ?? 1) })
                biases.append(constant.bias * (scale ?? 1))
            }
            for (feature, weight) in rewritten[row]?.features ?? [] {
                if let place = freshRows[feature] { list.append((UInt32.max / 2 + UInt32(place), weight)) }
            }
            lists.append(list)
        }
        fixed = constants.count
        let first = UInt32(fixed)
        lists = lists.map { $0.map { ($0.feature >= UInt32.max / 2 ? $0.feature - UInt32.max / 2 + first : $0.feature, $0.weight) } }
        let made = try FeatureRows(lists, identityWeights: tallies.map(\.identityWeight), shares: tallies.map(\.share))
        let isPlain = made.columns.isEmpty && made.identityWeights.allSatisfy { $0 == 1 }
        features = isPlain ? nil : made
        named.addRows(upTo: fixed + fresh.count)
        named.restart(Array(fixed..<fixed + fresh.count), as: fresh.map { Int($0) }, seed: parent.hyperparameters.seed)
        for (place, constant) in constants.enumerated() {
            for component in constant.indices { named.embeddings[place * named.stride + component] = constant[component] }
            named.biases[place] = biases[place]
        }
    }

    /// Looks refreshed rows up in the store, and writes down whose feature rows change.
    /// - Returns: of these rows, by what their features' weights are multiplied, and whether they have other features now.
    private mutating func refresh(
        _ refreshed: Set<UInt32>, _ parent: ParentRows, in transaction: borrowing Reading
    ) throws -> [Int: (scale: Float, isChanged: Bool)] {
        guard parent.features.weighting != .none else { return [:] }
        let rows = parent.rows(kind)
        let looked = numbers.indices.filter { refreshed.contains(numbers[$0]) }
        let store = EntityFeatures(of: kind, in: parent.store.tables)
        var lists: [[(feature: UInt32, weight: Float)]] = []
        for row in looked { lists.append(try store.features(of: numbers[row], in: transaction)) }
        var isChanged: [Bool] = []
        for (row, list) in zip(looked, lists) {
            let differs = joins[row] || RowTally.source(of: list) != tallies[row].source
            isChanged.append(differs)
            guard differs else { continue }
            for (feature, _) in list { featureDeltas[feature, default: 0] += 1 }
            guard !joins[row] else { continue }
            for (feature, _) in try rows.features(of: Int(numbers[row]), in: transaction)?.features ?? [] {
                featureDeltas[feature, default: 0] -= 1
            }
        }
        if !rows.hasFeatures, lists.allSatisfy(\.isEmpty) { return [:] }
        // How many rows of the version have each feature: asked once for each.
        let tags = parent.rows(featureKind)
        var counts: [UInt32: Int] = [:]
        var freshFeatures: Set<UInt32> = []
        for feature in Set(lists.lazy.flatMap { $0.map(\.feature) }) {
            let before = Int(try tags.tally(of: Int(feature), in: transaction)?.likes ?? 0)
            let now = before + (featureDeltas[feature] ?? 0)
            // What the parent has stays in; what it does not have joins when enough rows have it.
            counts[feature] = before > 0 ? max(now, parent.features.minimumRows) : now
            if before > 0 { continue }
            freshFeatures.insert(feature)
            if now < parent.features.minimumRows { featureDeltas[feature] = nil }
        }
        let total = (parent.manifest.totals?[kind] ?? 0) + joins.count(where: \.self)
        let weighed: FeatureRows?
        do {
            weighed = try parent.features.rows(
                of: lists, rowCount: total, likes: kind == .item ? looked.map { tallies[$0].likes } : nil, rowsWith: { counts[$0] ?? 1 })
        } catch {
            throw FitError(error, ofFeaturesOf: kind) { rows, row in
                parent.store.name(of: rows == kind ? Int(numbers[looked[row]]) : row, rows)
            }
        }
        guard let weighed else { return [:] }
        var found: [Int: (scale: Float, isChanged: Bool)] = [:]
        for (place, row) in looked.enumerated() {
            if isChanged[place] {
                rewritten[row] = (weighed.features(of: place), weighed.identityWeights[place])
                tallies[row].share = weighed.shares[place]
                tallies[row].identityWeight = weighed.identityWeights[place]
                tallies[row].source = RowTally.source(of: lists[place])
                found[row] = (1, true)
                continue
            }
            // As likes come in, all weights of a row's features shrink alike.
            let (was, now) = (tallies[row].share, weighed.shares[place])
            guard now < 0.999 * was else { continue }
            let scale = (now / was).squareRoot()
            let old = try rows.features(of: Int(numbers[row]), in: transaction)?.features ?? []
            former.append(Model.FormerShare(row: row, share: was, identityWeight: tallies[row].identityWeight))
            rewritten[row] = (old.map { ($0.feature, scale * $0.weight) }, weighed.identityWeights[place])
            tallies[row].share = now
            tallies[row].identityWeight = weighed.identityWeights[place]
            found[row] = (scale, false)
        }
        fresh = Set(rewritten.values.lazy.flatMap { $0.features.map(\.feature) }).intersection(freshFeatures).sorted()
        return found
    }

    /// What inherited features add to a row; nil for nothing.
    private func constant(
        of row: Int, isChanged: Bool, _ parent: ParentRows, _ rows: LayeredRows, in transaction: borrowing Reading
    ) throws(StoreError) -> (vector: [Float], bias: Float)? {
        let components = identity.components
        if isChanged {
            let tags = parent.rows(featureKind)
            var (sum, bias, isEmpty) = ([Float](repeating: 0, count: components), Float(0), true)
            for (feature, weight) in rewritten[row]?.features ?? [] {
                guard try tags.isPresent(Int(feature), in: transaction),
                    let vector = try tags.vector(
                        Int(feature), MatrixNames.parameters(featureKind, .embeddings, components: components), in: transaction),
                    let own = try tags.vector(
                        Int(feature), MatrixNames.parameters(featureKind, .biases, components: components), in: transaction)
                else { continue }
                isEmpty = false
                for component in 0..<components { sum[component] += weight * vector[component] }
                bias += weight * own[0]
            }
            return isEmpty ? nil : (sum, bias)
        }
        let weight = formerTallies[row].identityWeight
        guard !joins[row], formerTallies[row].source != 0 || weight != 1,
            let vector = try rows.vector(Int(numbers[row]), MatrixNames.representations(kind, components: components), in: transaction),
            let terms = try rows.terms(of: Int(numbers[row]), in: transaction)
        else { return nil }
        let start = row * identity.stride
        let rest = (0..<components).map { vector[$0] - (weight == 0 ? 0 : weight * identity.embeddings[start + $0]) }
        let bias = terms.bias - (weight == 0 ? 0 : weight * identity.biases[row])
        return rest.contains { $0 != 0 } || bias != 0 ? (rest, bias) : nil
    }
}
