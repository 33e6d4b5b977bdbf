import ArgumentParser
import Likeness

/// How results are chosen where not by their scores alone.
struct RankingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Choose results that are unlike each other: 0 not at all, 1 at any cost; 0.3 is a start.", valueName: "share"))
    var diversify = 0.0

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Of items, take this times ln(1 + likes) off the score; below 0 adds it.", valueName: "penalty"))
    var popularity = 0.0

    @Option(
        help: ArgumentHelp(
            "Show no more than so many of one feature of a type, such as category:2; may be given more than once.", valueName: "type:n"))
    var maxPerType: [String] = []

    func validate() throws {
        if !(diversify >= 0 && diversify <= 1) { throw ValidationError("--diversify is \(diversify), but it must lie between 0 and 1.") }
        if !popularity.isFinite { throw ValidationError("--popularity is \(popularity), but it must be a number.") }
        for limit in maxPerType { _ = try RankingOptions.limit(limit) }
    }

    /// The rules that the options describe.
    func rules() throws -> RankingRules {
        var rules = RankingRules()
        rules.diversity = diversify
        rules.popularityPenalty = popularity
        for text in maxPerType {
            let limit = try RankingOptions.limit(text)
            rules.limits[limit.type] = limit.count
        }
        return rules
    }

    private static func limit(_ text: String) throws -> (type: String, count: Int) {
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex, let count = Int(text[text.index(after: colon)...]), count > 0
        else { throw ValidationError("--max-per-type is '\(text)', but it must be a type and a number, such as category:2.") }
        return (String(text[..<colon]), count)
    }
}
