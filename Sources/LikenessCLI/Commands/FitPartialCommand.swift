import ArgumentParser
import Likeness

/// `likeness fit-partial`: continues a version on the likes that came after it.
struct FitPartialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit-partial",
        abstract: "Continue a version on the likes that came after it.",
        discussion: """
            Users, items and features that are new get rows of their own; everything else is as in the version that is \
            continued, and so are loss, components and learning rate. The new version stands beside the old one, and what it costs depends on \
            what is new, not on how large the model is.

            Example: likeness fit-partial --epochs 5 --replay 0.1
            """)

    @Option(help: ArgumentHelp("The version to continue: its number (v12) or an alias.", valueName: "version"))
    var from = VersionReference.current

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Passes over the new likes; als has none. (default: \(FitPartialOptions().epochs))", valueName: "n"))
    var epochs: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The share of the older likes to train again with the new ones, 0 to 1; als reads what it needs. (default: 0)",
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

    @OptionGroup(title: "The version") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let epochs, epochs < 0 { throw ValidationError("--epochs is \(epochs), but it must be 0 or more; 5 is usual.") }
        if let replay, !(0...1).contains(replay) {
            throw ValidationError(
                "--replay is \(replay), but it is a share: 0 for new likes only, 1 for all likes again.")
        }
        if let threads, threads < 1 {
            throw ValidationError("--threads is \(threads), but at least 1 must do the work.")
        }
    }

    /// What scripts are told when there was nothing to do.
    private struct NothingNew: Encodable {
        let published = false
        let parent: UInt64
    }

    func run() throws {
        var options = FitPartialOptions()
        options.parent = from
        options.epochs = epochs ?? options.epochs
        options.replay = replay ?? options.replay
        options.tags = tags
        options.threads = threads
        options.alias = publication.chosenAlias
        options.note = publication.note
        let store = try store.openForWriting()
        let report = try FitDisplay(isVerbose: progress.isVerbose).watch { try store.fitPartial(options, progress: $0) }
        if let report {
            if report.loss == LossChoice.als.rawValue, epochs != nil || replay != nil {
                Terminal.writeError("als is continued in closed form: --epochs and --replay were not used\n")
            }
            return try FitDisplay.show(report, output)
        }
        let parent = try store.summary(of: from).version
        if output.isJSON {
            try JSONOutput.print(NothingNew(parent: parent))
        } else {
            Terminal.writeLine("no like came after v\(parent): nothing to do, and nothing was published")
        }
    }
}
