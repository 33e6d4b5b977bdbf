import CVectorKernels

/// The means of the unit vectors of users and of items with likes, of a model by the softmax of cosines.
public struct SoftmaxCenters: Codable, Sendable, Equatable {
    /// Of users, d numbers.
    public let users: [Float]
    /// Of items, d numbers.
    public let items: [Float]

    /// Means that are known already.
    public init(users: [Float], items: [Float]) { (self.users, self.items) = (users, items) }
}

/// Where a row of a model by the softmax of cosines belongs that the training did not have: what the unit vectors of its likes add up to, less a
/// part of the mean of all such vectors, and what its features say.
///
/// Where the loss has no slope, a user's vector is a sum of likes less a sum of what else scores high, and likes alone make most of it.
/// ```
/// users  x = Σ c (y − ½ ȳ) + 1 f        items  y = Σ c (x − x̄) + 5 f
/// ```
/// f is what features say, at length 1; of an item without features it is −x̄. So an item of few likes does not rank high with everybody who
/// resembles the few. Last.fm and ml-latest-small, a fifth of the items left out of the training and then put in so: NDCG@10 of all users .171 and .169;
/// .059 and .039 with the items as plain sums, and .169 and .167 without them.
package struct CosineFoldIn {
    /// How many likes features weigh as much as, and a factor of the mean of the other side.
    package enum Side {
        case user, item

        var featureLikes: Float { self == .user ? 1 : 5 }
        var centering: Float { self == .user ? 0.5 : 1 }
    }

    private let side: Side
    /// The mean of the other side's vectors.
    private let center: [Float]

    /// - Parameter center: the mean of the vectors of the other side, d numbers.
    package init(_ side: Side, center: [Float]) { (self.side, self.center) = (side, center) }

    /// The vector, at length 1; zeros if there is nothing to make one of.
    ///
    /// - Parameters:
    ///   - likes: the unit vectors of what the row likes, or of who likes it.
    ///   - confidences: one of each; nil for 1.
    ///   - features: what its features add up to, d numbers; nil or zeros of a row without any.
    /// - Complexity: O(likes × d).
    package func vector(likes: [[Float]], confidences: [Float]? = nil, features: [Float]? = nil) -> [Float] {
        let said = Self.unit(features ?? [])
        let hasFeatures = said.contains { $0 != 0 }
        if !likes.indices.contains(where: { confidences?[$0] ?? 1 > 0 }) {
            return hasFeatures ? said : [Float](repeating: 0, count: center.count)
        }
        var sum = sum(likes: likes, confidences: confidences)
        for c in sum.indices {
            if hasFeatures {
                sum[c] += side.featureLikes * said[c]
            } else if side == .item {
                sum[c] -= side.featureLikes * center[c]
            }
        }
        return Self.unit(sum)
    }

    /// What likes say: Σ c (y − the part of the mean).
    fileprivate func sum(likes: [[Float]], confidences: [Float]?) -> [Float] {
        var sum = [Float](repeating: 0, count: center.count)
        for (place, like) in likes.enumerated() {
            let confidence = confidences?[place] ?? 1
            for c in sum.indices { sum[c] += confidence * (like[c] - side.centering * center[c]) }
        }
        return sum
    }

    /// A vector at length 1; zeros stay.
    package static func unit(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }
}

extension LeastSquaresUpdate.Touched {
    /// Whether a touched row has likes.
    fileprivate func hasLikes(_ place: Int) -> Bool { (offsets[place]..<offsets[place + 1]).contains { isLike?[$0] ?? true } }
}

extension LeastSquaresUpdate {
    /// How many of the opinions of each touched row came since it got its vector; they are the last ones of its history.
    package struct News: Sendable {
        package var users: [Int] = []
        package var items: [Int] = []

        package init() {}
    }

    /// The same for a model by the softmax of cosines: touched users, then touched items, keep their vectors at the length of what their older likes
    /// add up to, and what came since is added. Rows without a vector are folded in. Features move as they do by least squares. There are no
    /// Gram matrices.
    ///
    /// - Complexity: O(likes of touched rows × d).
    package mutating func run(_ centers: SoftmaxCenters, news: News) throws(TrainingError) {
        try check()
        let itemsBefore = items
        Self.move(
            touchedUsers, &users, items, CosineFoldIn(.user, center: centers.items), news.users,
            features: userFeatures, userFeatureTable, settings)
        Self.move(
            touchedItems, &items, users, CosineFoldIn(.item, center: centers.users), news.items, features: itemFeatures, featureTable,
            settings)
        for (place, row) in touchedItems.rows.enumerated() where !touchedItems.hasLikes(place) {
            items.scale(row, by: Float(terms.coldItemScale ?? 1))
        }
        if movesFeatures { moveItemFeatures(before: itemsBefore) }
    }

    private static func move(
        _ touched: Touched, _ own: inout FactorMatrix, _ other: FactorMatrix, _ foldIn: CosineFoldIn, _ news: [Int],
        features: FeatureRows?, _ table: FactorMatrix, _ settings: LeastSquaresSettings
    ) {
        let d = own.components
        func vectors(_ entries: Range<Int>) -> (likes: [[Float]], confidences: [Float]?) {
            let likes = entries.filter { touched.isLike?[$0] ?? true }
            return (
                likes.map { other.vector(Int(touched.likes[$0])) },
                touched.weights.map { weights in likes.map { settings.confidence(of: weights[$0]) } }
            )
        }
        for (place, row) in touched.rows.enumerated() {
            let history = touched.offsets[place]..<touched.offsets[place + 1]
            let start = max(history.upperBound - max(news[place], 0), history.lowerBound)
            let before = own.vector(row)
            let moved: [Float]
            if touched.hasLikes(place), start > history.lowerBound, before.contains(where: { $0 != 0 }) {
                if start == history.upperBound { continue }
                let (older, newer) = (vectors(history.lowerBound..<start), vectors(start..<history.upperBound))
                let said = foldIn.sum(likes: older.likes, confidences: older.confidences)
                let length = said.reduce(0) { $0 + $1 * $1 }.squareRoot()
                let more = foldIn.sum(likes: newer.likes, confidences: newer.confidences)
                moved = CosineFoldIn.unit((0..<d).map { length * before[$0] + more[$0] })
            } else {
                var said = [Float](repeating: 0, count: d)
                if let features, row < features.rows {
                    for entry in features.offsets[row]..<features.offsets[row + 1] {
                        let at = Int(features.columns[entry]) * table.stride
                        for c in 0..<d { said[c] += features.weights[entry] * table.values[at + c] }
                    }
                }
                let all = vectors(history)
                moved = foldIn.vector(likes: all.likes, confidences: all.confidences, features: said)
            }
            for c in 0..<d { own.values[row * own.stride + c] = moved[c] }
        }
    }
}
