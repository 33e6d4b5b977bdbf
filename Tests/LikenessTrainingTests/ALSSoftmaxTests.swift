import CVectorKernels
import Platform
import RandomNumbers
import Testing

@testable import LikenessTraining

/// The softmax stage beside finite differences and scalar references.
@Suite struct ALSSoftmaxTests {
    static func stage(_ change: (inout SoftmaxSettings) -> Void = { _ in }) throws -> CosineSoftmax {
        var fit = try ALSTests.fit(ALSTests.settings(7))
        try fit.run(iterations: 2)
        var settings = SoftmaxSettings()
        change(&settings)
        return try CosineSoftmax(start: fit.model(), ALSTests.likes(), itemFeatures: ALSTests.features(), settings: settings)
    }

    /// The loss of a batch as the equation has it, in double precision.
    static func loss(
        _ x: [[Double]], _ y: [[Double]], _ batch: [(user: UInt32, item: UInt32)], _ negatives: [UInt32], liked: Set<[UInt32]>,
        temperature: Double
    ) -> Double {
        func cosine(_ a: [Double], _ b: [Double]) -> Double {
            func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
            return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
        }
        return batch.reduce(0) { total, pair in
            let own = cosine(x[Int(pair.user)], y[Int(pair.item)]) / temperature
            let others = negatives.filter { !liked.contains([pair.user, $0]) }.map { cosine(x[Int(pair.user)], y[Int($0)]) / temperature }
            let all = others.reduce(1) { $0 + power($1 - own) }
            return total + Mathematics.logarithm(all)
        }
    }

    /// e to a power, by its series after halving.
    static func power(_ x: Double) -> Double {
        let small = x / 1024
        var (sum, term) = (1.0, 1.0)
        for n in 1..<12 {
            term *= small / Double(n)
            sum += term
        }
        for _ in 0..<10 { sum *= sum }
        return sum
    }

    @Test("Gradients are those of finite differences", arguments: [1, 5, 20])
    func gradients(size: Int) throws {
        let stage = try Self.stage {
            ($0.batch, $0.negatives, $0.temperature) = (20, 16, 0.5)
        }
        let likes = ALSTests.likes()
        let liked = Set(zip(likes.users, likes.items).map { [$0, $1] })
        // Each row once, so that its gradient is its own alone.
        var batch: [(user: UInt32, item: UInt32)] = []
        for like in 0..<stage.likes.count where batch.count < min(size, 3) {
            let pair = (user: stage.likes.users[like], item: stage.likes.items[like])
            if !batch.contains(where: { $0.user == pair.user || $0.item == pair.item }) { batch.append(pair) }
        }
        let others = (0..<UInt32(16)).filter { item in
            !batch.contains { $0.item == item } && stage.items().vector(Int(item)).contains { $0 != 0 }
        }
        let negatives = (0..<16).map { others[$0 % others.count] }
        let memory = SoftmaxBatch(stage.settings, stride: stage.users.stride)
        memory.take(batch, negatives)
        var moving = stage
        moving.tables().compute(
            memory, SoftmaxScratch(stage.settings, stride: stage.users.stride, items: stage.own.rows))
        let found = memory.loss
        let doubles = { (matrix: FactorMatrix) in (0..<matrix.rows).map { matrix.vector($0).map { Double($0) } } }
        let (x, y) = (doubles(stage.users), doubles(stage.items()))
        func loss(_ x: [[Double]], _ y: [[Double]]) -> Double {
            Self.loss(x, y, batch, negatives, liked: liked, temperature: 0.5)
        }
        #expect(abs(found - loss(x, y)) < 1e-4 * max(1, found))
        let (step, stride) = (1e-5, stage.users.stride)
        func slope(_ change: (inout [[Double]], inout [[Double]], Double) -> Void) -> Double {
            let sides = [step, -step].map { move in
                var (x, y) = (x, y)
                change(&x, &y, move)
                return loss(x, y)
            }
            return (sides[0] - sides[1]) / (2 * step)
        }
        for c in 0..<7 {
            for (k, pair) in batch.enumerated() {
                let user = slope { x, _, move in x[Int(pair.user)][c] += move }
                #expect(abs(Double(memory.userGradients.start[k * stride + c]) - user) < 1e-3)
                let item = slope { _, y, move in y[Int(pair.item)][c] += move }
                #expect(abs(Double(memory.itemGradients.start[k * stride + c]) - item) < 1e-3)
            }
            for item in Set(negatives) {
                let sum = negatives.indices.filter { negatives[$0] == item }
                    .reduce(0.0) { $0 + Double(memory.negativeGradients.start[$1 * stride + c]) }
                #expect(abs(sum - slope { _, y, move in y[Int(item)][c] += move }) < 1e-3)
            }
        }
    }

    @Test("Training lowers the loss, and the same seed gives the same bits")
    func trains() throws {
        let world = try PlantedLikes(seed: 4)
        var settings = SoftmaxSettings()
        (settings.batch, settings.negatives) = (16, 32)
        var fit = try AlternatingLeastSquares(
            world.interactions, users: PlantedLikes.users, items: PlantedLikes.items, itemFeatures: world.itemFeatures,
            itemFeatureCount: PlantedLikes.groups, settings: ALSTests.settings(8))
        try fit.run(iterations: 1)
        var stage = try CosineSoftmax(start: fit.model(), world.interactions, itemFeatures: world.itemFeatures, settings: settings)
        var again = stage
        var losses: [Double] = []
        try stage.run {
            if case .epoch(let report) = $0 { losses.append(report.meanLoss) }
            return .carryOn
        }
        #expect(losses.count == 5 && losses[4] < losses[0])
        try again.run()
        #expect(stage.users == again.users && stage.items() == again.items())
    }

    @Test("A temperature of 1e-6 stays finite, and a batch may be larger than the data")
    func extremes() throws {
        var stage = try Self.stage { ($0.temperature, $0.batch, $0.negatives) = (1e-6, 4096, 16) }
        try stage.run()
        #expect(stage.users.values.array.allSatisfy(\.isFinite) && stage.items().values.array.allSatisfy(\.isFinite))
    }

    @Test("Products of a batch are what they are one by one", arguments: [16, 64, 80], [6, 18])
    func products(depth: Int, count: Int) {
        for columns in [16, 48, 128] {
            let (rows, panels) = (AlignedBuffer(count: count * depth), AlignedBuffer(count: depth * columns))
            var random = SplitMix64(seed: 8)
            for place in 0..<count * depth { rows.start[place] = random.unitFloat() - 0.5 }
            for place in 0..<depth * columns { panels.start[place] = random.unitFloat() - 0.5 }
            let (found, expected) = (AlignedBuffer(count: count * columns), AlignedBuffer(count: count * columns))
            softmax_product(rows.start, count, depth, panels.start, columns, found.start)
            softmax_product_reference(rows.start, count, depth, panels.start, columns, expected.start)
            for place in 0..<count * columns { #expect(abs(found.start[place] - expected.start[place]) < 1e-4) }
            // The same numbers as `depth` rows of `count` floats, and a count that is a multiple of 4.
            let whole = count / 4 * 4
            softmax_product_transposed(rows.start, depth, whole, panels.start, columns, found.start)
            softmax_product_transposed_reference(rows.start, depth, whole, panels.start, columns, expected.start)
            for place in 0..<whole * columns { #expect(abs(found.start[place] - expected.start[place]) < 1e-4) }
        }
    }
}
