import ArgumentParser
import Likeness

/// `likeness versions list`: one line for each version.
struct VersionsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List all versions, oldest first.",
        discussion: "Example: likeness versions list --store store")

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let versions = try store.openForReading().versions()
        if output.isJSON {
            for version in versions { try JSONOutput.print(version) }
            return
        }
        if versions.isEmpty { return Terminal.writeLine("no versions yet. Make one with `likeness fit`") }
        var table = TextTable(
            .words("version"), .words("aliases"), .words("continues"), .words("created"), .numbers("epochs"),
            .numbers("likes"), .numbers("d"), .words("features"), .words("note"))
        for version in versions {
            table.add(
                "v\(version.version)", version.aliases.joined(separator: ", "), version.parent.map { "v\($0)" } ?? "",
                Readable.time(milliseconds: version.created), Readable.count(version.epochs),
                Readable.count(version.likes), "\(version.components)", version.features, version.note ?? "")
        }
        table.print()
    }
}
