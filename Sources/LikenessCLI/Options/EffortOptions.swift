import ArgumentParser
import Likeness

/// How thoroughly a query is searched for.
struct EffortOptions: ParsableArguments {
    @Option(
        name: .customLong("nprobe"),
        help: ArgumentHelp("Search the version's index: look at so many of its lists. Exact without it.", valueName: "n"))
    var probes: Int?

    @Option(
        help: ArgumentHelp(
            "Search the version's index: look at as many lists as found this share of the best when it was built.", valueName: "share"))
    var recall: Double?

    func validate() throws {
        if probes != nil && recall != nil { throw ValidationError("--nprobe and --recall were both given. Leave one of them out.") }
        if let probes, probes < 1 { throw ValidationError("--nprobe is \(probes), but at least 1 list must be looked at.") }
        if let recall, !(recall > 0 && recall <= 1) {
            throw ValidationError("--recall is \(recall), but it must lie above 0 and be 1 at the most.")
        }
    }

    /// The effort that the options describe.
    var effort: SearchEffort {
        if let probes { return .lists(probes) }
        if let recall { return .recall(recall) }
        return .exact
    }
}
