import Interchange
import LikenessFormat
import LikenessModels
public import LikenessStore

/// How a version is evaluated.
public struct EvaluationOptions: Sendable {
    /// The length of the list that metrics "at k" look at.
    public var k = 5
    /// Which items are ranked, and whose held-out likes count.
    public var among = EvaluatedItems.all
    /// Leave the likes and dislikes that the version knew out of each user's ranking.
    public var excludesTrain = false
    /// Leave test likes that the version was made from out of what is measured.
    public var skipsKnown = false
    /// Refuse test likes that the version was made from.
    public var isStrict = false
    /// Keep each user's metrics besides the means.
    public var includesUsers = false
    /// Threads to rank with.
    public var threads = 1
    /// Which columns of the test file hold users and items.
    public var columns = LikesColumns()
    /// The test file's format; nil goes by its name.
    public var format: TextFormat?

    /// The defaults.
    public init() {}
}

/// Which items an evaluation ranks. Held-out likes of others do not count.
public enum EvaluatedItems: String, Sendable, Codable, CaseIterable {
    /// All items of the version.
    case all
    /// Those that have likes in the version.
    case warm
    /// Those that have none there, and are known by their features alone. What is no part of the version counts as cold and is ranked last.
    case cold
}

/// Why a version was not evaluated.
public enum EvaluationFailure: Error, Sendable {
    /// The test file: what is wrong with it.
    case file(IngestError)
    /// None of its likes is of a user that the version knows.
    case nothingToRank(Version)
    /// The version has none of the items that were to be ranked, or no held-out like is of one.
    case nothingAmong(EvaluatedItems, Version)
    /// Held-out likes are among those that the version was made from, and leaving those out would hide them.
    case overlap(Int)
    /// Held-out likes are among those that the version was made from, and are not to be.
    case known(Int, Version)
    /// All held-out likes of users of the version are among those that it was made from, and were left out.
    case allKnown(Int, Version)
    /// Held-out likes are among those that one of two versions was made from, so that it would know the answers.
    case trained(Int, Version)
    /// Both versions to compare are one.
    case sameVersion(Version)
    /// None of the held-out likes is of a user that both versions know.
    case nobodyInBoth(Version, Version)
    /// The model or the choice: in words.
    case model(String)
    /// The file of each user's metrics: what is wrong with it, in words.
    case output(String)
    /// The store: its words.
    case store(StoreError)
}

extension EvaluationFailure: CustomStringConvertible {
    private static func likes(_ count: Int) -> String { count == 1 ? "1 like" : "\(count) likes" }

    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .nothingToRank(let version):
            "no like of the test file is of a user that \(version) knows. Check the file, or fit with --min-user-likes 1"
        case .nothingAmong(.cold, let version):
            "\(version) has no items without likes, or no like of the test file is of one. Fit with --min-item-likes 0, which lets in items "
                + "that have features alone, and test with likes of these"
        case .nothingAmong(let items, let version):
            "no like of the test file is of a \(items.rawValue) item of \(version). Check the file, or rank among all items (--among all)"
        case .overlap(let count):
            "\(EvaluationFailure.likes(count)) of the test file \(count == 1 ? "is" : "are") among those that the model is made from, so it would "
                + "be tested with what it knows. "
                + "Split the likes first (`likeness split`) and ingest the train file alone"
        case .known(let count, let version):
            "\(version) was made from \(EvaluationFailure.likes(count)) of the test file, so it would be tested with what it knows. Leave them "
                + "out with --skip-known, or split the likes first (`likeness split`) and fit on the train file alone"
        case .allKnown(let count, let version):
            "\(version) was made from all \(EvaluationFailure.likes(count)) of the test file that it can rank, so none is left to test it with. "
                + "Split the likes first (`likeness split`) and fit on the train file alone"
        case .trained(let count, let version):
            "\(version) is made from \(EvaluationFailure.likes(count)) of the test file, so it would be tested with what it knows. Split the likes first "
                + "(`likeness split`), and compare versions that are made from the train file alone"
        case .sameVersion(let version): "both name \(version), and a comparison needs two versions. See `likeness versions list`"
        case .nobodyInBoth(let first, let second):
            "no like of the test file is of a user that both \(first) and \(second) know. Check the file, or fit with --min-user-likes 1"
        case .model(let text), .output(let text): text
        case .store(let error): error.description
        }
    }
}

extension MemoryLimits {
    /// Checks that there is room for each user's best `k` items on every thread.
    ///
    /// - Throws: `EvaluationFailure.model`.
    func checkLists(of k: Int, users: Int, items: Int, threads: Int) throws(EvaluationFailure) {
        // In floating point, where no product overflows.
        let needed = Double(users) * Double(min(k, items)) * 8 * Double(min(threads, max(items, 1)))
        guard let available, needed > Double(available) else { return }
        throw .model(
            "k is \(k), but lists of so many items for \(users) users take about \(Int(needed / 1_048_576)) MiB of memory and "
                + "\(available >> 20) MiB are free. Look at fewer items, use fewer --threads, or test with fewer users")
    }
}
