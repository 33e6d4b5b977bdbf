import ArgumentParser
import Likeness
import PlainText

/// Which rows a query may find.
struct FilterOptions: ParsableArguments {
    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Find only what has these features: 'tag:dragon and not (tag:anime or category:\"low poly\")'.", valueName: "condition"))
    var condition: String?

    @Option(help: ArgumentHelp("Find only what this file lists, one id a line.", valueName: "file"))
    var allow: String?

    @Option(help: ArgumentHelp("Never find what this file lists, one id a line.", valueName: "file"))
    var deny: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Of items, find none that this user likes.", valueName: "user"))
    var notLikedBy: String?

    @Option(help: ArgumentHelp("Of items, find only those that so many users like.", valueName: "n"))
    var minLikes = 0

    @Option(
        help: ArgumentHelp(
            "Of items, find only those that were liked then or later; of users, those who liked something. Seconds since 1970 or ISO 8601.",
            valueName: "time"))
    var since: String?

    @Flag(help: "Take a feature in --where that the store does not know for one that nothing has.")
    var lenient = false

    func validate() throws {
        if minLikes < 0 { throw ValidationError("--min-likes is \(minLikes), but it must be 0 or more.") }
        if let since, EventTime.milliseconds(since) == nil {
            throw ValidationError("--since is '\(since.printable)', but it must be seconds since 1970 or ISO 8601, such as 2026-03-01.")
        }
        if lenient && condition == nil { throw ValidationError("--lenient goes with --where only.") }
    }

    /// The filter that the options describe.
    func filter() throws -> QueryFilter {
        var filter = QueryFilter()
        filter.condition = condition
        filter.allowed = try allow.map { try LineFile.lines(of: $0) }
        filter.denied = try deny.map { try LineFile.lines(of: $0) } ?? []
        filter.notLikedBy = notLikedBy
        filter.minimumLikes = minLikes
        filter.isLenient = lenient
        filter.likedSince = since.flatMap { EventTime.milliseconds($0) }
        return filter
    }
}
