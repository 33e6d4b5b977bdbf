import LikenessEvaluation
public import LikenessFormat
public import LikenessStore

/// What a search for settings is told. What is nil has its default, or when a study goes on what it has.
///
/// ```swift
/// var options = TuneOptions()
/// options.trials = 20
/// options.metric = TuneMetric("ndcg@10")
/// let report = try store.tune(options)
/// print(report.command ?? "no trial was finished")
/// ```
public struct TuneOptions: Sendable {
    /// Trials of the study in all; nil for 50, or with a time limit for as many as fit in.
    public var trials: Int?
    /// Seconds after which no trial goes on, but for the first.
    public var timeLimit: Double?
    /// The losses whose settings are searched; nil for `als`.
    public var losses: [TunedLoss]?
    /// What is searched; nil for a space that suits the losses.
    public var space: TuneSpace?
    /// What is to be large; nil for precision@5.
    public var metric: TuneMetric?
    /// Where all random numbers start; nil for 1.
    public var seed: UInt64?
    /// Settings to try first; those that are not named have their defaults. The defaults are always tried.
    public var starts: [TrialSettings] = []
    /// An earlier study whose five best settings are tried first too, as far as they are in the space.
    public var startsFrom: StudyReference?
    /// Trials at random before the search is guided; nil for 10.
    public var initialTrials: Int?
    /// Likes held out of each chosen user, once to test with and once to search by; nil for 5.
    public var heldOut: Int?
    /// The share of the users with at least twice as many likes who are chosen, each time; nil for 0.2, or where these are fewer than 500 for what
    /// gives as many, up to 0.5: of few users, what looks best is often what was lucky.
    public var fraction: Double?
    /// Users with fewer likes left to train on have no part in a training; nil for 5.
    public var minimumUserLikes: Int?
    /// The same for items.
    public var minimumItemLikes: Int?
    /// Whether trainings that have fallen behind the median of those before are ended early.
    public var stopsEarly = true
    /// The study to go on with; nil begins one.
    public var resumes: StudyReference?
    /// Whether the best settings are then trained on everything and published.
    public var publishes = false
    /// The alias to point at that version; nil moves none.
    public var alias: String? = "production"
    /// A free-text note for that version; nil names the study and the trial.
    public var note: String?
    /// Worker threads, of all trials together.
    public var threads = 1
    /// Trials at a time, each with its share of the threads, at least one. Starts and random trials are the same for any number; what is tried after
    /// them goes by the trials that have ended by then. Trials are numbered in the order in which they end.
    public var parallel = 1
    /// Who is to stand in the study and in the version.
    public var creator = Store.systemUser

    /// The defaults.
    public init() {}
}

/// Which study is meant.
public enum StudyReference: Sendable, Equatable {
    /// The one that began last.
    case newest
    /// One by its number.
    case number(UInt64)
}

/// What a search wants to be large: a metric that each user has, at the length of a list.
public struct TuneMetric: Sendable, Equatable, CustomStringConvertible {
    /// The metric's name.
    public let name: String
    /// The length of the list.
    public let k: Int

    /// precision@5
    public static let standard = TuneMetric(name: "precision", k: 5)

    private init(name: String, k: Int) {
        self.name = name
        self.k = k
    }

    /// Reads `ndcg@10`, or `auc`, whose k is 5; nil for what is no metric of users, or if the length is not 1 to a million.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, UserMetrics.names.contains(where: { $0.name == name }) else { return nil }
        guard let k = parts.count == 1 ? 5 : Int(parts[1]), (1...1_000_000).contains(k) else { return nil }
        self.init(name: String(name), k: k)
    }

    /// The names of the metrics there are.
    public static var names: [String] { UserMetrics.names.map(\.name) }

    /// `ndcg@10`
    public var description: String { "\(name)@\(k)" }

    var path: KeyPath<UserMetrics, Double> { UserMetrics.names.first { $0.name == name }?.path ?? \.precision }
}

/// How far a search is.
public enum TuneProgress: Sendable {
    /// Likes and features are read.
    case reading
    /// A trial is under way.
    case searching(TuneState)
    /// The best settings are tested.
    case testing
    /// The best settings are trained on everything.
    case fitting(FitProgress)
}

/// How far the trials are.
public struct TuneState: Sendable {
    /// The study.
    public let study: UInt64
    /// The number of the trial that ends next.
    public let trial: Int
    /// Trials under way.
    public let underWay: Int
    /// Trials in all, if that is limited.
    public let trials: Int?
    /// The share of the trial that is done; the mean share of several.
    public let fraction: Double
    /// The best value so far, and the trial that reached it.
    public let best: (value: Double, trial: UInt64)?
    /// Seconds that the rest of the search may take; nil before the first trial has ended.
    public let secondsLeft: Double?
}

/// Why a search did not begin or go on. Trials that have ended are kept.
public enum TuneError: Error, Sendable {
    /// A value cannot be used.
    case badOption(name: String, value: String, rule: String)
    /// The space cannot be searched: in words.
    case space(String)
    /// No user has enough likes to hold some out.
    case nothingHeldOut(purpose: String, heldOut: Int, fraction: Double)
    /// None of the users with likes held out is left in the training.
    case nobodyLeft(minimumUserLikes: Int)
    /// There is no such study; the newest is given, if there is any.
    case noStudy(UInt64?, newest: UInt64?)
    /// A study cannot go on as something else.
    case studyDiffers(UInt64, what: String, has: String, asked: String)
    /// Another process goes on with the study.
    case studyInUse(UInt64)
    /// The store ends before the likes of the study do.
    case likesMissing(UInt64)
    /// The training: its words.
    case fit(FitError)
    /// The measuring: its words.
    case evaluation(String)
    /// The store: its words.
    case store(StoreError)
}

extension TuneError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .badOption(let name, let value, let rule): return "\(name) is \(value), but \(rule)"
        case .space(let words): return words
        case .nothingHeldOut(let purpose, let heldOut, let fraction):
            return "no likes can be held out to \(purpose): of \(fraction) of the users with at least \(2 * heldOut) likes, none is left. "
                + "Hold out fewer likes of more users (--held-out, --fraction), or ingest more likes"
        case .nobodyLeft(let minimum):
            return "none of the users with likes held out has \(minimum) likes left to train on. Lower --min-user-likes or --held-out"
        case .noStudy(nil, _): return "the store has no studies yet. Begin one with `likeness tune`"
        case .noStudy(let number?, let newest):
            return "there is no study \(number); \(newest.map { "the newest is \($0)" } ?? "there are none yet"). See `likeness tune list`"
        case .studyDiffers(let number, let what, let has, let asked):
            return
                "study \(number) has the \(what) \(has), and cannot go on with \(asked). Leave it out to go on, or begin a study of its own "
                + "without --resume"
        case .studyInUse(let number):
            return "another process goes on with study \(number), which has its trial now. Wait until it is done, or begin another study"
        case .likesMissing(let number):
            return "study \(number) knows likes that this store does not have. Go on with it in the store where it began, or begin another"
        case .fit(let error): return error.description
        case .evaluation(let words): return words
        case .store(let error): return error.description
        }
    }
}
