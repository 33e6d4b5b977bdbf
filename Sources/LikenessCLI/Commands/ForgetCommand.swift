import ArgumentParser
import DelimitedText
import Likeness
import PlainText

/// `likeness forget`: removes users and items with all that is known of them.
struct ForgetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Forget users or items: their likes, names and features, and what versions learned of them.",
        discussion: """
            Their ids, likes, dislikes, names, features and rows go from the store and from every version, and what is left of them in unused space of \
            the store's file is overwritten. Versions that change get another root hash, and their notes say why. An id that comes again is a new one.

            What others learned from them stays, and so do counts in versions and labels of features. Backups, packs and remotes from before are files \
            of their own: remove them, and publish to a new folder.

            A forget that was cut off is brought to its end by the next one, also by one without ids. Until then nothing is published.

            Examples:
              likeness forget --user u17 --dry-run
              likeness forget --user u17 --item a1b2 --yes
              likeness forget --user-file leavers.txt --yes
            """)

    @Option(name: .customLong("user"), help: ArgumentHelp("The user to forget; give it once for each.", valueName: "id"))
    var users: [String] = []

    @Option(name: .customLong("item"), help: ArgumentHelp("The item to forget; give it once for each.", valueName: "id"))
    var items: [String] = []

    @Option(help: ArgumentHelp("Users to forget, one id a line.", valueName: "file"))
    var userFile: String?

    @Option(help: ArgumentHelp("Items to forget, one id a line.", valueName: "file"))
    var itemFile: String?

    @Flag(help: "Say what would be forgotten, and change nothing.")
    var dryRun = false

    @Flag(help: "Do it. Nothing can be brought back.")
    var yes = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if yes == dryRun {
            throw ValidationError(
                yes
                    ? "--dry-run changes nothing, so --yes does not go with it. Leave one of them out."
                    : "what is forgotten cannot be brought back. See what it is with --dry-run, and do it with --yes.")
        }
    }

    func run() throws {
        let users = try users + (userFile.map { try LineFile.lines(of: $0) } ?? [])
        let items = try items + (itemFile.map { try LineFile.lines(of: $0) } ?? [])
        let report: ForgetReport
        if dryRun {
            report = try store.openForReading().forgetPreview(users: users, items: items)
        } else {
            report = try store.openForWriting().forget(users: users, items: items)
        }
        let isNothing = !report.unknown.isEmpty && report.users + report.items == 0
        if output.isJSON { try JSONOutput.print(report) } else if !isNothing { show(report) }
        for id in report.unknown { Terminal.writeError("note: there is no user or item '\(id.printable(atMost: 60))' to forget\n") }
        if isNothing {
            throw CommandError("nothing was forgotten: none of these ids is in the store. Check them with `likeness find`")
        }
    }

    private func show(_ report: ForgetReport) {
        if report.isContinued {
            Terminal.writeLine("a forget that was cut off \(report.isDryRun ? "goes on with this" : "went on with this")")
        }
        Terminal.writeLine(
            "\(report.isDryRun ? "would forget" : "forgot") \(Readable.count(report.users, "user")) and \(Readable.count(report.items, "item")): "
                + "\(Readable.count(report.events, "event")) of the log and rows of \(Readable.count(report.versions.count, "version"))"
                + (report.versions.isEmpty ? "" : " (" + report.versions.map { "v\($0)" }.joined(separator: ", ") + ")"))
        if report.indexes > 0 {
            Terminal.writeLine("\(Readable.count(report.indexes, "index", plural: "indexes")) went with them: see `likeness index build`")
        }
        if !report.isFileClear {
            Terminal.writeLine(
                "pages of the file still hold what was forgotten, because process "
                    + Set(report.readers).sorted().map(String.init).joined(separator: ", ")
                    + " reads the store as it was: run `likeness forget --yes` when it is done")
        }
    }
}
