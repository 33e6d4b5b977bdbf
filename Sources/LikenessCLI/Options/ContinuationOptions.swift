import ArgumentParser
import Likeness

/// How a version is continued; `fit-partial` and `follow` share it.
struct ContinuationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The version to continue: its number (v12) or an alias.", valueName: "version"))
    var from = VersionReference.current

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Passes over the new likes; als and softmax have none. (default: \(FitPartialOptions().epochs))", valueName: "n")
    )
    var epochs: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The share of the older likes to train again with the new ones, 0 to 1; als and softmax read what they need. (default: 0)",
            valueName: "share")
    )
    var replay: Double?

    @Option(
        help: ArgumentHelp(
            """
            Whether tags that the version has stand still or move with their items. New tags always learn. Moving tags change every item \
            that has them, so that the whole model is written (not with als, whose items keep vectors of their own).
            """, valueName: "how"))
    var tags = FitPartialOptions().tags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Worker threads; as many as the continued version had unless told otherwise.", valueName: "n"))
    var threads: Int?

    /// Taken to be refused with words.
    @Option(help: .hidden)
    var loss: LossChoice?

    func validate() throws {
        if let loss {
            throw ValidationError(
                "a continuation has the loss of the version that it continues. `likeness fit --loss \(loss.rawValue)` fits anew with another."
            )
        }
        if let epochs, epochs < 0 { throw ValidationError("--epochs is \(epochs), but it must be 0 or more; 5 is usual.") }
        if let replay, !(0...1).contains(replay) {
            throw ValidationError(
                "--replay is \(replay), but it is a share: 0 for new likes only, 1 for all likes again.")
        }
        if let threads, threads < 1 {
            throw ValidationError("--threads is \(threads), but at least 1 must do the work.")
        }
    }

    /// The options as the library takes them.
    func options(_ publication: PublishOptions) -> FitPartialOptions {
        var options = FitPartialOptions()
        options.parent = from
        options.epochs = epochs ?? options.epochs
        options.replay = replay ?? options.replay
        options.tags = tags
        options.threads = threads
        options.alias = publication.chosenAlias
        options.forcesAlias = publication.isForced
        options.note = publication.note
        return options
    }

    /// Says so if an option was given that the continuation had no use for.
    func tellUnused(_ report: FitReport) {
        if let loss = LossChoice(rawValue: report.loss), loss.stepped == nil, epochs != nil || replay != nil {
            Terminal.writeError("\(loss.rawValue) is continued in closed form: --epochs and --replay were not used\n")
        }
    }
}
