import CVectorKernels
import LikenessFormat
import RandomNumbers
import Testing

@testable import LikenessTraining

/// The kernels that judge and step on rows without features, beside scalar references and beside the passes that do without them.
@Suite struct PlainKernelTests {
    /// A small model in memory that kernels may read and move.
    final class World {
        let (components, stride): (Int, Int)
        var tables: [ParameterTable] = []
        let seen: UserRows
        let rankLosses = FixedBuffer<Float>([3, 2, 1, 0.5, 0.25, 0.125], or: 0)

        init(components: Int, seed: UInt64, seen pairs: [(UInt32, UInt32)] = []) {
            self.components = components
            stride = ParameterTable.stride(of: components)
            seen = UserRows(
                Interactions(users: pairs.map(\.0), items: pairs.map(\.1)), userCount: 3, keeps: { _ in true })
            var random = SplitMix64(seed: seed)
            for (kind, rows) in [(RowKind.user, 3), (.item, 9)] {
                var table = ParameterTable(kind: kind, components: components, schedule: .adagrad)
                table.grow(to: rows, seed: seed)
                for row in 0..<rows {
                    for component in 0..<components {
                        table.embeddings[row * stride + component] = 2 * random.unitFloat() - 1
                        table.embeddingAccumulators[row * stride + component] = 0.5 + random.unitFloat()
                    }
                    table.biases[row] = random.unitFloat() - 0.5
                    table.biasAccumulators[row] = 1 + random.unitFloat()
                }
                tables.append(table)
            }
        }

        /// Lends what kernels take.
        func withPlain<Result>(
            sums: Bool = false, _ body: (UnsafePointer<training_plain_t>, CandidateCodes) -> Result
        ) -> Result {
            var choice = Hyperparameters()
            choice.components = components
            let (users, items) = unsafe (TableView(&tables[0], decays: nil), TableView(&tables[1], decays: nil))
            let owner = CandidateCodes.Owner(rows: 9, stride: stride, decays: false)
            let codes = CandidateCodes(owner)
            for row in 0..<9 { unsafe codes.encode(row, items.embedding(row), bias: items.biases[row], decay: 0) }
            let plain = unsafe PlainRows(
                users: users, items: items, codes: codes, seen: seen.view,
                rankLosses: rankLosses.start, margin: choice.margin, step: OptimizerStep(choice, growth: 0, sumsRates: sums))
            defer { withExtendedLifetime(owner) {} }
            return unsafe body(plain.start, codes)
        }

        func score(_ item: Int, user: Int) -> Float {
            (0..<components).reduce(tables[1].biases[item]) {
                $0 + tables[0].embeddings[user * stride + $1] * tables[1].embeddings[item * stride + $1]
            }
        }
    }

    @Test("The pairwise step equals three scalar ones, and codes follow", arguments: [1, 15, 16, 17, 63, 64, 65, 130], [true, false])
    func pairwise(components: Int, sums: Bool) {
        let world = World(components: components, seed: 5)
        let before = world.tables
        let (user, liked, negative) = (1, 7, 2)
        let (loss, rate): (Float, Float) = (1.7, 0.05)
        var rates = training_rates_t()
        let codes = unsafe world.withPlain(sums: sums) { plain, codes in
            unsafe training_step_pair(plain, user, liked, negative, loss, &rates)
            return [liked, negative].map { item in
                let code = (0..<world.stride).map { unsafe codes.codes[item * world.stride + $0] }
                return (code, unsafe codes.terms[item])
            }
        }
        var used: [Float] = [0, 0]
        func expect(_ side: Int, _ row: Int, _ gradient: (Int) -> Float, bias: Float?) {
            let (old, new) = (before[side], world.tables[side])
            for lane in 0..<world.stride {
                let at = row * world.stride + lane
                guard lane < components else {
                    #expect(new.embeddings[at] == 0 && new.embeddingAccumulators[at] == 0)
                    continue
                }
                let step = rate / old.embeddingAccumulators[at].squareRoot()
                used[side] += step
                #expect(KernelTests.isNear(new.embeddings[at], old.embeddings[at] - step * gradient(lane)))
                #expect(
                    KernelTests.isNear(
                        new.embeddingAccumulators[at], old.embeddingAccumulators[at] + gradient(lane) * gradient(lane)))
            }
            let step = rate / old.biasAccumulators[row].squareRoot()
            if bias != nil { used[side] += step }
            #expect(KernelTests.isNear(new.biases[row], old.biases[row] - step * (bias ?? 0)))
            #expect(KernelTests.isNear(new.biasAccumulators[row], old.biasAccumulators[row] + (bias ?? 0) * (bias ?? 0)))
        }
        let (users, items, stride) = (before[0].embeddings, before[1].embeddings, world.stride)
        expect(0, user, { loss * (items[negative * stride + $0] - items[liked * stride + $0]) }, bias: nil)
        expect(1, liked, { -loss * users[user * stride + $0] }, bias: -loss)
        expect(1, negative, { loss * users[user * stride + $0] }, bias: loss)
        for (place, item) in [liked, negative].enumerated() {
            let (code, term) = codes[place]
            #expect(term.bias == world.tables[1].biases[item])
            for lane in 0..<stride {
                let value = world.tables[1].embeddings[item * stride + lane]
                #expect(abs(value - term.scale * Float(code[lane])) <= 0.5001 * term.scale)
            }
        }
        if sums { #expect(KernelTests.isNear(rates.user, used[0]) && KernelTests.isNear(rates.item, used[1])) }
        let untouched = (0..<9).filter { $0 != liked && $0 != negative }
        #expect(untouched.allSatisfy { world.tables[1].embedding($0) == before[1].embedding($0) })
    }

    @Test("The first candidate within 1 that the user has not seen is stepped on", arguments: [10, 64, 100], 0..<20)
    func violators(components: Int, seed: Int) {
        let candidates: [UInt32] = [3, 8, 0, 5, 1, 4]
        let seen: [(UInt32, UInt32)] = [(0, 8), (1, 3), (1, 0), (2, 1)]
        for (user, flagged) in [(0, UInt32(0b111111)), (1, 0b110101), (2, 0)] {
            let world = World(components: components, seed: UInt64(seed), seen: seen)
            let (liked, scores) = (6, candidates.map { world.score(Int($0), user: user) })
            let limit = world.score(liked, user: user) - 1
            let expected = candidates.indices.first { place in
                flagged >> UInt32(place) & 1 == 1 && scores[place] > limit
                    && !seen.contains { $0 == (UInt32(user), candidates[place]) }
            }
            let before = world.tables
            let found = unsafe world.withPlain { plain, _ in
                unsafe training_step_on_violator(plain, user, liked, 2, candidates, flagged)
            }
            #expect(Int(found.place) == expected ?? -1)
            #expect((world.tables == before) == (expected == nil))
            guard let expected else { continue }
            #expect(found.loss == 2 * world.rankLosses[expected])
            #expect(KernelTests.isNear(found.excess, scores[expected] - limit))
        }
    }

    @Test("Weights beyond what the loss may be are held at 10")
    func heldLoss() {
        let world = World(components: 10, seed: 1)
        for component in 0..<10 { world.tables[0].embeddings[component] = 0 }
        let found = unsafe world.withPlain { plain, _ in unsafe training_step_on_violator(plain, 0, 6, 100, [3], 1) }
        #expect(found.place == 0 && found.loss == 10)
    }

    @Test(
        "Training by one call for a step is what it is by many, to the bit", arguments: [Hyperparameters.Loss.warp, .warpKOS], [10, 64, 40])
    func equalToParts(loss: Hyperparameters.Loss, components: Int) throws {
        let world = try PlantedLikes(seed: 3)
        func train(_ compatibility: Compatibility) throws -> Model {
            var choice = TrainerTests.choice(loss)
            choice.components = components
            var trainer = try Trainer(
                model: world.model(choice), interactions: world.interactions, hyperparameters: choice,
                compatibility: compatibility)
            try trainer.run()
            return trainer.model
        }
        #expect(try train([]) == train(.stepsInParts))
    }
}
