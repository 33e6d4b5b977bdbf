import ArgumentParser
import Likeness
import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `likeness demo-data`: makes up likes and features to play with.
struct DemoDataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-data",
        abstract: "Make up likes and features to play with, with tastes hidden in them.",
        discussion: """
            Writes likes.psv and feats.psv, and with --new-likes also newlikes.psv and newfeats.psv with likes that come later, \
            new users and items among them. The same options give the same files, byte for byte.

            Example: likeness demo-data data --users 500 --items 300 --likes 20000
            """)

    private static let defaults = DemoData()

    @Argument(help: "The folder to write into; it is made if it is missing.")
    var directory: String

    @Option(help: ArgumentHelp("Users.", valueName: "n"))
    var users = defaults.users

    @Option(help: ArgumentHelp("Items.", valueName: "n"))
    var items = defaults.items

    @Option(help: ArgumentHelp("Likes, a few of them twice.", valueName: "n"))
    var likes = defaults.likes

    @Option(help: ArgumentHelp("Different tags.", valueName: "n"))
    var tags = defaults.tags

    @Option(help: ArgumentHelp("Likes that come later, in files of their own.", valueName: "n"))
    var newLikes = defaults.newLikes

    @Option(help: ArgumentHelp("Where the random numbers start.", valueName: "s"))
    var seed = defaults.seed

    @OptionGroup var force: ForceOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        Interruption.removeUnfinishedFiles()
        let watch = Stopwatch()
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw CommandError("\(directory): the folder cannot be made: \(error)")
        }
        let data = DemoData(users: users, items: items, likes: likes, tags: tags, newLikes: newLikes, seed: seed)
        let summary = try data.write(into: directory, overwriting: force.isGiven)
        if output.isJSON {
            try JSONOutput.print(Report(directory: directory, summary, seconds: watch.seconds))
        } else {
            Terminal.writeLine(
                "wrote \(Readable.count(summary.likes, "like")) and \(Readable.count(summary.features, "feature")) "
                    + "into \(directory): \(Readable.bytes(summary.bytes)) in \(Readable.duration(watch.seconds))")
        }
    }

    private struct Report: Encodable {
        let directory: String
        let likes: Int
        let distinctLikes: Int
        let features: Int
        let newLikes: Int
        let newFeatures: Int
        let bytes: Int
        let seconds: Double

        init(directory: String, _ summary: DemoData.Summary, seconds: Double) {
            self.directory = directory
            likes = summary.likes
            distinctLikes = summary.distinctLikes
            features = summary.features
            newLikes = summary.newLikes
            newFeatures = summary.newFeatures
            bytes = summary.bytes
            self.seconds = seconds
        }
    }
}
