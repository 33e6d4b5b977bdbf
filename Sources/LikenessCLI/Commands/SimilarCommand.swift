import ArgumentParser
import DelimitedText
import Likeness

/// `likeness similar`: the scores of given pairs.
struct SimilarCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similar",
        abstract: "Score given pairs of items, users and features.",
        discussion: """
            Each pair has a cosine, 1 for the same direction. A pair of a user and an item also has the score that recommendations are \
            ranked by. With --ranks a pair of a user and an item has the item's place among all that the user may be recommended, 1 for the \
            first. Pairs that name what the version does not know are passed over and counted.

            Examples:
              likeness similar item:a1b2 item:c3d4
              likeness similar --pairs pairs.csv --output scores.csv
              likeness similar user:u42 item:a1b2 --ranks
            """)

    @Argument(help: "Two terms, such as item:ID, user:ID or tag:dragon.")
    var terms: [String] = []

    @Option(
        help: ArgumentHelp(
            "Score each row of this file, psv unless its name says csv or tsv: two terms. - is standard input.", valueName: "file"))
    var pairs: String?

    @Option(
        name: .customLong("output"), help: ArgumentHelp("Where the scores go; standard output if it is left out.", valueName: "file"))
    var path = "-"

    @Flag(help: "Give the place of the item for the user in place of scores.")
    var ranks = false

    @Flag(help: "With --ranks: count items that the user likes already too.")
    var includeLiked = false

    @OptionGroup var version: VersionOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if (pairs == nil) == terms.isEmpty || (pairs == nil && terms.count != 2) {
            throw ValidationError("give two terms, such as item:a1 item:b2, or --pairs FILE.")
        }
        if includeLiked && !ranks { throw ValidationError("--include-liked goes with --ranks only.") }
        if output.isJSON && path != "-" {
            throw ValidationError("--json writes one object a pair to standard output. Leave --output out, and send that to a file.")
        }
    }

    func run() throws {
        let store = try store.openForReading()
        guard let pairs else {
            if ranks {
                let rank = try store.withSession(of: version.reference) { session in
                    try session.rank(of: terms[0], for: terms[1], includingLiked: includeLiked)
                }
                if output.isJSON { return try JSONOutput.print(rank) }
                Terminal.writeLine("rank    \(Readable.count(rank.rank)) of \(Readable.count(rank.of, "item"))")
                Terminal.writeLine("score   \(Readable.decimal(rank.score, places: 4))")
                return
            }
            let score = try store.withSession(of: version.reference) { session in
                try session.similarity(of: terms[0], to: terms[1])
            }
            if output.isJSON { return try JSONOutput.print(score) }
            Terminal.writeLine("cosine  \(Readable.decimal(score.cosine, places: 4))")
            if let score = score.score { Terminal.writeLine("score   \(Readable.decimal(score, places: 4))") }
            return
        }
        var sink = BatchOutput(path: path)
        if output.isJSON { sink.format = .jsonl }
        let report =
            try ranks
            ? store.writeRanks(ofPairsIn: pairs, to: sink, version: version.reference, includingLiked: includeLiked)
            : store.writeSimilarities(ofPairsIn: pairs, to: sink, version: version.reference)
        for fault in report.firstFaults { Terminal.writeError("passed over: \(fault)\n") }
        if report.passedOver > report.firstFaults.count {
            Terminal.writeError("passed over: \(Readable.count(report.passedOver, "pair")) in all\n")
        }
        if report.answered == 0, report.passedOver > 0 { throw CommandError("no pair of \(pairs) could be scored") }
    }
}
