import CVectorKernels
import LikenessFormat
import Platform
import RandomNumbers

/// The items of a model that a fold-in compares with, where they lie: nothing is copied.
package protocol FixedItems {
    /// Rows, whether part of the model or not.
    var rows: Int { get }
    /// Whether a row is part of the model.
    func contains(_ row: UInt32) -> Bool
    /// Calls `body` with a row's representation, padded with zeros to a multiple of 16 floats, and its bias; nil
    /// if the row is not part of the model.
    func withRow<R>(_ row: UInt32, _ body: (UnsafePointer<Float>, Float) -> R) -> R?
}

/// Finds the vector of a user who is not in a model: by the model's own loss and step rule (adagrad), with every item fixed.
///
/// ```swift
/// let vector = FoldIn(hyperparameters).vector(likes: [3, 17], dislikes: [4], items: items)
/// ```
/// The same likes give the same vector. WARP and k-OS WARP step as WARP does (Weston, Bengio and Usunier, 2011), BPR as BPR does; the
/// logistic loss steps likes towards 1, dislikes and as many drawn items towards 0. The user starts at what the user's features say, or at
/// zero, and has no bias, which would move all items alike. Features stand still; what is learned is the user's own part.
package struct FoldIn: Sendable {
    private let choice: Hyperparameters
    /// Passes over the likes at the most: after so many a lone user hardly moves.
    private static let epochLimit = 50
    /// The longest step of WARP, as in training.
    private static let largestLoss: Float = 10

    /// A fold-in by the settings that the model was trained with.
    package init(_ hyperparameters: Hyperparameters) {
        choice = hyperparameters
    }

    /// The user's vector, of `components` numbers.
    ///
    /// - Parameters:
    ///   - likes: rows of the items that the user likes, each once; rows that are not part of the model are passed over.
    ///   - dislikes: rows that the user dislikes; the ranking losses never draw them.
    ///   - base: what the user's features add to the vector, of `components` numbers; nil for a user without features.
    ///   - ownWeight: the weight of the user's own part beside the features.
    /// - Returns: nil if no like is part of the model and nothing is known of the user's features, or a number is not finite.
    /// - Complexity: O(epochs × likes × `maxSampled` × components), whatever the number of items.
    package func vector(
        likes: [UInt32], dislikes: [UInt32] = [], base: [Float]? = nil, ownWeight: Float = 1, items: some FixedItems
    ) -> [Float]? {
        let known = likes.filter { items.contains($0) }
        guard !known.isEmpty || base != nil else { return nil }
        var solver = Solver(
            choice, likes: known, dislikes: dislikes.filter { items.contains($0) }, base: base ?? [], ownWeight: ownWeight, items: items)
        for _ in 0..<min(max(choice.epochs, 1), FoldIn.epochLimit) { solver.runEpoch() }
        let vector = Array(solver.user.prefix(choice.components))
        return vector.allSatisfy(\.isFinite) ? vector : nil
    }

    /// One user while it is solved.
    private struct Solver<Items: FixedItems> {
        private let choice: Hyperparameters
        private let items: Items
        private var likes: [UInt32]
        private let dislikes: [UInt32]
        private let opinions: Set<UInt32>
        private var random: SplitMix64
        /// The user's vector: `base` + `ownWeight` × `own`.
        private(set) var user: [Float]
        private let base: [Float]
        private let ownWeight: Float
        private var own: [Float]
        private var accumulators: [Float]

        init(_ choice: Hyperparameters, likes: [UInt32], dislikes: [UInt32], base: [Float], ownWeight: Float, items: Items) {
            self.choice = choice
            self.items = items
            self.likes = likes.sorted()
            self.dislikes = dislikes
            opinions = Set(likes + dislikes)
            let stride = ParameterTable.stride(of: choice.components)
            self.base = base.prefix(stride) + [Float](repeating: 0, count: max(stride - base.count, 0))
            self.ownWeight = ownWeight
            user = self.base
            own = [Float](repeating: 0, count: stride)
            accumulators = [Float](repeating: 1, count: stride)
            random = SplitMix64(seed: self.likes.reduce(choice.seed) { SplitMix64.mix($0, UInt64($1)) })
        }

        mutating func runEpoch() {
            for last in stride(from: likes.count - 1, to: 0, by: -1) {
                likes.swapAt(last, Int(random.next(below: UInt64(last) + 1)))
            }
            for like in likes {
                switch choice.loss {
                case .warp, .warpKOS: stepByWARP(like)
                case .bpr:
                    if let negative = drawNegative() {
                        step(like, negative, loss: 1 - Mathematics.sigmoid(score(like) - score(negative)))
                    }
                case .logistic:
                    move(towards: like, by: 1 - Mathematics.sigmoid(score(like)))
                    if let negative = drawNegative() { move(towards: negative, by: -Mathematics.sigmoid(score(negative))) }
                }
            }
            guard choice.loss == .logistic else { return }
            for dislike in dislikes { move(towards: dislike, by: -Mathematics.sigmoid(score(dislike))) }
        }

        private mutating func stepByWARP(_ like: UInt32) {
            let needed = score(like) - choice.margin
            for attempt in 1...choice.maxSampled {
                guard let negative = drawNegative(), score(negative) > needed else { continue }
                let rank = max(Float((items.rows - 1) / attempt), 1)
                step(like, negative, loss: min(Float(Mathematics.logarithm(Double(rank))), FoldIn.largestLoss))
                return
            }
        }

        /// A row that is part of the model and that the user has no opinion of; nil if some draws find none.
        private mutating func drawNegative() -> UInt32? {
            for _ in 0..<20 {
                let row = UInt32(random.next(below: UInt64(items.rows)))
                if !opinions.contains(row), items.contains(row) { return row }
            }
            return nil
        }

        private func score(_ row: UInt32) -> Float {
            unsafe items.withRow(row) { vector, bias in unsafe Float(scan_dot_exact(vector, user, user.count)) + bias } ?? 0
        }

        private mutating func step(_ like: UInt32, _ negative: UInt32, loss: Float) {
            var direction = [Float](repeating: 0, count: user.count)
            add(like, 1, to: &direction)
            add(negative, -1, to: &direction)
            move(along: direction, by: loss)
        }

        private mutating func move(towards row: UInt32, by loss: Float) {
            var direction = [Float](repeating: 0, count: user.count)
            add(row, 1, to: &direction)
            move(along: direction, by: loss)
        }

        private func add(_ row: UInt32, _ factor: Float, to direction: inout [Float]) {
            _ = unsafe items.withRow(row) { vector, _ in
                for place in direction.indices { direction[place] += unsafe factor * vector[place] }
            }
        }

        /// One step of adagrad: the rate of each number falls with the root of its squared gradients so far.
        private mutating func move(along direction: [Float], by loss: Float) {
            for place in direction.indices {
                let gradient = ownWeight * (loss * direction[place])
                let rate = choice.learningRate / accumulators[place].squareRoot()
                own[place] = (own[place] + rate * gradient) * (1 - rate * choice.userRegularization)
                user[place] = base[place] + ownWeight * own[place]
                accumulators[place] += gradient * gradient
            }
        }
    }
}
