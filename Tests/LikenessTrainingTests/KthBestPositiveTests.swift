import Foundation
import RandomNumbers
import Testing

@testable import LikenessTraining

/// What k-OS WARP takes for the liked item, and for the one that ranks too high, beside a plain look at exact scores.
@Suite struct KthBestPositiveTests {
    struct Case: Sendable, CustomStringConvertible {
        var (k, n, maxSampled): (Int, Int, Int)
        var description: String { "k \(k), n \(n), \(maxSampled) tries" }
    }

    static let cases = [(1, 10, 40), (5, 10, 33), (50, 10, 16), (3, 100, 17), (30, 100, 7), (2, 3, 48)].map {
        Case(k: $0.0, n: $0.1, maxSampled: $0.2)
    }

    private static let (users, items, liked, components) = (12, 150, 40, 16)

    /// One example of a user, looked at from outside.
    struct Look {
        let sample: [Int]
        let candidates: [Int]
        let scores: [Double]
        /// What the score of each item from its code may be off by.
        let errors: [Double]
        let seen: Set<Int>
        let moved: (up: Int, down: Int)?

        /// Whether the k-th best of the sample may be an item.
        func mayBePicked(_ item: Int, k: Int) -> Bool {
            let (low, high) = (scores[item] - errors[item], scores[item] + errors[item])
            let above = sample.count { scores[$0] - errors[$0] > high }
            let notBelow = sample.count { scores[$0] + errors[$0] >= low }
            return above < k && k <= notBelow
        }

        /// Whether a search for a violator of a liked item comes to what was moved.
        func isRight(liked: Int, maxSampled: Int, codesOnly: Bool) -> Bool {
            let limit = scores[liked] - 1
            let place = moved.flatMap { candidates.firstIndex(of: $0.down) }
            let missed = candidates[..<(place ?? candidates.count)].contains {
                !seen.contains($0) && scores[$0] > limit + 1e-5 + (codesOnly ? errors[$0] + errors[liked] : 0)
            }
            guard let moved else { return !missed && candidates.count == maxSampled }
            return !missed && place != nil && moved.up == liked && !seen.contains(moved.down) && scores[moved.down] > limit - 1e-5
        }
    }

    /// A model whose first items score higher than most others; users like about half of these.
    private static func world(_ choice: Hyperparameters) -> (model: Model, likes: Interactions) {
        var model = Model(
            components: components, schedule: .adagrad, items: items, itemFeatures: 4, users: users, seed: choice.seed)
        for place in 0..<items * model.items.stride { model.items.embeddings[place] *= 30 }
        for place in 0..<users * model.users.stride { model.users.embeddings[place] *= 30 }
        for item in 0..<liked { model.items.biases[item] = 3 }
        var (random, likes) = (SplitMix64(seed: 31), Interactions(users: [], items: []))
        for user in 0..<UInt32(users) {
            for item in 0..<UInt32(liked) where random.draw(below: 2) == 0 {
                likes.users.append(user)
                likes.items.append(item)
            }
        }
        return (model, likes)
    }

    private static func look(
        _ user: Int, _ before: Model, _ after: Model, _ features: FeatureRows?, seen: [Int], calls: [[UInt32]]
    ) -> Look {
        let (vectors, own) = (before.itemRepresentations(features), before.users.embedding(user).map(Double.init))
        let (spread, largest) = (own.reduce(0) { $0 + abs($1) }, own.map { abs($0) }.max() ?? 0)
        // A code is off by half a scale; products of words by half of a 2^-13th of the largest number of the user, times 127.
        let offByUnits = 0.5001 * spread + 127 * largest * Double(components) / 16_384
        var (scores, errors): ([Double], [Double]) = ([], [])
        for item in 0..<items {
            let vector = vectors.vector(item).map(Double.init)
            scores.append(zip(own, vector).reduce(Double(vectors.biases[item])) { $0 + $1.0 * $1.1 })
            let scale = (vector.map { abs($0) }.max() ?? 0) / 127
            errors.append(scale * offByUnits + 1e-5)
        }
        let moves = (0..<items).filter { after.items.biases[$0] != before.items.biases[$0] }
        let up = moves.first { after.items.biases[$0] > before.items.biases[$0] }
        let down = moves.first { after.items.biases[$0] < before.items.biases[$0] }
        let candidates = calls[0] + calls[2...].joined()
        return Look(
            sample: calls[1].map { seen[Int($0)] }, candidates: candidates.map { Int($0) }, scores: scores,
            errors: errors, seen: Set(seen), moved: up.flatMap { up in down.map { (up, $0) } })
    }

    @Test(
        "The k-th best of the sample, or the worst of a smaller one, against the first that ranks too high", arguments: cases,
        [false, true])
    func picks(_ this: Case, withFeatures: Bool) throws {
        var choice = Hyperparameters()
        (choice.loss, choice.components) = (.warpKOS, Self.components)
        (choice.k, choice.n, choice.maxSampled) = (this.k, this.n, this.maxSampled)
        let (model, likes) = Self.world(choice)
        var lists = [[(feature: UInt32, weight: Float)]](repeating: [], count: Self.items)
        var identities = [Float](repeating: 1, count: Self.items)
        for item in stride(from: 0, to: Self.items, by: 2) { (lists[item], identities[item]) = ([(UInt32(item % 4), 0.5)], 0.9) }
        let features = try FeatureRows(lists, identityWeights: identities)
        var trainer = try Trainer(
            model: model, interactions: likes, itemFeatures: withFeatures ? features : nil, hyperparameters: choice)
        var (certain, late, none) = (0, 0, 0)
        for round in 0..<150 {
            let (user, before) = (round % Self.users, trainer.model)
            let seen = likes.users.indices.filter { likes.users[$0] == UInt32(user) }.map { Int(likes.items[$0]) }
            var source = RecordingSampler(state: UInt64(round))
            try trainer.runEpoch([Example(user: UInt32(user), item: UInt32(seen[0]))], source: &source)
            let look = Self.look(user, before, trainer.model, withFeatures ? features : nil, seen: seen, calls: source.calls)
            #expect(look.sample.count == min(this.n, seen.count))
            let possible = Set(look.sample).filter { look.mayBePicked($0, k: min(this.k, look.sample.count)) }
            #expect(
                possible.contains {
                    look.isRight(liked: $0, maxSampled: this.maxSampled, codesOnly: withFeatures && $0 % 2 == 0)
                }, "round \(round): \(possible) \(String(describing: look.moved))")
            certain += possible.count == 1 ? 1 : 0
            none += look.moved == nil ? 1 : 0
            let place = look.moved.flatMap { look.candidates.firstIndex(of: $0.down) } ?? 0
            late += place >= 16 ? 1 : 0
        }
        #expect(certain > 75, "\(certain) certain, \(late) late, \(none) without a step")
        #expect(none < 140 && (late > 0 || this.maxSampled <= 17 || this.k > 1), "\(late) late, \(none) without a step")
    }
}
