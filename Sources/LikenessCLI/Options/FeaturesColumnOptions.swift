import ArgumentParser
import Likeness

/// Which columns of a features file hold what.
struct FeaturesColumnOptions: ParsableArguments {
    private static let defaults = FeaturesColumns()

    @Option(help: ArgumentHelp("The item's or user's id.", valueName: "column"))
    var id = defaults.id

    @Option(help: ArgumentHelp("The feature's type.", valueName: "column"))
    var type = defaults.type

    @Option(help: ArgumentHelp("The feature's value.", valueName: "column"))
    var value = defaults.value

    @Option(help: ArgumentHelp("The feature's weight, 0 or more.", valueName: "column"))
    var weight: String?

    /// The columns as the library takes them.
    var columns: FeaturesColumns {
        var columns = FeaturesColumns()
        columns.id = id
        columns.type = type
        columns.value = value
        columns.weight = weight
        return columns
    }
}
