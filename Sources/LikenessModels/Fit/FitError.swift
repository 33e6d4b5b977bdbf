public import LikenessFormat
public import LikenessStore
public import LikenessTraining
import PlainText

/// Why a fit published nothing, so that nothing in the store has changed; or, of ``aliasWithheld(_:alias:reason:)``, why it moved no alias.
public enum FitError: Error, Sendable {
    /// There are no likes in the store.
    case noLikes
    /// The thresholds leave nothing to train.
    case nothingLeft(users: Int, items: Int, minimumUserLikes: Int, minimumItemLikes: Int)
    /// Logistic loss has nothing to tell apart.
    case logisticNeedsBoth(_ likes: Int, _ dislikes: Int)
    /// Ranking needs two items at least that users of the model like or dislike.
    case tooFewItems(Int, users: Int)
    /// A value cannot be used.
    case badOption(name: String, value: String, rule: String)
    /// A parameter became infinite or not a number.
    case diverged(epoch: Int, kind: String, id: String)
    /// A feature's weight is too large to compute with.
    case featureTooHeavy(kind: String, id: String, feature: String, weight: Float)
    /// A row is made of nothing.
    case emptyRow(kind: String, id: String)
    /// The training was stopped.
    case stopped(epoch: Int)
    /// A version cannot be continued, and why.
    case cannotContinue(Version, reason: String)
    /// There is not enough memory.
    case notEnoughMemory(needed: Int, available: Int)
    /// The version is in the store, but the alias was not moved to it, and why.
    case aliasWithheld(Version, alias: String, reason: String)
    /// The trainer: its words.
    case training(TrainingError)
    /// The store: its words.
    case store(StoreError)
}

extension FitError: CustomStringConvertible {
    private func counted(_ value: Int, _ noun: String) -> String { value == 1 ? "1 \(noun)" : "\(value) \(noun)s" }

    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .noLikes: "the store has no likes yet. Ingest some first: `likeness ingest likes FILE`"
        case .nothingLeft(let users, let items, let minimumUserLikes, let minimumItemLikes):
            "none of the \(counted(users, "user")) and \(counted(items, "item")) is left: each user needs "
                + "\(counted(minimumUserLikes, "like")) and each item \(minimumItemLikes). Lower --min-user-likes and --min-item-likes, or ingest more likes"
        case .logisticNeedsBoth(let likes, let dislikes):
            "logistic loss learns to tell likes from dislikes, and there are \(counted(likes, "like")) and \(counted(dislikes, "dislike")) to train on: "
                + "every score would only grow or only fall. Ingest dislikes with `likeness ingest likes FILE --dislikes`, "
                + "or rank likes alone with --loss warp"
        case .tooFewItems(let count, let users):
            "ranking needs at least 2 items that users like or dislike and there \(count == 1 ? "is 1" : "are \(count)"), "
                + "with \(counted(users, "user")) left. Ingest likes of more items, or lower "
                + (users == 0 ? "--min-user-likes" : "--min-user-likes and --min-item-likes")
        case .badOption(let name, let value, let rule): "\(name) is \(value), but \(rule)"
        case .diverged(let epoch, let kind, let id):
            "training diverged in epoch \(epoch): \(kind) '\(id.printable)' is no longer finite. Nothing was published. "
                + "Lower the learning rate, and check weights for very large values"
        case .featureTooHeavy(let kind, let id, let feature, let weight):
            "the feature '\(feature.printable)' of \(kind) '\(id.printable)' weighs \(weight), and a fit can use weights up to 1e15. "
                + "Ingest it again with a smaller weight: the later one holds"
        case .emptyRow(let kind, let id):
            "\(kind) '\(id.printable)' has neither an identity nor any feature, so there is nothing to train. Give it a feature"
        case .stopped(let epoch):
            "stopped in epoch \(epoch). Nothing was published and the store is as it was; run the command again to fit anew"
        case .cannotContinue(let version, let reason): "\(version) cannot be continued: \(reason)"
        case .aliasWithheld(let version, let alias, let reason):
            "\(version) is in the store, but \(alias) was not moved to it: \(reason). Move it all the same with "
                + "`likeness versions promote \(version) --to \(alias)`, or fit with --force"
        case .notEnoughMemory(let needed, let available):
            "the fit needs about \(needed >> 20) MiB of memory and \(available >> 20) MiB are free. "
                + "Use fewer --components, raise the minimum likes, or use a larger machine"
        case .training(let error): error.description
        case .store(let error): error.description
        }
    }
}

extension FitError {
    /// A trainer's error about what it was told.
    package init(_ error: TrainingError) {
        switch error {
        case .badHyperparameter(let name, let value, let rule): self = .badOption(name: name, value: value, rule: rule)
        default: self = .training(error)
        }
    }

    /// A trainer's error, with ids in the place of rows.
    ///
    /// - Parameter name: the id of a row of the trainer's.
    init(_ error: TrainingError, name: (RowKind, Int) -> String) {
        switch error {
        case .diverged(let epoch, let kind, let row), .notSolvable(let epoch, let kind, let row):
            self = .diverged(epoch: epoch, kind: kind.description, id: name(kind, row))
        case .emptyRow(let kind, let row): self = .emptyRow(kind: kind.description, id: name(kind, row))
        default: self.init(error)
        }
    }

    /// A trainer's error about features, with ids in the place of rows.
    ///
    /// - Parameters:
    ///   - kind: whose features they are.
    ///   - name: the id of a row of a kind.
    init(_ error: TrainingError, ofFeaturesOf kind: RowKind, name: (RowKind, Int) -> String) {
        guard case .featureTooHeavy(let row, let feature, let weight) = error else {
            self.init(error)
            return
        }
        self = .featureTooHeavy(
            kind: kind.description, id: name(kind, row), feature: name(kind == .user ? .userFeature : .itemFeature, Int(feature)),
            weight: weight)
    }
}
