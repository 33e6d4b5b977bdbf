import CVectorKernels
import LikenessFormat
import RandomNumbers
import Synchronization

/// Fits a model of likes by alternating least squares, with the features of items and users joined in.
///
/// With N likes of a row, n rows with likes, ω_u = N_u + a₀ n_items, ω_i = N_i + a₀ n_users, F the features of rows (of unit length), T the
/// features' vectors and c a like's confidence, it minimises
/// ```
/// Σ_liked c (1 − x·y)² + Σ_disliked c (x·y)² + a₀ Σ_all (x·y)² + λ Σ ω_u [(1 − θ) |x_u|² + θ |x_u − F_u T_u|²]
///     + λ Σ ω_i [(1 − θ) |y_i|² + θ |y_i − F_i T|²] + λ ω̄ |T|²
/// ```
/// by solving for all users, then all items, then the features, so that the objective never rises. θ is 0 for rows without features. If it is 0
/// for all, |T|² is left out and features follow the rows: T minimises Σ (ω ÷ ω̄) |y − F T|² + |T|². Rows without likes take no part: they are
/// what their features say in the end. (Hu, Koren and Volinsky, 2008; Takács, Pilászy and Tikk, 2011; Rendle and others, "Revisiting the
/// Performance of iALS", 2021.)
///
/// The model is the same to the bit for any number of threads on one machine.
/// ```swift
/// var fit = try AlternatingLeastSquares(likes, users: 1_000, items: 500, itemFeatures: tags, itemFeatureCount: 90)
/// try fit.run()
/// let model = fit.model()
/// ```
package struct AlternatingLeastSquares: Sendable {
    package let settings: LeastSquaresSettings
    package let terms: LeastSquaresTerms
    /// Iterations made so far.
    package private(set) var iterationsDone = 0
    var userSide: LeastSquaresSide
    var itemSide: LeastSquaresSide
    private var itemGram: [Double]
    private var userGram: [Double] = []

    /// Prepares a fit.
    /// - Parameters:
    ///   - likes: likes, and dislikes as entries with a value of 0 or less; all of them are trained, whatever `trained` says.
    ///   - itemFeatures: what items are made of; the weights of their own embeddings do not count.
    ///   - itemFeatureCount: how many features of items there are.
    /// - Throws: ``TrainingError`` if a setting or an input cannot be used.
    /// - Complexity: O(likes + feature entries + (users + items) × d).
    package init(
        _ likes: Interactions, users: Int, items: Int, itemFeatures: FeatureRows? = nil, itemFeatureCount: Int = 0,
        userFeatures: FeatureRows? = nil, userFeatureCount: Int = 0, settings: LeastSquaresSettings = LeastSquaresSettings()
    ) throws(TrainingError) {
        try settings.validate()
        try likes.validate(userCount: users, itemCount: items)
        try Self.check(itemFeatures, "item", rows: items, columns: itemFeatureCount)
        try Self.check(userFeatures, "user", rows: users, columns: userFeatureCount)
        var signed: [Float]?
        if likes.weights != nil || likes.values != nil {
            signed = likes.users.indices.map { entry in
                let confidence = likes.weights.map { settings.confidence(of: $0[entry]) } ?? 1
                return (likes.values?[entry] ?? 1) > 0 ? confidence : -confidence
            }
        }
        func isPresent(_ entry: Int) -> Bool {
            (likes.presentUsers?[Int(likes.users[entry])] ?? true) && (likes.presentItems?[Int(likes.items[entry])] ?? true)
                && signed?[entry] != 0
        }
        let byUser = LikeLists(keys: likes.users, others: likes.items, weights: signed, keeps: isPresent, rows: users)
        let byItem = LikeLists(keys: likes.items, others: likes.users, weights: signed, keeps: isPresent, rows: items)
        let activeUsers = byUser.likes.count { $0 > 0 }
        let activeItems = byItem.likes.count { $0 > 0 }
        let squares = byItem.likes.reduce(0.0) { $0 + Double($1) * Double($1) }
        let total = Double(byItem.likes.reduce(0, +))
        let rule = total > 0 ? 2 * squares / (total * Double(activeUsers)) : 0
        var terms = LeastSquaresTerms(
            unobservedWeight: settings.unobservedWeight.map { Double($0) } ?? rule * Double(settings.unobservedFactor),
            users: activeUsers, items: activeItems, meanUserWeight: 0, meanItemWeight: 0)
        let known = terms
        userSide = LeastSquaresSide(
            lists: byUser, features: userFeatures, featureCount: userFeatureCount, settings: settings
        ) { known.userWeight(likes: $0, settings) }
        itemSide = LeastSquaresSide(
            lists: byItem, features: itemFeatures, featureCount: itemFeatureCount, settings: settings
        ) { known.itemWeight(likes: $0, settings) }
        (terms.meanUserWeight, terms.meanItemWeight) = (userSide.meanWeight, itemSide.meanWeight)
        self.terms = terms
        self.settings = settings
        for row in itemSide.active {
            Self.draw(Int(row), &itemSide.vectors, settings)
        }
        itemGram = itemSide.vectors.gram(threads: settings.threads)
    }

    /// Where a row starts: about normal numbers from the seed and the row's own index alone.
    private static func draw(_ row: Int, _ vectors: inout FactorMatrix, _ settings: LeastSquaresSettings) {
        var random = SplitMix64(seed: SplitMix64.mix(settings.seed, UInt64(row)))
        let deviation = settings.initialLength / Float(settings.components).squareRoot()
        for component in 0..<settings.components {
            // Four uniform numbers have a variance of a third together.
            let sum = random.unitFloat() + random.unitFloat() + random.unitFloat() + random.unitFloat() - 2
            vectors.values[row * vectors.stride + component] = sum * deviation * 1.7320508
        }
    }

    private static func check(_ features: FeatureRows?, _ kind: String, rows: Int, columns: Int) throws(TrainingError) {
        guard let features else { return }
        guard features.rows == rows else {
            throw .sizeMismatch(what: "\(kind) feature rows", expected: rows, found: features.rows)
        }
        guard let position = features.columns.firstIndex(where: { Int($0) >= columns }) else { return }
        throw .indexOutOfRange(
            what: "\(kind) feature", position: position, index: Int(features.columns[position]), count: columns)
    }

    /// Makes iterations.
    /// - Parameters:
    ///   - iterations: how many more; nil for as many as the settings say.
    ///   - progress: called on this thread, a few times a second and after each iteration; may ask to stop. Rows are then left where they are, which
    ///     is no worse than where they were: the model may be kept.
    /// - Throws: ``TrainingError/notSolvable(iteration:kind:row:)`` as soon as a row is not finite.
    /// - Complexity: an iteration takes O(steps × ((users + items) × d² + (likes + feature entries) × d)).
    @discardableResult
    package mutating func run(
        iterations: Int? = nil, progress: (LeastSquaresProgress) -> TrainingDecision = { _ in .carryOn }
    ) throws(TrainingError) -> LeastSquaresOutcome {
        let last = iterationsDone + (iterations ?? settings.iterations)
        while iterationsDone < last {
            let iteration = iterationsDone + 1
            let clock = ContinuousClock()
            let start = clock.now
            let total = userSide.active.count + itemSide.active.count
            func tick(_ done: Int) -> TrainingDecision {
                progress(.tick(iteration: iteration, rowsDone: done, rowsInIteration: total))
            }
            guard try solve(.user, iteration, before: 0, tick) else { return .stoppedWithin(iteration: iteration) }
            userSide.solveFeatures(steps: settings.steps, threads: settings.threads)
            userGram = userSide.vectors.gram(threads: settings.threads)
            guard try solve(.item, iteration, before: userSide.active.count, tick) else {
                return .stoppedWithin(iteration: iteration)
            }
            itemSide.solveFeatures(steps: settings.steps, threads: settings.threads)
            itemGram = itemSide.vectors.gram(threads: settings.threads)
            iterationsDone = iteration
            let report = LeastSquaresReport(
                iteration: iteration, objective: objective(), seconds: (clock.now - start) / .seconds(1))
            guard report.objective.isFinite else { throw .scoresOverflowed(epoch: iteration) }
            if progress(.iteration(report)) == .stop, iteration < last { return .stoppedAfter(iteration: iteration) }
        }
        return .finished
    }

    private enum Kind { case user, item }

    /// Solves one side; false if it was stopped.
    private mutating func solve(
        _ kind: Kind, _ iteration: Int, before: Int, _ tick: (Int) -> TrainingDecision
    ) throws(TrainingError) -> Bool {
        let settings = settings
        let gram = kind == .user ? itemGram : userGram
        let (lists, shifts, active) =
            kind == .user
            ? (userSide.lists, userSide.shifts, userSide.active) : (itemSide.lists, itemSide.shifts, itemSide.active)
        let (pull, strength) = kind == .user ? (userSide.pull, userSide.strength) : (itemSide.pull, itemSide.strength)
        let (table, stride) = (kind == .user ? userSide.table : itemSide.table, userSide.vectors.stride)
        let (matrix, panels) = RowSolver.pack(gram, weight: terms.unobservedWeight, components: settings.components)
        let own = unsafe kind == .user ? userSide.vectors.values.uniqueStart() : itemSide.vectors.values.uniqueStart()
        let work = BatchWork(batches: (active.count + RowSolver.batch - 1) / RowSolver.batch)
        let worst = WorstRow()
        let other = kind == .user ? itemSide.vectors : userSide.vectors
        unsafe other.values.withUnsafeBuffer { other in
            unsafe table.values.withUnsafeBuffer { table in
                guard let other = other.baseAddress else { return }
                let solver = unsafe RowSolver(
                    own: own, other: other, stride: stride, components: settings.components, panels: panels,
                    matrix: matrix, lists: lists, shifts: shifts,
                    pull: strength > 0 ? pull.flatMap { rows in unsafe table.baseAddress.map { unsafe (rows, $0, strength) } } : nil,
                    solver: settings.solver, steps: settings.steps)
                let clock = ContinuousClock()
                var lastTick = clock.now
                work.run(threads: settings.threads) {
                    RowSolver.Memory(solver)
                } between: {
                    let now = clock.now
                    guard now - lastTick > .milliseconds(200) else { return }
                    lastTick = now
                    if tick(before + min(work.begun * RowSolver.batch, active.count)) == .stop { work.stop() }
                } body: { batch, memory in
                    let first = batch * RowSolver.batch
                    let rows = active[first..<min(first + RowSolver.batch, active.count)]
                    if let row = solver.solve(rows, memory) { worst.add(row) }
                }
            }
        }
        if let row = worst.row {
            throw kind == .user
                ? .notSolvable(iteration: iteration, kind: .user, row: row)
                : .notSolvable(iteration: iteration, kind: .item, row: row)
        }
        return !work.isStopped
    }

    /// What is minimised, as it is now.
    /// - Complexity: O(likes × d + users + items).
    package func objective() -> Double {
        let users = userSide.active
        let lists = userSide.lists
        let stride = userSide.vectors.stride
        let chunk = 256
        let chunks = (users.count + chunk - 1) / chunk
        let sums = FixedBuffer(repeating: 0.0, count: chunks)
        unsafe userSide.vectors.values.withUnsafeBuffer { x in
            unsafe itemSide.vectors.values.withUnsafeBuffer { y in
                nonisolated(unsafe) let (x, y) = (x.baseAddress, y.baseAddress)
                BatchWork(batches: chunks).run(threads: settings.threads) {
                } body: { part, _ in
                    guard let x = unsafe x, let y = unsafe y else { return }
                    var sum = 0.0
                    for user in users[part * chunk..<min((part + 1) * chunk, users.count)] {
                        sum += unsafe least_squares_misfit(y, lists.view(Int(user)), x + Int(user) * stride, stride)
                    }
                    unsafe sums.start[part] = sum
                }
            }
        }
        let misfit = (0..<chunks).reduce(0.0) { $0 + sums[$1] }
        let xs = userGram.isEmpty ? userSide.vectors.gram(threads: settings.threads) : userGram
        let all = zip(xs, itemGram).reduce(0.0) { $0 + $1.0 * $1.1 }
        return misfit + terms.unobservedWeight * all + userSide.penalty(settings) + itemSide.penalty(settings)
    }

    /// The model as fitted so far.
    /// - Complexity: O((users + items + features) × d²), and that of ``coldItemScale()`` where items have no likes.
    package func model() -> LeastSquaresModel {
        var (users, items) = (userSide, itemSide)
        let (userGram, itemGram) = (users.vectors.gram(threads: settings.threads), items.vectors.gram(threads: settings.threads))
        users.fillInactive()
        var terms = terms
        if items.lists.likes.contains(0) { terms.coldItemScale = coldItemScale() }
        items.fillInactive(Float(terms.coldItemScale ?? 1))
        return LeastSquaresModel(
            users: users.vectors, items: items.vectors, itemFeatures: items.table, userFeatures: users.table,
            userGram: userGram, itemGram: itemGram, userLikes: users.lists.likes.map { UInt32($0) },
            itemLikes: items.lists.likes.map { UInt32($0) }, terms: terms, itemFeaturePrecisions: items.precisions,
            userFeaturePrecisions: users.precisions)
    }

    /// Bytes that a fit needs: the likes by user and by item, the vectors, and what each thread works with.
    package static func memoryNeeded(
        users: Int, items: Int, itemFeatures: Int = 0, userFeatures: Int = 0, entries: Int, featureEntries: Int = 0,
        hasWeights: Bool = false, settings: LeastSquaresSettings
    ) -> Int {
        let stride = ParameterTable.stride(of: settings.components)
        let vectors = (users + items + itemFeatures + userFeatures) * stride * 4
        let lists = entries * (hasWeights ? 28 : 16) + (users + items) * 44
        let perThread = 48 * stride * 4 + (itemFeatures + userFeatures) * 256
        let grams = 64 * (stride + 5) * stride * 4
        return vectors + lists + featureEntries * 16 + grams + settings.threads * perThread
    }

    /// Starts items from vectors of the caller's, for comparisons with other implementations.
    mutating func start(users: FactorMatrix? = nil, items: FactorMatrix) {
        itemSide.vectors = items
        itemGram = items.gram(threads: settings.threads)
        guard let users else { return }
        userSide.vectors = users
        userGram = users.gram(threads: settings.threads)
    }
}

/// The smallest number of a row that is not finite.
final class WorstRow: Sendable {
    private let least = Atomic<Int>(Int.max)
    var row: Int? {
        let row = least.load(ordering: .relaxed)
        return row == Int.max ? nil : row
    }
    func add(_ row: Int) { least.min(row, ordering: .relaxed) }
}

/// What one iteration did.
package struct LeastSquaresReport: Sendable, Codable, Equatable {
    /// Counted from 1.
    package var iteration: Int
    /// What is minimised, after the iteration.
    package var objective: Double
    /// How long it took.
    package var seconds: Double
}

/// What a fit tells while it goes on.
package enum LeastSquaresProgress: Sendable {
    /// Some rows are solved; a few times a second.
    case tick(iteration: Int, rowsDone: Int, rowsInIteration: Int)
    /// An iteration is done and all vectors are finite.
    case iteration(LeastSquaresReport)
}

/// How a fit ended. The model may be kept in any case.
package enum LeastSquaresOutcome: Sendable, Equatable {
    case finished
    /// The model is what so many iterations give.
    case stoppedAfter(iteration: Int)
    /// Some rows are an iteration ahead of others.
    case stoppedWithin(iteration: Int)
}
