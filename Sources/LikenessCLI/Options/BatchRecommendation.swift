import ArgumentParser
import Likeness

/// `recommend` for many users: which ones.
struct BatchRecommendation: ParsableArguments {
    @Flag(help: "Recommend to every user of the version.")
    var all = false

    @Option(help: ArgumentHelp("Recommend to the users that this file lists, one id a line; - is standard input.", valueName: "file"))
    var users: String?

    /// Whether many users are asked for.
    var isWanted: Bool { all || users != nil }

    func validate() throws {
        if all && users != nil { throw ValidationError("--all and --users were both given. Leave one of them out.") }
    }

    /// Recommends to all who are asked for.
    func run(
        _ store: StoreReader, _ version: VersionReference, options: BatchOptions, _ output: BatchOutputOptions, asJSON: Bool
    ) throws {
        var options = options
        options.users = try users.map { try LineFile.lines(of: $0) }
        (options.skip, options.threads) = (output.skip, output.threadCount)
        try output.run(
            noun: "user", source: users, asJSON: asJSON,
            done: {
                "recommended \(Readable.count(options.k, "item")) each to \(Readable.count($0.answered, "user")) by v\($0.version) in "
                    + "\(Readable.duration($0.seconds))"
            },
            { try store.writeRecommendations(options, to: $0, version: version, progress: $1) })
    }
}
