import ArgumentParser
import Likeness

/// What a fit tells the trainer. The defaults are the library's own.
struct TrainingOptions: ParsableArguments {
    private static let defaults = Hyperparameters()

    @Option(
        help:
            "What training makes smaller: als solves for all rows in turn, softmax goes on from there, the others step from like to like. (default: als; warp with learning-curve)"
    )
    var loss: LossChoice?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Numbers in an embedding. (default: 128 with als and softmax, else 64)", valueName: "d")
    )
    var components: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Passes over the likes; iterations of als. (default: 8 with als, \(SoftmaxSettings().epochs) with softmax, else 30)",
            valueName: "n"))
    var epochs: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The length of the first steps (adagrad). (default: \(SoftmaxSettings().learningRate) with softmax, else \(Hyperparameters().learningRate))",
            valueName: "rate"))
    var learningRate: Float?

    @Option(help: "How the length of a step changes.")
    var schedule = defaults.schedule

    @Option(parsing: .unconditional, help: ArgumentHelp("How much of its running means adadelta keeps at each step.", valueName: "share"))
    var rho = defaults.rho

    @Option(parsing: .unconditional, help: ArgumentHelp("What adadelta adds to its running means.", valueName: "x"))
    var epsilon = defaults.epsilon

    @Option(parsing: .unconditional, help: ArgumentHelp("L2 regularisation of users and user features.", valueName: "x"))
    var userRegularization = defaults.userRegularization

    @Option(parsing: .unconditional, help: ArgumentHelp("L2 regularisation of items and item features.", valueName: "x"))
    var itemRegularization = defaults.itemRegularization

    @Option(parsing: .unconditional, help: ArgumentHelp("How many items WARP tries in search of one that ranks too high.", valueName: "n"))
    var maxSampled = defaults.maxSampled

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How far warp and warp-kos want a like above other items.", valueName: "x"))
    var margin = defaults.margin

    @Option(
        name: .customLong("kos-k"), parsing: .unconditional,
        help: ArgumentHelp("warp-kos trains on the k-th best of its sample.", valueName: "k"))
    var k = defaults.k

    @Option(
        name: .customLong("kos-n"), parsing: .unconditional,
        help: ArgumentHelp("How many of a user's likes warp-kos samples.", valueName: "n"))
    var n = defaults.n

    @Option(
        help:
            "What dislikes mean to warp, warp-kos and bpr: neither trained nor drawn as negatives, or drawn first. Logistic loss always trains on them."
    )
    var dislikes = defaults.dislikes

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Worker threads; as many as there are processors unless told otherwise. With one thread, one seed gives one model, bit by bit.",
            valueName: "n"))
    var threads: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Where the random numbers start.", valueName: "s"))
    var seed = defaults.seed

    /// The first option that was given and that als, or softmax, does not know.
    var steppedOption: String? {
        let defaults = TrainingOptions.defaults
        if learningRate != nil, loss != .softmax { return "--learning-rate" }
        if schedule != defaults.schedule { return "--schedule" }
        if rho != defaults.rho { return "--rho" }
        if epsilon != defaults.epsilon { return "--epsilon" }
        if userRegularization != defaults.userRegularization { return "--user-regularization" }
        if itemRegularization != defaults.itemRegularization { return "--item-regularization" }
        if maxSampled != defaults.maxSampled { return "--max-sampled" }
        if margin != defaults.margin { return "--margin" }
        if k != defaults.k { return "--kos-k" }
        if n != defaults.n { return "--kos-n" }
        return dislikes == defaults.dislikes ? nil : "--dislikes"
    }

    /// The options as the trainer takes them.
    var hyperparameters: Hyperparameters {
        var choice = Hyperparameters()
        choice.loss = loss?.stepped ?? choice.loss
        choice.components = components ?? choice.components
        choice.epochs = epochs ?? choice.epochs
        choice.learningRate = learningRate ?? choice.learningRate
        choice.schedule = schedule
        choice.rho = rho
        choice.epsilon = epsilon
        choice.userRegularization = userRegularization
        choice.itemRegularization = itemRegularization
        choice.maxSampled = maxSampled
        choice.margin = margin
        choice.k = k
        choice.n = n
        choice.dislikes = dislikes
        choice.threads = threads ?? Processors.count
        choice.seed = seed
        return choice
    }

    func validate() throws {
        do {
            try hyperparameters.validate()
        } catch .badHyperparameter(let name, let value, let rule) {
            throw ValidationError("\(OptionName(name)) is \(value), but \(rule).")
        }
    }
}

/// The losses as `--loss` names them.
enum LossChoice: String, CaseIterable, ExpressibleByArgument {
    case als
    case softmax
    case warp
    case warpKOS = "warp-kos"
    case bpr
    case logistic

    /// The loss that steps from like to like; nil for als and softmax.
    var stepped: Hyperparameters.Loss? { Hyperparameters.Loss(rawValue: rawValue) }
}
