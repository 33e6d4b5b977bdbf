import LikenessFormat
import Platform

/// Trains a ``Model`` on ``Interactions``.
///
/// ```swift
/// var trainer = try Trainer(model: model, interactions: likes, itemFeatures: tags, hyperparameters: choice)
/// try trainer.run(epochs: choice.epochs) { progress in .carryOn }
/// let trained = trainer.model
/// ```
/// Users are put in a random order at each epoch and cut into blocks, the entries of a block are put in a random order, and
/// no two threads have a block at once: so they never write the same user's row, and a block's user rows stay in cache.
/// One thread and one seed give the same model bit for bit on one machine.
package struct Trainer {
    /// The model as trained so far.
    package internal(set) var model: Model
    /// What decides the random numbers of the epochs to come.
    package internal(set) var state: TrainingState
    /// What the training was told.
    package let hyperparameters: Hyperparameters

    let compatibility: Compatibility
    /// What the model is a part of, if it is one.
    let partial: PartialModel
    /// Likes and dislikes, grouped by user.
    let rows: TrainingRows
    let itemFeatures: FeatureRows?
    let userFeatures: FeatureRows?
    /// The rank loss of a violator by how many tries before it were in vain.
    let rankLosses: [Float]

    /// How many items may be drawn as negatives.
    var drawableCount: Int { rows.drawable?.count ?? model.items.rows }
    /// How many entries an epoch visits.
    package var examplesPerEpoch: Int { rows.examples.count }

    /// Prepares a training.
    /// - Parameters:
    ///   - partial: what the model is cut out of, if it is.
    ///   - model: where training starts; it needs a row for every user, item and feature named.
    ///   - itemFeatures: what items are made of; nil if each is its own embedding alone.
    ///   - userFeatures: the same of users.
    ///   - state: where random numbers go on; nil to start from the hyper-parameters' seed.
    /// - Throws: ``TrainingError`` if a hyper-parameter or an input cannot be used.
    /// - Complexity: O(n log n) for n entries.
    package init(
        model: consuming Model, interactions: Interactions, itemFeatures: FeatureRows? = nil,
        userFeatures: FeatureRows? = nil, hyperparameters: Hyperparameters, state: TrainingState? = nil,
        compatibility: Compatibility = [], partial: PartialModel = PartialModel()
    ) throws(TrainingError) {
        let rows = try TrainingRows(
            interactions, users: model.users.rows, items: model.items.rows, hyperparameters: hyperparameters,
            compatibility: compatibility)
        try self.init(
            model: model, rows: rows, itemFeatures: itemFeatures, userFeatures: userFeatures,
            hyperparameters: hyperparameters, state: state, compatibility: compatibility, partial: partial)
    }

    /// Prepares a training on rows that were grouped before.
    /// - Parameter rows: made with the same hyper-parameters and compatibility, for a model of the same size.
    /// - Throws: ``TrainingError`` if a hyper-parameter or an input cannot be used.
    /// - Complexity: O(users + items + features).
    package init(
        model: consuming Model, rows: TrainingRows, itemFeatures: FeatureRows? = nil, userFeatures: FeatureRows? = nil,
        hyperparameters: Hyperparameters, state: TrainingState? = nil, compatibility: Compatibility = [],
        partial: PartialModel = PartialModel()
    ) throws(TrainingError) {
        try hyperparameters.validate()
        guard model.components == hyperparameters.components else {
            throw .sizeMismatch(
                what: "components of the model", expected: hyperparameters.components, found: model.components)
        }
        guard model.schedule == hyperparameters.schedule else {
            throw .badHyperparameter(
                name: "schedule", value: hyperparameters.schedule.rawValue,
                rule:
                    "the model's optimiser state is of \(model.schedule.rawValue); go on with that or start a fresh model"
            )
        }
        guard model.users.rows == rows.userCount, model.items.rows == rows.itemCount else {
            let isUsers = model.users.rows != rows.userCount
            throw .sizeMismatch(
                what: isUsers ? "users of the model" : "items of the model",
                expected: isUsers ? rows.userCount : rows.itemCount, found: isUsers ? model.users.rows : model.items.rows)
        }
        try Self.check(itemFeatures, .item, rows: model.items.rows, columns: model.itemFeatures.rows)
        try Self.check(userFeatures, .user, rows: model.users.rows, columns: model.userFeatures.rows)

        let others = Double(max((partial.drawableItems ?? rows.drawable?.count ?? model.items.rows) - 1, 0))
        let isBounded = hyperparameters.loss != .warpKOS || !compatibility.contains(.unboundedKOS)
        rankLosses = (1...hyperparameters.maxSampled).map { tries in
            let rank = (others / Double(tries)).rounded(.down)
            return Float(Mathematics.logarithm(isBounded ? max(rank, 1) : rank))
        }
        if !compatibility.contains(.emptyRows) {
            try Self.checkForEmptyRows(itemFeatures, .item, present: rows.presentItems)
            try Self.checkForEmptyRows(userFeatures, .user, present: rows.presentUsers)
        }
        self.itemFeatures = itemFeatures?.isIdentity == true ? nil : itemFeatures
        self.userFeatures = userFeatures?.isIdentity == true ? nil : userFeatures
        self.rows = rows
        self.model = model
        self.hyperparameters = hyperparameters
        self.state = state ?? TrainingState(seed: hyperparameters.seed)
        self.compatibility = compatibility
        self.partial = partial
    }

    private static func check(
        _ features: FeatureRows?, _ kind: RowKind, rows: Int, columns: Int
    ) throws(TrainingError) {
        guard let features else { return }
        guard features.rows == rows else {
            throw .sizeMismatch(what: "\(kind) feature rows", expected: rows, found: features.rows)
        }
        guard let highest = features.columns.max(), Int(highest) >= columns else { return }
        let position = features.columns.firstIndex(of: highest) ?? 0
        throw .indexOutOfRange(what: "\(kind) feature", position: position, index: Int(highest), count: columns)
    }

    private static func checkForEmptyRows(
        _ features: FeatureRows?, _ kind: RowKind, present: [Bool]?
    ) throws(TrainingError) {
        guard let features else { return }
        for row in 0..<features.rows where present?[row] ?? true {
            let isEmpty = features.identityWeights[row] == 0 && features.offsets[row] == features.offsets[row + 1]
            if isEmpty { throw .emptyRow(kind: kind, row: row) }
        }
    }
}
