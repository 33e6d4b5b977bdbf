import Foundation
import Testing

/// Stores that another user owns. Where the tests run as root, who may do everything, the program runs as nobody.
@Suite(
    .enabled(
        if: geteuid() != 0 || FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv"), "root needs setpriv to be somebody else"))
struct OtherUserTests {
    /// Runs the program without the rights of root.
    private func run(_ workspace: Workspace, _ arguments: String..., store: String = "store") throws -> LikenessProcess.Result {
        let likeness = LikenessProcess(store: store, folder: workspace.path)
        if geteuid() != 0 { return try likeness.run(arguments) }
        let identity = ["--reuid=65534", "--regid=65534", "--clear-groups", LikenessProcess.executable]
        return try likeness.start(identity + arguments, executable: "/usr/bin/setpriv").wait()
    }

    private func allow(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func prepared() throws -> (workspace: Workspace, tag: String) {
        let workspace = try Workspace()
        try workspace.makeModel()
        return (workspace, try workspace.someTag())
    }

    @Test("A store that others may read, without a lock file, is read as it is, and nothing is written beside it")
    func withoutLockFile() throws {
        let (workspace, tag) = try prepared()
        try workspace.remove("store/data.mdb-lock")
        try allow(0o644, workspace.file("store/data.mdb"))
        try allow(0o555, workspace.file("store"))
        defer { try? allow(0o755, workspace.file("store")) }
        let found = try run(workspace, "nearest", "items", "--to", tag, "-k", "3")
        #expect(found.status == 0 && found.lines.count == 4, "\(found)")
        #expect(try run(workspace, "versions", "verify").status == 0)
        #expect(!FileManager.default.fileExists(atPath: workspace.file("store/data.mdb-lock")))
        let refused = try run(workspace, "fit")
        #expect(refused.status == 1 && refused.errors.contains("data.mdb"), "\(refused)")
    }

    @Test("A lock file that may not be written is named with its owner and the ways out")
    func lockFile() throws {
        let (workspace, tag) = try prepared()
        try allow(0o644, workspace.file("store/data.mdb"))
        try allow(0o444, workspace.file("store/data.mdb-lock"))
        try allow(0o555, workspace.file("store"))
        defer { try? allow(0o755, workspace.file("store")) }
        let refused = try run(workspace, "nearest", "items", "--to", tag)
        #expect(refused.status == 1, "\(refused)")
        for words in ["data.mdb-lock", "belongs to", "chmod go+rw", "likeness backup"] {
            #expect(refused.errors.contains(words), "\(words): \(refused.errors)")
        }
        // Each way out leads there.
        try allow(0o666, workspace.file("store/data.mdb-lock"))
        #expect(try run(workspace, "nearest", "items", "--to", tag).status == 0)
        try allow(0o444, workspace.file("store/data.mdb-lock"))
        try allow(0o444, workspace.file("store/data.mdb"))
        #expect(try run(workspace, "nearest", "items", "--to", tag).status == 0)
    }

    @Test("A folder that does not let one in is named with its owner, and not called empty", arguments: ["store", "store/data.mdb"])
    func closedFolder(path: String) throws {
        let (workspace, _) = try prepared()
        try allow(0o000, workspace.file("store"))
        defer { try? allow(0o755, workspace.file("store")) }
        let refused = try run(workspace, "stats", store: path)
        #expect(refused.status == 1 && refused.errors.contains("does not let this user in"), "\(refused)")
        #expect(refused.errors.contains("the folder store of ") && !refused.errors.contains("likeness init"), "\(refused)")
    }

    @Test("A data file that may not be read is named with its owner")
    func closedFile() throws {
        let (workspace, _) = try prepared()
        try allow(geteuid() == 0 ? 0o600 : 0o000, workspace.file("store/data.mdb"))
        try allow(0o755, workspace.file("store"))
        let refused = try run(workspace, "stats")
        #expect(refused.status == 1 && refused.errors.contains("belongs to"), "\(refused)")
    }
}
