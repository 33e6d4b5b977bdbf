import Foundation
import RandomNumbers
import Testing

@testable import LikenessTraining

/// WARP as it is shipped, draw for draw beside WARP as it is told of: candidate after candidate in double, and every parameter shrunk at
/// every step. (Weston, Bengio and Usunier, 2011; LightFM's numbers.)
@Suite struct WarpOracleTests {
    /// A row of either side.
    struct Row {
        var embedding: [Double]
        var squares: [Double]
        var bias: Double
        var biasSquares: Double
    }

    /// The naive trainer.
    struct Oracle {
        var users: [Row]
        var items: [Row]
        let choice: Hyperparameters
        let seen: Set<UInt64>
        var steps = 0
        var inVain = 0
        var late = 0
        var without = 0

        /// - Parameters:
        ///   - first: candidates that were drawn before.
        ///   - more: draws so many.
        mutating func train(_ example: Example, _ first: [UInt32], more: (Int) -> [UInt32]) {
            let (user, liked) = (Int(example.user), Int(example.item))
            let own = score(user, liked)
            var candidates = first
            for tries in 0..<choice.maxSampled {
                if tries == candidates.count { candidates += more(min(choice.maxSampled - tries, 16)) }
                let candidate = candidates[tries]
                let other = score(user, Int(candidate))
                guard other > own - Double(choice.margin), !seen.contains(UInt64(user) << 32 | UInt64(candidate)) else { continue }
                let rank = (Double(items.count - 1) / Double(tries + 1)).rounded(.down)
                step(user, liked, Int(candidate), by: min(Double(example.weight) * log(max(1, rank)), 10))
                steps += 1
                inVain += tries > 0 ? 1 : 0
                late += tries >= 16 ? 1 : 0
                return
            }
            without += 1
        }

        private func score(_ user: Int, _ item: Int) -> Double {
            zip(users[user].embedding, items[item].embedding).reduce(items[item].bias) { $0 + $1.0 * $1.1 }
        }

        private mutating func step(_ user: Int, _ liked: Int, _ negative: Int, by loss: Double) {
            let (u, p, n) = (users[user].embedding, items[liked].embedding, items[negative].embedding)
            var rates = move(&items[liked], by: u.map { -loss * $0 }, bias: -loss)
            rates += move(&items[negative], by: u.map { loss * $0 }, bias: loss)
            rates += move(&users[user], by: zip(n, p).map { loss * ($0 - $1) }, bias: nil)
            let mean = rates / Double(3 * (choice.components + 1))
            shrink(&items, by: Double(choice.itemRegularization) * mean)
            shrink(&users, by: Double(choice.userRegularization) * mean)
        }

        /// One step of adagrad; gives the sum of its rates.
        private func move(_ row: inout Row, by gradient: [Double], bias: Double?) -> Double {
            let rate = Double(choice.learningRate)
            var sum = 0.0
            for (component, gradient) in gradient.enumerated() {
                let own = rate / row.squares[component].squareRoot()
                row.embedding[component] -= own * gradient
                row.squares[component] += gradient * gradient
                sum += own
            }
            guard let bias else { return sum }
            let own = rate / row.biasSquares.squareRoot()
            row.bias -= own * bias
            row.biasSquares += bias * bias
            return sum + own
        }

        private func shrink(_ rows: inout [Row], by share: Double) {
            guard share > 0 else { return }
            for row in rows.indices {
                for component in rows[row].embedding.indices { rows[row].embedding[component] *= 1 - share }
                rows[row].bias *= 1 - share
            }
        }
    }

    private static let (users, items) = (20, 150)

    private static func rows(_ table: ParameterTable) -> [Row] {
        (0..<table.rows).map { row in
            let at = row * table.stride..<row * table.stride + table.components
            return Row(
                embedding: at.map { Double(table.embeddings[$0]) }, squares: at.map { Double(table.embeddingAccumulators[$0]) },
                bias: Double(table.biases[row]), biasSquares: Double(table.biasAccumulators[row]))
        }
    }

    @Test(
        "An epoch steps on the same items by the same lengths",
        arguments: [(3, 7), (12, 7), (16, 7), (64, 7), (70, 7), (12, 16), (3, 17), (16, 40), (64, 33)],
        [(Float(0), Float(1)), (3e-3, 1), (0, 0.5), (1e-3, 1.5)])
    func equal(_ sizes: (components: Int, tries: Int), _ numbers: (regularization: Float, margin: Float)) throws {
        let (components, tries) = sizes
        let (regularization, margin) = numbers
        var choice = Hyperparameters()
        (choice.components, choice.learningRate, choice.maxSampled) = (components, 0.001, tries)
        (choice.itemRegularization, choice.userRegularization, choice.margin) = (regularization, regularization / 2, margin)
        var random = SplitMix64(seed: 17)
        var likes = Interactions(users: [], items: [], weights: [])
        for user in 0..<UInt32(Self.users) {
            for item in 0..<UInt32(Self.items) where random.next(below: 5) == 0 {
                likes.users.append(user)
                likes.items.append(item)
                likes.weights?.append(0.5 + 2 * random.unitFloat())
            }
        }
        // Scores are spread so that half of the candidates rank too high.
        var model = Model(
            components: components, schedule: .adagrad, items: Self.items, itemFeatures: 0, users: Self.users, userFeatures: 0, seed: 3)
        let size = 4 * Float(components) / Float(components).squareRoot().squareRoot()
        for row in 0..<Self.items * model.items.stride { model.items.embeddings[row] *= size }
        for row in 0..<Self.users * model.users.stride { model.users.embeddings[row] *= size }
        // Where there are many tries, most of them are to be in vain.
        if tries > 16 { for item in 0..<Self.items where item % 10 > 0 { model.items.biases[item] -= 8 } }
        var oracle = Oracle(
            users: Self.rows(model.users), items: Self.rows(model.items), choice: choice,
            seen: Set(zip(likes.users, likes.items).map { UInt64($0) << 32 | UInt64($1) }))
        var examples = likes.users.indices.map {
            Example(user: likes.users[$0], item: likes.items[$0], weight: likes.weights?[$0] ?? 1)
        }
        examples.withUnsafeMutableBufferPointer { random.shuffle(&$0) }
        var (source, same) = (random, random)
        var trainer = try Trainer(model: model, interactions: likes, hyperparameters: choice)
        try trainer.runEpoch(examples, source: &source)
        func draw(_ count: Int) -> [UInt32] {
            var places = [UInt32](repeating: 0, count: count + 15)
            same.draw(count, below: Self.items, into: &places)
            return Array(places.prefix(count))
        }
        // The first 16 candidates are drawn eight examples before the step, and more of them when they are needed.
        var ahead: [[UInt32]] = []
        for position in -8..<examples.count {
            if position + 8 < examples.count { ahead.append(draw(min(tries, 16))) }
            if position >= 0 { oracle.train(examples[position], ahead[position], more: draw) }
        }
        #expect(oracle.steps > 100 && oracle.inVain > 50 && (oracle.without > 5 || margin > 1) && (oracle.late > 5 || tries <= 17))
        for (found, expected) in [(Self.rows(trainer.model.users), oracle.users), (Self.rows(trainer.model.items), oracle.items)] {
            for (a, b) in zip(found, expected) {
                func near(_ x: Double, _ y: Double) -> Bool { abs(x - y) <= 2e-5 * max(1, abs(y)) }
                #expect(zip(a.embedding, b.embedding).allSatisfy(near) && near(a.bias, b.bias))
                #expect(zip(a.squares, b.squares).allSatisfy(near) && near(a.biasSquares, b.biasSquares))
            }
        }
    }
}
