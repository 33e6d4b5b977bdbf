import Foundation

@testable import LikenessTraining

/// BPR and logistic loss as they are told of: in double, example after example, and every parameter of a side shrunk at every step.
struct DenseTrainer {
    /// Rows of one kind; the bias is the last number of a row.
    struct Table {
        var values, squares, moves: [[Double]]

        init(_ table: ParameterTable) {
            func rows(_ wide: AlignedFloats, _ narrow: AlignedFloats) -> [[Double]] {
                guard narrow.count == table.rows else { return [] }
                return (0..<table.rows).map { row in
                    (0..<table.components).map { Double(wide[row * table.stride + $0]) } + [Double(narrow[row])]
                }
            }
            values = rows(table.embeddings, table.biases)
            squares = rows(table.embeddingAccumulators, table.biasAccumulators)
            moves = rows(table.embeddingMomenta, table.biasMomenta)
        }

        /// Moves a row against a gradient, which lacks the bias if that is to stay; gives the sum of its rates.
        mutating func move(_ row: Int, by gradient: [Double], _ choice: Hyperparameters) -> Double {
            let (keep, epsilon) = (Double(choice.rho), Double(choice.epsilon))
            var sum = 0.0
            for (place, gradient) in gradient.enumerated() {
                let rate: Double
                switch choice.schedule {
                case .adagrad:
                    rate = Double(choice.learningRate) / squares[row][place].squareRoot()
                    squares[row][place] += gradient * gradient
                case .adadelta:
                    squares[row][place] = keep * squares[row][place] + (1 - keep) * gradient * gradient
                    rate = ((moves[row][place] + epsilon) / (squares[row][place] + epsilon)).squareRoot()
                    moves[row][place] = keep * moves[row][place] + (1 - keep) * rate * gradient * rate * gradient
                }
                values[row][place] -= rate * gradient
                sum += rate
            }
            return sum
        }
    }

    /// Users or items.
    struct Side {
        var own, named: Table
        let features: FeatureRows?
        let regularization: Double

        /// What a row is made of.
        private func parts(_ row: Int) -> [(isOwn: Bool, row: Int, weight: Double)] {
            guard let features else { return [(true, row, 1)] }
            let own = Double(features.identityWeights[row])
            return (own == 0 ? [] : [(true, row, own)]) + features.features(of: row).map { (false, Int($0.feature), Double($0.weight)) }
        }

        func representation(_ row: Int) -> [Double] {
            var sum = [Double](repeating: 0, count: own.values[0].count)
            for part in parts(row) {
                let values = part.isOwn ? own.values[part.row] : named.values[part.row]
                for place in sum.indices { sum[place] += part.weight * values[place] }
            }
            return sum
        }

        /// Moves all that a row is made of; gives the sum of the rates, and of how many embeddings.
        mutating func move(_ row: Int, by gradient: [Double], _ choice: Hyperparameters) -> (rates: Double, entries: Int) {
            var rates = 0.0
            for part in parts(row) {
                let own = gradient.map { part.weight * $0 }
                rates += part.isOwn ? self.own.move(part.row, by: own, choice) : named.move(part.row, by: own, choice)
            }
            return (rates, parts(row).count)
        }

        mutating func shrink(by meanRate: Double) {
            func shrunk(_ rows: [[Double]]) -> [[Double]] { rows.map { $0.map { $0 * (1 - regularization * meanRate) } } }
            (own.values, named.values) = (shrunk(own.values), shrunk(named.values))
        }
    }

    var items, users: Side
    let choice: Hyperparameters
    private(set) var steps = 0
    /// What the sides have shrunk by, and the sum of squares of that by step, at the most.
    private(set) var (shrinkage, squaredShrinkage) = (0.0, 0.0)

    init(_ model: Model, itemFeatures: FeatureRows?, userFeatures: FeatureRows?, _ choice: Hyperparameters) {
        items = Side(
            own: Table(model.items), named: Table(model.itemFeatures), features: itemFeatures,
            regularization: Double(choice.itemRegularization))
        users = Side(
            own: Table(model.users), named: Table(model.userFeatures), features: userFeatures,
            regularization: Double(choice.userRegularization))
        self.choice = choice
    }

    mutating func stepByBPR(_ example: Example, negative: Int) {
        let (user, liked) = (users.representation(Int(example.user)), items.representation(Int(example.item)))
        let other = items.representation(negative)
        let margin = product(user, liked) - product(user, other)
        let loss = Double(example.weight) * (1 - 1 / (1 + exp(-margin)))
        let up = items.move(Int(example.item), by: user.dropLast().map { -loss * $0 } + [-loss], choice)
        let down = items.move(negative, by: user.dropLast().map { loss * $0 } + [loss], choice)
        let across = zip(other, liked).dropLast().map { loss * ($0 - $1) }
        finish([up, down, users.move(Int(example.user), by: across, choice)])
    }

    mutating func stepByLogistic(_ example: Example) {
        let (user, item) = (users.representation(Int(example.user)), items.representation(Int(example.item)))
        let score = product(user, item) + user[choice.components]
        let loss = Double(example.weight) * (1 / (1 + exp(-score)) - (example.isLike ? 1 : 0))
        let across = items.move(Int(example.item), by: user.dropLast().map { loss * $0 } + [loss], choice)
        finish([across, users.move(Int(example.user), by: item.dropLast().map { loss * $0 } + [loss], choice)])
    }

    /// The inner product, and the item's bias.
    private func product(_ user: [Double], _ item: [Double]) -> Double {
        zip(user, item).dropLast().reduce(item[choice.components]) { $0 + $1.0 * $1.1 }
    }

    private mutating func finish(_ moves: [(rates: Double, entries: Int)]) {
        let numbers = moves.reduce(0) { $0 + $1.entries } * (choice.components + 1)
        let mean = moves.reduce(0) { $0 + $1.rates } / Double(numbers)
        items.shrink(by: mean)
        users.shrink(by: mean)
        let share = max(items.regularization, users.regularization) * mean
        (steps, shrinkage, squaredShrinkage) = (steps + 1, shrinkage + share, squaredShrinkage + share * share)
    }
}
