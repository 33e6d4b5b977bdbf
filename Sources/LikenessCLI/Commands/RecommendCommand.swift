import ArgumentParser
import Likeness

/// `likeness recommend`: items for a user.
struct RecommendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend",
        abstract: "Recommend items to a user.",
        discussion: """
            The score is what the model was trained to rank by: the inner product plus the item's bias. Items that the user \
            likes already are left out.

            Example: likeness recommend --user u42 -k 10
            """)

    @Option(help: ArgumentHelp("The user, by the id that the likes have.", valueName: "id"))
    var user: String

    @Flag(help: "Also list items that the user likes already.")
    var includeLiked = false

    @Option(name: .customShort("k"), help: ArgumentHelp("How many to recommend.", valueName: "k"))
    var count = 10

    @OptionGroup var filter: FilterOptions
    @OptionGroup var version: VersionOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try NeighborCount.check(count)
    }

    func run() throws {
        let neighbors = try store.openForReading().recommend(
            user: user, k: count, version: version.reference, includingLiked: includeLiked,
            filter: filter.filter())
        try NeighborDisplay.show(neighbors, output)
    }
}
