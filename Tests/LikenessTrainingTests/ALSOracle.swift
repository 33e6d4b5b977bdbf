@testable import LikenessTraining

/// Alternating least squares as the equations have it: dense, in double precision, every pair of a user and an item visited.
struct ALSOracle {
    var x, y, t: [[Double]]
    /// By user and item: confidence and target; confidence 0 where nothing is known.
    var cells: [[(confidence: Double, target: Double)]]
    var features: [[Double]]
    var a0, lambda, theta: Double
    var userWeights, itemWeights: [Double]
    let meanItemWeight: Double
    let d: Int

    init(
        _ likes: Interactions, users: Int, items: Int, features rows: FeatureRows?, featureCount: Int, fit: AlternatingLeastSquares
    ) {
        let settings = fit.settings
        let unobserved = fit.terms.unobservedWeight
        var known = Array(repeating: Array(repeating: (confidence: 0.0, target: 0.0), count: items), count: users)
        for (entry, (user, item)) in zip(likes.users, likes.items).enumerated() {
            known[Int(user)][Int(item)] = (Double(likes.weights?[entry] ?? 1), (likes.values?[entry] ?? 1) > 0 ? 1 : 0)
        }
        let isLiked = known.map { $0.map { $0.target > 0 && $0.confidence > 0 } }
        let perUser = isLiked.map { $0.count { $0 } }
        let perItem = (0..<items).map { item in isLiked.count { $0[item] } }
        let (nu, ni) = (perUser.count { $0 > 0 }, perItem.count { $0 > 0 })
        let scales = settings.scalesByFrequency
        d = settings.components
        (lambda, theta, a0) = (Double(settings.regularization), rows == nil ? 0 : Double(settings.featurePull), unobserved)
        cells = known
        userWeights = perUser.map { $0 == 0 ? 0 : scales ? Double($0) + unobserved * Double(ni) : 1 }
        let weights = perItem.map { $0 == 0 ? 0 : scales ? Double($0) + unobserved * Double(nu) : 1 }
        itemWeights = weights
        meanItemWeight = weights.reduce(0, +) / Double(max(ni, 1))
        features = (0..<items).map { item in
            var row = [Double](repeating: 0, count: featureCount)
            for (feature, weight) in rows?.features(of: item) ?? [] { row[Int(feature)] += Double(weight) }
            return row
        }
        func doubles(_ matrix: FactorMatrix) -> [[Double]] {
            (0..<matrix.rows).map { matrix.vector($0).map { Double($0) } }
        }
        (x, y, t) = (doubles(fit.userSide.vectors), doubles(fit.itemSide.vectors), doubles(fit.itemSide.table))
        if t.isEmpty { t = Array(repeating: [Double](repeating: 0, count: settings.components), count: featureCount) }
    }

    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    func pulled(_ item: Int) -> [Double] {
        (0..<d).map { c in features[item].indices.reduce(0) { $0 + features[item][$1] * t[$1][c] } }
    }

    func theta(of item: Int) -> Double { features[item].contains { $0 != 0 } ? theta : 0 }

    static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
        var (a, b) = (matrix, right)
        let n = b.count
        for k in 0..<n {
            let best = (k..<n).max { abs(a[$0][k]) < abs(a[$1][k]) } ?? k
            a.swapAt(k, best)
            b.swapAt(k, best)
            guard a[k][k] != 0 else { continue }
            for i in k + 1..<max(n, k + 1) {
                let factor = a[i][k] / a[k][k]
                for j in k..<n { a[i][j] -= factor * a[k][j] }
                b[i] -= factor * b[k]
            }
        }
        var out = [Double](repeating: 0, count: n)
        for k in (0..<n).reversed() {
            let rest = (k + 1..<max(n, k + 1)).reduce(0) { $0 + a[k][$1] * out[$1] }
            out[k] = a[k][k] == 0 ? 0 : (b[k] - rest) / a[k][k]
        }
        return out
    }

    /// One iteration with exact solves.
    mutating func iterate() {
        for user in x.indices where userWeights[user] > 0 {
            var (a, b) = diagonal(lambda * userWeights[user])
            for item in y.indices where itemWeights[item] > 0 {
                add(&a, &b, y[item], cells[user][item])
            }
            x[user] = Self.solve(a, b)
        }
        for item in y.indices where itemWeights[item] > 0 {
            var (a, b) = diagonal(lambda * itemWeights[item])
            for user in x.indices where userWeights[user] > 0 { add(&a, &b, x[user], cells[user][item]) }
            let own = pulled(item)
            for c in 0..<d { b[c] += theta(of: item) * lambda * itemWeights[item] * own[c] }
            y[item] = Self.solve(a, b)
        }
        let n = t.count
        guard n > 0 else { return }
        var a = (0..<n).map { f in (0..<n).map { f == $0 ? 1.0 : 0 } }
        for item in y.indices where itemWeights[item] > 0 {
            let s = theta(of: item) * itemWeights[item] / meanItemWeight
            for f in 0..<n { for g in 0..<n { a[f][g] += s * features[item][f] * features[item][g] } }
        }
        for c in 0..<d {
            let b = (0..<n).map { f in
                y.indices.reduce(0) {
                    $0 + (itemWeights[$1] > 0 ? theta(of: $1) * itemWeights[$1] / meanItemWeight : 0) * features[$1][f] * y[$1][c]
                }
            }
            for (f, value) in Self.solve(a, b).enumerated() { t[f][c] = value }
        }
    }

    private func diagonal(_ value: Double) -> ([[Double]], [Double]) {
        ((0..<d).map { i in (0..<d).map { i == $0 ? value : 0 } }, [Double](repeating: 0, count: d))
    }

    private func add(_ a: inout [[Double]], _ b: inout [Double], _ v: [Double], _ cell: (confidence: Double, target: Double)) {
        for i in 0..<d {
            for j in 0..<d { a[i][j] += (a0 + cell.confidence) * v[i] * v[j] }
            b[i] += cell.confidence * cell.target * v[i]
        }
    }

    func objective() -> Double {
        var total = 0.0
        for user in x.indices where userWeights[user] > 0 {
            for item in y.indices where itemWeights[item] > 0 {
                let (score, cell) = (dot(x[user], y[item]), cells[user][item])
                total += cell.confidence * (cell.target - score) * (cell.target - score) + a0 * score * score
            }
            total += lambda * userWeights[user] * dot(x[user], x[user])
        }
        for item in y.indices where itemWeights[item] > 0 {
            let off = zip(y[item], pulled(item)).map { $0 - $1 }
            let theta = theta(of: item)
            total += lambda * itemWeights[item] * ((1 - theta) * dot(y[item], y[item]) + theta * dot(off, off))
        }
        return total + lambda * meanItemWeight * t.reduce(0) { $0 + dot($1, $1) }
    }
}
