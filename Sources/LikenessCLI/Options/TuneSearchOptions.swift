import ArgumentParser
import Likeness

/// What a search for settings is told. What is left out has its default, or what the study began with.
struct TuneSearchOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Trials of the study in all. (default: 50, or with --time as many as fit in)", valueName: "n"))
    var trials: Int?

    @Option(
        name: .customLong("time"), parsing: .unconditional,
        help: ArgumentHelp("How long to search: seconds, or a number with s, m or h.", valueName: "limit"), transform: TimeLimit.init)
    var limit: TimeLimit?

    @Option(
        name: .customLong("loss"),
        help: ArgumentHelp(
            "The losses to search: \(TunedLoss.allCases.map(\.rawValue).joined(separator: ", ")). (default: als)", valueName: "name,..."),
        transform: TunedLosses.init)
    var losses: TunedLosses?

    @Option(help: ArgumentHelp("A file of JSON with the settings to search.", valueName: "file"))
    var space: String?

    @Option(
        help: ArgumentHelp(
            "What is to be large: \(TuneMetric.names.joined(separator: ", ")), with @ and the length of the list. (default: precision@5)",
            valueName: "metric@k"), transform: SearchedMetric.init)
    var metric: SearchedMetric?

    @Option(
        name: .customLong("start"),
        help: ArgumentHelp(
            "Settings to try first, such as components=64,regularization=0.01; loss=NAME among them names the loss. The defaults are always tried.",
            valueName: "key=value,..."), transform: StartingPoint.init)
    var starts: [StartingPoint] = []

    @Option(
        name: .customLong("start-from"), parsing: .unconditional,
        help: ArgumentHelp(
            "An earlier study: its five best settings are tried first too, as far as they are in the space.", valueName: "study"))
    var earlier: UInt64?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Trials at random before the search is guided. (default: 10)", valueName: "n"))
    var randomTrials: Int?

    @Flag(help: "Train every trial to its last epoch, also those that have fallen behind the median of those before.")
    var allEpochs = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Likes to hold out of each chosen user, once to search by and once to test with. (default: 5)", valueName: "n"))
    var heldOut: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The share of the users with twice as many likes to choose, each time. (default: 0.2, or as much as gives 500 users, up to 0.5)",
            valueName: "share"))
    var fraction: Double?

    @Option(parsing: .unconditional, help: ArgumentHelp("Leave out users with fewer likes to train on. (default: 5)", valueName: "n"))
    var minUserLikes: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Leave out items with fewer likes to train on. (default: 5)", valueName: "n"))
    var minItemLikes: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Where the random numbers start. (default: 1)", valueName: "s"))
    var seed: UInt64?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Worker threads; as many as there are processors unless told otherwise.", valueName: "n"))
    var threads: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Trials at a time, each with its share of the threads; it pays where there are more threads than a small training can use.",
            valueName: "n"))
    var parallel = TuneOptions().parallel

    func validate() throws {
        if let trials, trials < 1 { throw ValidationError("--trials is \(trials), but at least 1 must be made; 50 are usual.") }
        if let randomTrials, randomTrials < 0 {
            throw ValidationError("--random-trials is \(randomTrials), but it must be 0 or more; 10 are usual.")
        }
        if let heldOut, heldOut < 1 { throw ValidationError("--held-out is \(heldOut), but it must be at least 1; 5 is usual.") }
        if let fraction, !(fraction > 0 && fraction <= 1) {
            throw ValidationError("--fraction is \(fraction), but it is a share above 0, up to 1; 0.2 is usual.")
        }
        for (name, value) in [("--min-user-likes", minUserLikes), ("--min-item-likes", minItemLikes)] {
            if let value, value < 0 { throw ValidationError("\(name) is \(value), but it must be 0 or more; 5 is usual.") }
        }
        for (name, value) in [("--threads", threads), ("--parallel", parallel)] {
            if let value, !(1...1_024).contains(value) { throw ValidationError("\(name) is \(value), but it must be 1 to 1024.") }
        }
    }

    /// The options as the library takes them.
    func options() throws(TuneError) -> TuneOptions {
        var options = TuneOptions()
        options.trials = trials
        options.timeLimit = limit?.seconds
        options.losses = losses?.list
        if let space { options.space = try TuneSpace(contentsOf: space) }
        options.metric = metric?.metric
        var standard = TunedLoss.als
        if let first = options.space?.losses.first { standard = first }
        if let first = losses?.list.first { standard = first }
        options.starts = starts.map { $0.settings(standard) }
        options.startsFrom = earlier.map { .number($0) }
        options.initialTrials = randomTrials
        options.stopsEarly = !allEpochs
        options.heldOut = heldOut
        options.fraction = fraction
        options.minimumUserLikes = minUserLikes
        options.minimumItemLikes = minItemLikes
        options.seed = seed
        options.threads = threads ?? Processors.count
        options.parallel = parallel
        return options
    }
}

/// A time as a command line has it: `90`, `90s`, `10m`, `1.5h`.
struct TimeLimit {
    let seconds: Double

    /// - Throws: `ValidationError` for what is no time, or not above 0.
    @Sendable init(_ text: String) throws {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? text : String(text.dropLast())), number > 0, number * (unit ?? 1) < 1e9 else {
            throw ValidationError("'\(text)' is no time. Write seconds, or a number with s, m or h, such as 10m.")
        }
        seconds = number * (unit ?? 1)
    }
}

/// The names that follow `--loss`.
struct TunedLosses {
    let list: [TunedLoss]

    /// - Throws: `ValidationError` for a name that there is not, or that comes twice.
    @Sendable init(_ text: String) throws {
        list = try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
            guard let loss = TunedLoss(rawValue: String(name)) else {
                let names = TunedLoss.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("there is no loss '\(name)'. There are: \(names).")
            }
            return loss
        }
        if Set(list).count < list.count { throw ValidationError("a loss is named twice.") }
    }
}

/// The metric that follows `--metric`.
struct SearchedMetric {
    let metric: TuneMetric

    /// - Throws: `ValidationError` for what cannot be computed for each user.
    @Sendable init(_ text: String) throws {
        guard let metric = TuneMetric(text) else {
            throw ValidationError(
                "'\(text)' cannot be searched for. Name one of \(TuneMetric.names.joined(separator: ", ")), with @ and the length of the list, "
                    + "such as ndcg@10.")
        }
        self.metric = metric
    }
}

/// The settings that follow `--start`.
struct StartingPoint {
    private var loss: String?
    private var values: [String: SettingValue] = [:]

    /// - Throws: `ValidationError` for what is no pair of a name and a value, or a name that comes twice.
    @Sendable init(_ text: String) throws {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
                throw ValidationError("'\(part)' is no setting. Write a name, = and a value, such as components=64.")
            }
            if pair[0] == "loss" {
                loss = pair[1]
            } else if values.updateValue(SettingValue(pair[1]), forKey: pair[0]) != nil {
                throw ValidationError("\(pair[0]) is named twice.")
            }
        }
    }

    /// The settings, of a loss unless they name one.
    func settings(_ standard: TunedLoss) -> TrialSettings {
        TrialSettings(loss: loss ?? standard.rawValue, values: values)
    }
}
