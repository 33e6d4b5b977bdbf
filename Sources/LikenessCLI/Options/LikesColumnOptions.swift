import ArgumentParser
import Likeness

/// Which columns of a likes file hold what.
struct LikesColumnOptions: ParsableArguments {
    static let userHelp = "The user's id, by name or number. If it is left out: uid, or the column that is called userId or the like."
    static let itemHelp = "The item's id, by name or number. If it is left out: mid, or the column that is called itemId or the like."

    @Option(name: .customLong("user"), help: ArgumentHelp(LikesColumnOptions.userHelp, valueName: "column"))
    var user: String?

    @Option(name: .customLong("item"), help: ArgumentHelp(LikesColumnOptions.itemHelp, valueName: "column"))
    var item: String?

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

    @Option(
        name: .customLong("rating"),
        help: ArgumentHelp("A rating, for --min-rating: rows with less are no likes.", valueName: "column"))
    var rating: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The least rating that is a like.", valueName: "x"))
    var minRating: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Ratings below are dislikes; if it is left out, none are.", valueName: "x"))
    var dislikeBelow: Double?

    func validate() throws {
        if (rating == nil) != (minRating == nil) {
            throw ValidationError(
                rating == nil
                    ? "--min-rating needs the column of ratings: name it with --rating."
                    : "--rating needs the least rating that is a like: give it with --min-rating.")
        }
        if let dislikeBelow {
            guard let minRating else { throw ValidationError("--dislike-below goes with --rating and --min-rating only.") }
            if !(dislikeBelow <= minRating) {
                throw ValidationError("--dislike-below is \(dislikeBelow), more than --min-rating: a rating would be both.")
            }
        }
        if minRating?.isFinite == false { throw ValidationError("--min-rating must be a number.") }
    }

    /// Adds what ratings mean.
    func apply(to options: inout IngestOptions) {
        options.minRating = minRating ?? 0
        options.dislikeBelow = dislikeBelow
    }

    /// The columns as the library takes them.
    var columns: LikesColumns {
        var columns = LikesColumns()
        columns.user = user
        columns.item = item
        columns.rating = rating
        columns.name = itemName
        columns.weight = weight
        columns.time = time
        return columns
    }
}

/// Which columns of a likes file hold users and items; for commands that need nothing else.
struct PairColumnOptions: ParsableArguments {
    @Option(help: ArgumentHelp(LikesColumnOptions.userHelp, valueName: "column"))
    var user: String?

    @Option(help: ArgumentHelp(LikesColumnOptions.itemHelp, valueName: "column"))
    var item: String?

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
