import ArgumentParser
import Likeness

/// Which versions a prune keeps.
struct RetentionOptions: ParsableArguments {
    @Option(
        name: .customLong("keep-last"), parsing: .unconditional,
        help: ArgumentHelp("Keep this many of the newest versions.", valueName: "n"))
    var last = RetentionPolicy().last

    @Option(
        name: .customLong("keep-daily"), parsing: .unconditional,
        help: ArgumentHelp("Keep the newest version of each of this many days that have one (UTC).", valueName: "n"))
    var daily = RetentionPolicy().daily

    @Option(
        name: .customLong("keep-weekly"), parsing: .unconditional,
        help: ArgumentHelp("Keep the newest version of each of this many weeks that have one (from Monday, UTC).", valueName: "n"))
    var weekly = RetentionPolicy().weekly

    @Option(
        name: .customLong("keep-moves"), parsing: .unconditional,
        help: ArgumentHelp("Keep what this many rollbacks of each alias, one after the other, lead to.", valueName: "n"))
    var moves = RetentionPolicy().moves

    func validate() throws {
        let counts = [("--keep-last", last), ("--keep-daily", daily), ("--keep-weekly", weekly), ("--keep-moves", moves)]
        for (name, count) in counts where count < 0 { throw ValidationError("\(name): \(count) is less than 0.") }
    }

    /// The policy as the library takes it.
    var policy: RetentionPolicy {
        var policy = RetentionPolicy()
        (policy.last, policy.daily, policy.weekly, policy.moves) = (last, daily, weekly, moves)
        return policy
    }
}
