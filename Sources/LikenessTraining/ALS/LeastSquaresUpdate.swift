import CVectorKernels
import LikenessFormat

/// What new likes change of a model of alternating least squares, in closed form: it costs what they touch.
///
/// The rows of a cut-out have numbers of their own (local ones), from 0 on. A cut-out holds the vectors of all users and items that the whole
/// histories of the touched rows name. First the touched users are solved from their histories, then the touched items from theirs and the stepped
/// items from what is new, then, by option,
/// the features of the touched items move, each by how firmly it was known. The Gram matrices are mended by −Y Yᵀ + Y′ Y′ᵀ of the
/// touched rows: what rounding adds is some 2⁻²³ of these, so that a thousand updates that each touch all rows would leave them right to 1e-4.
/// Rows that have no likes left become 0, for the caller to fill from their features. Users' features move likewise.
/// ```swift
/// var update = LeastSquaresUpdate(users: x, items: y, userGram: gx, itemGram: gy, terms: terms, settings: settings)
/// update.touchedUsers = .init(rows: [0, 1], offsets: [0, 2, 3], likes: [0, 4, 2])
/// update.touchedItems = .init(rows: [4], offsets: [0, 1], likes: [0])
/// try update.run()
/// ```
package struct LeastSquaresUpdate: Sendable {
    /// Rows to solve, with their whole histories.
    package struct Touched: Sendable {
        /// Local numbers of the rows, each once.
        package var rows: [Int]
        /// Where each row's history starts in `likes`; one more than there are rows.
        package var offsets: [Int]
        /// Local numbers of the other side's rows.
        package var likes: [UInt32]
        /// A weight of each, as ``Interactions/weights``; nil for 1.
        package var weights: [Float]?
        /// Whether each is a like rather than a dislike; nil for all.
        package var isLike: [Bool]?

        package init(rows: [Int], offsets: [Int], likes: [UInt32], weights: [Float]? = nil, isLike: [Bool]? = nil) {
            (self.rows, self.offsets, self.likes, self.weights, self.isLike) = (rows, offsets, likes, weights, isLike)
        }

        /// No rows.
        package init() { self.init(rows: [], offsets: [0], likes: []) }
    }

    /// The vectors of the cut-out; zero for users that are new. Changed by ``run()``.
    package var users: FactorMatrix
    /// The same of items.
    package var items: FactorMatrix
    /// The features of the cut-out's items, local rows × local features; nil without features.
    package var itemFeatures: FeatureRows?
    /// The vectors of these features.
    package var featureTable: FactorMatrix
    /// How firmly each feature is known: ``LeastSquaresModel/itemFeaturePrecisions``, or a number so large that the feature stands still.
    package var featurePrecisions: [Float] = []
    /// The same of users.
    package var userFeatures: FeatureRows?
    package var userFeatureTable: FactorMatrix
    package var userFeaturePrecisions: [Float] = []
    package var userGram: [Double]
    package var itemGram: [Double]
    package var terms: LeastSquaresTerms
    package var settings: LeastSquaresSettings
    package var touchedUsers = Touched()
    package var touchedItems = Touched()
    /// Items that are moved by what is new alone; moved by ``run()``.
    package var steppedItems = SteppedRows()
    /// Whether a touched row was part of its Gram matrix before: whether it had likes. Rows that were not are only added to it. One by touched
    /// row; empty for all.
    package var usersWereKnown: [Bool] = []
    package var itemsWereKnown: [Bool] = []
    /// Whether features move too.
    package var movesFeatures = true
    /// Steps of conjugate gradients at most, until a row's squared residual has fallen to 1e-8 of what it was.
    package var steps = 12

    package init(
        users: FactorMatrix, items: FactorMatrix, userGram: [Double], itemGram: [Double], terms: LeastSquaresTerms,
        settings: LeastSquaresSettings
    ) {
        (self.users, self.items) = (users, items)
        (self.userGram, self.itemGram, self.terms, self.settings) = (userGram, itemGram, terms, settings)
        featureTable = FactorMatrix(rows: 0, components: users.components)
        userFeatureTable = FactorMatrix(rows: 0, components: users.components)
    }

    /// Solves the touched rows.
    /// - Throws: ``TrainingError`` if lists do not fit together or a row has no finite solution.
    /// - Complexity: O(steps × (touched rows × d² + their likes × d)).
    package mutating func run() throws(TrainingError) {
        try check()
        let known = (usersWereKnown, itemsWereKnown)
        let usersBefore = movesFeatures && userFeatures != nil ? users : nil
        let itemsBefore = movesFeatures && itemFeatures != nil ? items : nil
        let userPull = userFeatures.map { (PullRows($0), userFeatureTable) }
        if let row = Self.solve(
            touchedUsers, &users, items, gram: itemGram, mends: &userGram, known: known.0, pull: userPull, self,
            weight: { [terms, settings] in terms.userWeight(likes: $0, settings) })
        {
            throw .notSolvable(iteration: 1, kind: .user, row: row)
        }
        let pull = itemFeatures.map { (PullRows($0), featureTable) }
        if let row = Self.solve(
            touchedItems, &items, users, gram: userGram, mends: &itemGram, known: known.1, pull: pull, self,
            weight: { [terms, settings] in terms.itemWeight(likes: $0, settings) })
        {
            throw .notSolvable(iteration: 1, kind: .item, row: row)
        }
        if let row = stepItems() { throw .notSolvable(iteration: 1, kind: .item, row: row) }
        if let itemsBefore { moveItemFeatures(before: itemsBefore) }
        guard let usersBefore else { return }
        move(
            &userFeatureTable, &userFeaturePrecisions, userFeatures, rows: (usersBefore, users), touchedUsers, known: usersWereKnown,
            weight: { [terms, settings] in terms.userWeight(likes: $0, settings) / terms.meanUserWeight })
    }

    /// Moves the features of touched items, which are where they belong.
    mutating func moveItemFeatures(before: FactorMatrix) {
        move(
            &featureTable, &featurePrecisions, itemFeatures, rows: (before, items), touchedItems, known: itemsWereKnown,
            weight: { [terms, settings] in terms.itemWeight(likes: $0, settings) / terms.meanItemWeight })
    }

    func check() throws(TrainingError) {
        try check(touchedUsers, "user", rows: users.rows, others: items.rows, known: usersWereKnown)
        try check(touchedItems, "item", rows: items.rows, others: users.rows, known: itemsWereKnown)
        try checkSteps()
    }

    private func check(
        _ touched: Touched, _ kind: String, rows: Int, others: Int, known: [Bool]
    ) throws(TrainingError) {
        guard touched.offsets.count == touched.rows.count + 1, touched.offsets.last == touched.likes.count else {
            throw .sizeMismatch(
                what: "offsets of the touched \(kind)s", expected: touched.rows.count + 1, found: touched.offsets.count)
        }
        guard known.isEmpty || known.count == touched.rows.count else {
            throw .sizeMismatch(what: "known \(kind)s", expected: touched.rows.count, found: known.count)
        }
        if let bad = touched.rows.firstIndex(where: { $0 < 0 || $0 >= rows }) {
            throw .indexOutOfRange(what: "touched \(kind)", position: bad, index: touched.rows[bad], count: rows)
        }
        if let bad = touched.likes.firstIndex(where: { Int($0) >= others }) {
            throw .indexOutOfRange(
                what: "like of a touched \(kind)", position: bad, index: Int(touched.likes[bad]), count: others)
        }
    }

    /// Solves touched rows and mends their Gram matrix.
    /// - Returns: the first row without a finite solution.
    private static func solve(
        _ touched: Touched, _ own: inout FactorMatrix, _ other: FactorMatrix, gram: [Double], mends: inout [Double], known: [Bool],
        pull: (PullRows, FactorMatrix)?, _ update: LeastSquaresUpdate, weight: (Int) -> Double
    ) -> Int? {
        guard !touched.rows.isEmpty else { return nil }
        let (settings, d, stride) = (update.settings, own.components, own.stride)
        var signed: [Float]?
        if touched.weights != nil || touched.isLike != nil {
            signed = touched.likes.indices.map { entry in
                let confidence = touched.weights.map { settings.confidence(of: $0[entry]) } ?? 1
                return touched.isLike?[entry] ?? true ? confidence : -confidence
            }
        }
        // The histories are laid out by touched row, the vectors by local number: solve copies of the vectors that lie as the histories do.
        let lists = LikeLists(offsets: touched.offsets, indices: touched.likes, weights: signed)
        let before = own.selecting(touched.rows)
        var solved = before
        let rows = lists.likes.indices.filter { lists.likes[$0] > 0 }.map { UInt32($0) }
        let chosen = pull.map { pull in
            let (offsets, columns, weights) = (pull.0.offsets, pull.0.columns, pull.0.weights)
            var (starts, kept, scaled) = ([0], [UInt32](), [Float]())
            for row in touched.rows {
                for entry in offsets[row]..<offsets[row + 1] {
                    kept.append(columns[entry])
                    scaled.append(weights[entry])
                }
                starts.append(kept.count)
            }
            return (rows: PullRows(offsets: starts, columns: kept, weights: scaled), table: pull.1, strength: settings.featurePull)
        }
        for place in lists.likes.indices where lists.likes[place] == 0 {
            for c in 0..<stride { solved.values[place * stride + c] = 0 }
        }
        let shifts = lists.likes.map { Float(Double(settings.regularization) * weight($0)) }
        if let place = update.solve(&solved, rows, lists, other, gram: gram, shifts: shifts, pull: chosen) { return touched.rows[place] }
        let formerly = known.isEmpty ? before : before.selecting(known.indices.filter { known[$0] })
        let (gone, come) = (formerly.gram(threads: settings.threads), solved.gram(threads: settings.threads))
        for place in mends.indices { mends[place] += come[place] - gone[place] }
        for (place, row) in touched.rows.enumerated() {
            for c in 0..<d { own.values[row * stride + c] = solved.values[place * stride + c] }
        }
        return nil
    }

    /// Solves rows as ``RowSolver`` does, while the other side stays.
    /// - Parameters:
    ///   - vectors: what is solved, from where it is.
    ///   - rows: those to solve.
    ///   - shifts: λ ω of each row.
    ///   - pull: what rows are pulled to, and how strongly.
    /// - Returns: the first row without a finite solution.
    func solve(
        _ vectors: inout FactorMatrix, _ rows: [UInt32], _ lists: LikeLists, _ other: FactorMatrix, gram: [Double], shifts: [Float],
        pull: (rows: PullRows, table: FactorMatrix, strength: Float)?
    ) -> Int? {
        let (d, stride) = (vectors.components, vectors.stride)
        let (matrix, panels) = RowSolver.pack(gram, weight: terms.unobservedWeight, components: d)
        let worst = WorstRow()
        let target = unsafe vectors.values.uniqueStart()
        let table = pull?.table ?? FactorMatrix(rows: 0, components: d)
        unsafe other.values.withUnsafeBuffer { other in
            unsafe table.values.withUnsafeBuffer { table in
                guard let other = other.baseAddress else { return }
                let solver = unsafe RowSolver(
                    own: target, other: other, stride: stride, components: d, panels: panels, matrix: matrix, lists: lists,
                    shifts: FixedBuffer(shifts, or: 0),
                    pull: pull.flatMap { pull in unsafe table.baseAddress.map { unsafe (pull.rows, $0, pull.strength) } },
                    solver: settings.solver, steps: steps, tolerance: 1e-8)
                BatchWork(batches: (rows.count + RowSolver.batch - 1) / RowSolver.batch).run(threads: settings.threads) {
                    RowSolver.Memory(solver)
                } body: { batch, memory in
                    let first = batch * RowSolver.batch
                    if let row = solver.solve(rows[first..<min(first + RowSolver.batch, rows.count)], memory) { worst.add(row) }
                }
            }
        }
        return worst.row
    }

    /// Moves features by what touched rows say beyond what they said: as T₀ solves the objective with the rows as they were,
    /// (p + 1 + Σ s F Fᵀ) (T − T₀) = Σ s F ((y′ − F T₀) − (y − F T₀)), where p stands for all rows that are not touched, and y is taken for F T₀ of
    /// rows that were not known. A feature that hears little that is new stands still.
    /// - Parameter weight: ω ÷ ω̄ of a row of so many likes.
    private func move(
        _ table: inout FactorMatrix, _ precisions: inout [Float], _ features: FeatureRows?, rows: (before: FactorMatrix, now: FactorMatrix),
        _ touched: Touched, known: [Bool], weight: (Int) -> Double
    ) {
        guard let features, precisions.count == table.rows, weight(1).isFinite else { return }
        var (scales, formerScales) = ([Float](repeating: 0, count: rows.now.rows), [Float](repeating: 0, count: rows.now.rows))
        var targets = rows.now
        for (place, row) in touched.rows.enumerated() {
            let history = touched.offsets[place]..<touched.offsets[place + 1]
            let likes = history.count { touched.isLike?[$0] ?? true }
            guard likes > 0 else { continue }
            scales[row] = Float(Double(settings.featureStrength) * weight(likes))
            guard known.isEmpty || known[place], row < features.rows else { continue }
            formerScales[row] = scales[row]
            for component in 0..<table.components {
                var said: Float = 0
                for entry in features.offsets[row]..<features.offsets[row + 1] {
                    said += features.weights[entry] * table.values[Int(features.columns[entry]) * table.stride + component]
                }
                let at = row * rows.now.stride + component
                targets.values[at] -= rows.before.values[at] - said
            }
        }
        let pull = PullRows(features)
        let own = FeatureSolver.diagonal(pull, scales: scales, count: table.rows)
        let former = FeatureSolver.diagonal(pull, scales: formerScales, count: table.rows)
        var priors: [Float] = []
        for feature in precisions.indices {
            // What other rows say holds a feature where it is, and the 1 that every feature has.
            let prior = 1 + max(precisions[feature] - former[feature], 0)
            let moves = own[feature] > Self.leastNews * prior
            priors.append(moves ? prior : Self.fixed)
            if moves { precisions[feature] = prior - 1 + own[feature] }
        }
        let origin = table
        FeatureSolver(pull: pull, scales: scales, priors: priors)
            .solve(&table, rows: targets, origin: origin, steps: steps, threads: settings.threads)
    }

    /// A feature moves if touched rows weigh at least this share of all others.
    static let leastNews: Float = 0.01
    /// A precision at which a feature stands still.
    package static let fixed: Float = 1e20
}
