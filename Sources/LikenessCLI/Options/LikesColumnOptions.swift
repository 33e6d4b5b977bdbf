import ArgumentParser
import Likeness

/// Which columns of a likes file hold what.
struct LikesColumnOptions: ParsableArguments {
    private static let defaults = LikesColumns()

    @Option(name: .customLong("user"), help: ArgumentHelp("The user's id.", valueName: "column"))
    var user = defaults.user

    @Option(name: .customLong("item"), help: ArgumentHelp("The item's id.", valueName: "column"))
    var item = defaults.item

    @Option(
        name: .customLong("name"),
        help: ArgumentHelp("The item's name; modelname if there is such a column.", valueName: "column"))
    var itemName: String?

    @Option(name: .customLong("weight"), help: ArgumentHelp("The like's weight, 0 or more.", valueName: "column"))
    var weight: String?

    @Option(
        name: .customLong("time"),
        help: ArgumentHelp("The like's time: seconds or milliseconds since 1970, or ISO 8601.", valueName: "column"))
    var time: String?

    /// The columns as the library takes them.
    var columns: LikesColumns {
        var columns = LikesColumns()
        columns.user = user
        columns.item = item
        columns.name = itemName
        columns.weight = weight
        columns.time = time
        return columns
    }
}

/// Which columns of a likes file hold users and items; for commands that need nothing else.
struct PairColumnOptions: ParsableArguments {
    private static let defaults = LikesColumns()

    @Option(help: ArgumentHelp("The user's id.", valueName: "column"))
    var user = defaults.user

    @Option(help: ArgumentHelp("The item's id.", valueName: "column"))
    var item = defaults.item

    /// The columns as the library takes them.
    var columns: LikesColumns {
        var columns = LikesColumns()
        columns.user = user
        columns.item = item
        return columns
    }
}

/// Which columns of a likes file hold users, items and, for splits that go by time, times.
struct SplitColumnOptions: ParsableArguments {
    @OptionGroup var pair: PairColumnOptions

    @Option(
        help: ArgumentHelp(
            "leave-last-out and temporal: the like's time, in seconds or milliseconds since 1970, or ISO 8601.",
            valueName: "column"))
    var time: String?

    /// The columns as the library takes them.
    var columns: LikesColumns {
        var columns = pair.columns
        columns.time = time
        return columns
    }
}
