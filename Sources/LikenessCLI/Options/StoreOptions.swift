import ArgumentParser
import Likeness
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which store a command works on.
struct StoreOptions: ParsableArguments {
    @Option(
        name: .customLong("store"),
        help: ArgumentHelp(
            "The store: its folder, or one file such as a backup or a pack. The variable LIKENESS_STORE stands in for it.",
            valueName: "dir"))
    var named: String?

    mutating func validate() throws {
        if named?.isEmpty != false && StoreOptions.unnamed == nil {
            throw ValidationError("no store is named. Give --store DIR, or set the variable LIKENESS_STORE.")
        }
    }

    /// The path of the store.
    var path: String {
        named ?? StoreOptions.unnamed ?? ""
    }

    /// The files that a store at this path has, whether it is the folder or the file.
    var files: [String] {
        ["/data.mdb", "/data.mdb-lock", "", "-lock"].map { path + $0 }
    }

    /// Checks the pages of the store's file before it is opened; false if a busy writer did not let it.
    func checkPages() throws -> Bool {
        try StoreReader.checkPages(at: path)
    }

    /// Opens the store for commands that change nothing.
    func openForReading() throws -> StoreReader {
        try StoreReader.open(at: path)
    }

    /// Opens the store for commands that change it.
    func openForWriting() throws -> Store {
        try Store.open(at: path)
    }

    /// The store of the shell that runs the commands.
    private static let ofShell = Mutex<String?>(nil)

    /// From now on commands that name no store work on this one.
    static func useInShell(_ path: String) {
        ofShell.withLock { $0 = path }
    }

    /// The store of a command that names none.
    private static var unnamed: String? { ofShell.withLock { $0 } ?? fromEnvironment }

    private static var fromEnvironment: String? {
        let value = ProcessInfo.processInfo.environment["LIKENESS_STORE"]
        return value?.isEmpty == false ? value : nil
    }
}
