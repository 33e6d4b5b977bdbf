import ArgumentParser
import Likeness

/// What happens to pairs that come again with another weight.
struct DuplicateOptions: ParsableArguments {
    @Option(
        name: .customLong("on-duplicate"),
        help: ArgumentHelp(
            "What holds when a pair comes again with another weight: the first one, the last one, their sum or the greatest. If it is left out: replace where the file has weights, else keep. With sum, rows that are taken in again count again.",
            valueName: "rule"))
    var rule: DuplicateRule?
}
