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

    @OptionGroup(title: "Continuing") var continuation: ContinuationOptions
    @OptionGroup(title: "The version") var publication: PublishOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    /// What scripts are told when there was nothing to do.
    private struct NothingNew: Encodable {
        let published = false
        let parent: UInt64
    }

    func run() throws {
        let options = continuation.options(publication)
        let store = try store.openForWriting()
        let report = try FitDisplay(isVerbose: progress.isVerbose).watch { try store.fitPartial(options, progress: $0) }
        if let report {
            continuation.tellUnused(report)
            try FitDisplay.show(report, output)
            try publication.buildIndex(store, report)
            try publication.checkAlias(report)
            return try publication.replicate(store)
        }
        let parent = try store.summary(of: continuation.from).version
        if output.isJSON {
            try JSONOutput.print(NothingNew(parent: parent))
        } else {
            Terminal.writeLine("no like came after v\(parent): nothing to do, and nothing was published")
        }
    }
}
