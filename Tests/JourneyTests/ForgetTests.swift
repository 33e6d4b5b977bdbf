import Foundation
import Testing

/// `likeness forget`, by the built program.
struct ForgetTests {
    private static let user = "unmistakable-user"
    private static let item = "unmistakable-item"

    /// A store with a model, and a user and an item in it.
    private func makeWorkspace() throws -> Workspace {
        let workspace = try Workspace()
        try workspace.makeData(users: 60, items: 40, likes: 900)
        let likeness = workspace.likeness
        let items = try workspace.rows(of: "data/likes.psv").prefix(8).map { $0[1] }
        let users = try workspace.rows(of: "data/likes.psv").prefix(30).map { $0[2] }
        let rows = items.map { "Some Name|\($0)|\(ForgetTests.user)\n" } + users.map { "Unmistakable Name|\(ForgetTests.item)|\($0)\n" }
        try workspace.write("modelname|mid|uid\n" + rows.joined(), to: "more.psv")
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "likes", "more.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        try likeness.succeed("fit", "--components", "16", "--threads", "1")
        try workspace.write("mid|uid\n\(items[0])|late\n\(items[1])|late\n", to: "late.psv")
        try likeness.succeed("ingest", "likes", "late.psv")
        try likeness.succeed("fit-partial", "--threads", "1")
        return workspace
    }

    private func holds(_ text: String, _ workspace: Workspace) throws -> Bool {
        try Data(contentsOf: URL(fileURLWithPath: workspace.file("store/data.mdb"))).range(of: Data(text.utf8)) != nil
    }

    private let words = [ForgetTests.user, ForgetTests.item, "Unmistakable Name"]

    @Test func `A user and an item are forgotten after a look at what goes, and the file holds nothing of them`() throws {
        let workspace = try makeWorkspace()
        let likeness = workspace.likeness
        try likeness.succeed("replica", "publish", "remote")
        let before = try likeness.succeed("stats", "--json").object
        for word in words { #expect(try holds(word, workspace)) }
        let preview = try likeness.succeed("forget", "--user", ForgetTests.user, "--item", ForgetTests.item, "--dry-run")
        #expect(preview.output.contains("would forget 1 user and 1 item") && preview.output.contains("2 versions (v1, v2)"), "\(preview)")
        #expect(try likeness.succeed("stats", "--json").object["likes"] == before["likes"])
        try workspace.write(ForgetTests.user + "\nnobody\n", to: "leavers.txt")
        let done = try likeness.succeed("forget", "--user-file", "leavers.txt", "--item", ForgetTests.item, "--yes", "--json")
        let report = try done.object
        #expect(report["users"]?.integer == 1 && report["items"]?.integer == 1 && report["isFileClear"]?.boolean == true)
        #expect(report["versions"]?.array?.count == 2 && report["events"]?.integer ?? 0 > 10)
        #expect(done.errors.contains("there is no user or item 'nobody'"))
        for word in words { #expect(try !holds(word, workspace), "\(word)") }
        try likeness.succeed("versions", "verify")
        #expect(try likeness.succeed("versions", "show", "v1").output.contains("1 user and 1 item forgotten since"))
        #expect(try likeness.run("recommend", "--user", ForgetTests.user).errors.contains("there is no user"))
        // A remote never loses what it has got.
        let published = try likeness.run("replica", "publish", "remote")
        #expect(published.status == 1 && published.errors.contains("forgotten"), "\(published)")
        try likeness.succeed("replica", "publish", "another")
        try likeness.succeed("backup", "copy.likeness")
        let copy = try Data(contentsOf: URL(fileURLWithPath: workspace.file("copy.likeness")))
        for word in words { #expect(copy.range(of: Data(word.utf8)) == nil) }
        let nothing = try likeness.run("forget", "--user", "nobody", "--yes")
        #expect(nothing.status == 1 && nothing.errors.contains("none of these ids is in the store") && nothing.output.isEmpty, "\(nothing)")
    }

    @Test(
        "What cannot be meant is refused with words",
        arguments: [
            (["--user", "u"], "--dry-run"), (["--user", "u", "--yes", "--dry-run"], "Leave one of them out"),
            ([], "cannot be brought back"),
        ])
    func usage(arguments: [String], words: String) throws {
        let workspace = try Workspace()
        let result = try workspace.likeness.run(["forget"] + arguments)
        #expect(result.status == 64 && result.errors.contains(words), "\(result)")
    }

    @Test(
        "A forget that is killed at any write is brought to its end by the next one, and the store is sound all the while",
        .enabled(if: FaultInjector.isAvailable))
    func killed() throws {
        let workspace = try makeWorkspace()
        let likeness = workspace.likeness
        try workspace.copy("store", to: "before")
        let command = ["forget", "--user", ForgetTests.user, "--item", ForgetTests.item, "--yes"]
        let calls = try FaultInjector.callCount(of: command, in: workspace)
        func state() throws -> JSON {
            try likeness.succeed("stats", "--json").object.without("fileBytes", "mapBytes", "created", "blocks", "blockBytes")
        }
        let clean = try state()
        #expect(calls > 10)
        for call in FaultInjector.spread(over: calls, most: 30) {
            try workspace.remove("store")
            try workspace.copy("before", to: "store")
            var dying = likeness
            dying.variables = try FaultInjector.variables(.kill, at: call)
            #expect(try dying.run(command).signal == SIGKILL, "call \(call)")
            let verified = try likeness.run("versions", "verify")
            #expect(verified.status == 0, "call \(call): \(verified)")
            let again = try likeness.run(command)
            #expect(again.status == 0 || again.errors.contains("none of these ids"), "call \(call): \(again)")
            #expect(try likeness.run("versions", "verify").status == 0, "call \(call)")
            #expect(try state() == clean, "call \(call)")
            for word in words { #expect(try !holds(word, workspace), "call \(call): \(word)") }
        }
    }
}
