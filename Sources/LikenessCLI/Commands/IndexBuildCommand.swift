import ArgumentParser
import Likeness
import Platform

/// `likeness index build`: puts an index beside a version.
struct IndexBuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build the index of a version, and measure what it finds.",
        discussion: """
            The version stays as it is. An index that it had is replaced, and goes when the version is pruned.

            Examples:
              likeness index build
              likeness index build v12 --lists 4000
            """)

    @Argument(help: "The version: its number (v12) or an alias.")
    var version = VersionReference.current

    @Option(help: "What is to be found: items, tags or users.")
    var kind = EntityKind.items

    @Option(help: ArgumentHelp("How many lists; 4 times the root of the number of rows unless told otherwise.", valueName: "n"))
    var lists: Int?

    @Option(help: ArgumentHelp("Worker threads; as many as there are processors unless told otherwise.", valueName: "n"))
    var threads: Int?

    @OptionGroup var progress: ProgressOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let lists, lists < 1 { throw ValidationError("--lists is \(lists), but it must be 1 or more.") }
        if let threads, threads < 1 { throw ValidationError("--threads is \(threads), but at least 1 must do the work.") }
    }

    func run() throws {
        let store = try store.openForWriting()
        let watch = Stopwatch()
        Interruption.watch()
        var bar = ProgressBar(isVerbose: progress.isVerbose)
        let summary: SearchIndexSummary?
        do {
            defer { bar.finish() }
            summary = try store.buildIndex(kind, of: version, lists: lists, threads: threads ?? Processors.count) { done, total in
                bar.show(Double(done) / Double(max(total, 1)), "building the index")
                return Interruption.caught == nil
            }
        }
        guard let summary else {
            Terminal.writeError("stopped; nothing was changed\n")
            throw ExitCode(130)
        }
        if output.isJSON { return try JSONOutput.print(summary) }
        Terminal.writeLine(
            "built the index of v\(summary.version): \(Readable.count(summary.rows, String(kind.rawValue.dropLast()))) in "
                + "\(Readable.count(summary.lists, "list")), in \(Readable.duration(watch.seconds))")
        IndexDisplay.show(summary)
    }
}

/// Writes what an index measured.
enum IndexDisplay {
    static func show(_ summary: SearchIndexSummary) {
        let users = Dictionary((summary.innerProduct ?? []).map { ($0.lists, $0.recall) }) { $1 }
        let cosines = Dictionary(summary.cosine.map { ($0.lists, $0.recall) }) { $1 }
        var table = TextTable(.numbers("lists"), .numbers("recall@10"), .numbers(users.isEmpty ? "" : "of users"))
        for lists in Set(users.keys).union(cosines.keys).sorted() {
            table.add(
                Readable.count(lists), cosines[lists].map { Readable.decimal($0, places: 3) } ?? "",
                users[lists].map { Readable.decimal($0, places: 3) } ?? "")
        }
        table.print()
    }
}

/// `likeness index list`: the indexes of all versions.
struct IndexListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the indexes of all versions, with what they find.",
        discussion: """
            Example:
              likeness index list --json
            """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let indexes = try store.openForReading().indexes()
        if output.isJSON {
            for index in indexes { try JSONOutput.print(index) }
            return
        }
        if indexes.isEmpty { return Terminal.writeError("there is no index. Build one with likeness index build\n") }
        for index in indexes {
            Terminal.writeLine(
                "v\(index.version) \(index.kind.rawValue): \(Readable.count(index.rows, "row")) in \(Readable.count(index.lists, "list")), "
                    + "built \(Readable.time(milliseconds: index.created))"
                    + (index.measured == index.version ? "" : ", lists and measures of v\(index.measured)")
                    + (index.placed == 0 ? "" : ", joined by \(Readable.count(index.placed, "row")) since"))
            IndexDisplay.show(index)
        }
    }
}

/// `likeness index remove`: takes an index away.
struct IndexRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove the indexes of a version; `versions prune` makes their room free.",
        discussion: """
            Example:
              likeness index remove v12
            """)

    @Argument(help: "The version: its number (v12) or an alias.")
    var version = VersionReference.current

    @Option(help: "Only the index that finds these: items, tags or users.")
    var kind: EntityKind?

    @OptionGroup var store: StoreOptions

    func run() throws {
        let removed = try store.openForWriting().removeIndexes(of: version, kind)
        Terminal.writeLine("removed \(Readable.count(removed, "index", plural: "indexes"))")
    }
}
