import ArgumentParser
import Likeness

/// Which columns of a features file hold what.
struct FeaturesColumnOptions: ParsableArguments {
    private static let defaults = FeaturesColumns()

    @Option(
        help: ArgumentHelp(
            "The item's or user's id, by name or number. If it is left out: mid or uid, or the column that is called itemId or the like.",
            valueName: "column"))
    var id: String?

    @Option(help: ArgumentHelp("The feature's type.", valueName: "column"))
    var type = defaults.type

    @Option(help: ArgumentHelp("The feature's value.", valueName: "column"))
    var value = defaults.value

    @Option(help: ArgumentHelp("The feature's weight, 0 or more.", valueName: "column"))
    var weight: String?

    @Option(help: ArgumentHelp("The type of every value, for files without a column of types.", valueName: "type"))
    var typeValue: String?

    @Option(
        name: .customLong("columns"),
        help: ArgumentHelp(
            "For files with a row for each item: genre,year makes features genre:… and year:… of these columns.", valueName: "names"))
    var wide: String?

    @Option(
        help: ArgumentHelp(
            "What divides several values in one field, such as '|' in Action|Drama. A JSON list needs none.", valueName: "text"))
    var valueSeparator: String?

    func validate() throws {
        if wide != nil, typeValue != nil {
            throw ValidationError("--columns makes a type of each column's name, so --type-value does not go with it.")
        }
        if valueSeparator?.isEmpty == true { throw ValidationError("--value-separator is empty: give the text between two values.") }
    }

    /// The columns as the library takes them.
    var columns: FeaturesColumns {
        var columns = FeaturesColumns()
        columns.id = id
        columns.type = type
        columns.value = value
        columns.weight = weight
        columns.typeValue = typeValue
        columns.wide = wide?.split(separator: ",").map(String.init) ?? []
        return columns
    }
}
