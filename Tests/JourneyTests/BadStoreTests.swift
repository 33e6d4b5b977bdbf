import Foundation
import Testing

/// Stores that are none, are damaged, full, or written by two at once.
struct BadStoreTests {
    /// Runs a query and a verification on a damaged store: an error in words, never a crash.
    private func expectWords(_ likeness: LikenessProcess, _ arguments: [String], _ note: String = "") throws {
        let result = try likeness.run(arguments)
        #expect(result.signal == nil, "\(note) \(arguments): \(result)")
        #expect(result.status == 1, "\(note) \(arguments): \(result)")
        #expect(result.errors.hasPrefix("error: "), "\(note) \(arguments): \(result)")
    }

    /// The bytes of a backup of the workspace's store.
    private func backedUp(_ workspace: Workspace) throws -> [UInt8] {
        try workspace.likeness.succeed("backup", "copy")
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: workspace.file("copy"))))
    }

    @Test("What is no store is refused with words", arguments: ["nothing", "text", "folder", "zeros"])
    func noStore(what: String) throws {
        let workspace = try Workspace()
        try workspace.write("these are words\n", to: "text")
        try FileManager.default.createDirectory(atPath: workspace.file("folder"), withIntermediateDirectories: true)
        try workspace.write([UInt8](repeating: 0, count: 65_536), to: "zeros")
        var likeness = workspace.likeness
        likeness.store = what
        for arguments in [["stats"], ["versions", "list"], ["versions", "verify"], ["ingest", "likes", "text"]] {
            try expectWords(likeness, arguments)
            #expect(try likeness.run(arguments).errors.contains(what))
        }
    }

    @Test("Where a file must not grow further, what was acknowledged stays, and the error says what to do")
    func fileTooLarge() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let likeness = workspace.likeness
        for arguments in [["fit", "--epochs", "1"], ["backup", "copy"], ["demo-data", "more"]] {
            let result = try likeness.start(
                ["-c", "ulimit -f 1 && exec \"$0\" \"$@\"", LikenessProcess.executable] + arguments, executable: "/bin/sh"
            ).wait()
            #expect(result.status == 1 && result.errors.hasPrefix("error: "), "\(arguments): \(result)")
        }
        #expect(!FileManager.default.fileExists(atPath: workspace.file("copy")))
        #expect(try likeness.succeed("versions", "list", "--json").lines.count == 1)
        try likeness.succeed("versions", "verify")
        try likeness.succeed("fit", "--epochs", "1", "--components", "16")
    }

    @Test("A store is made once")
    func twoInits() throws {
        let workspace = try Workspace()
        try workspace.likeness.succeed("init")
        let result = try workspace.likeness.run("init")
        #expect(result.status == 1 && result.errors.contains("already"))
    }

    @Test("A store that was cut short is refused, wherever it was cut")
    func truncated() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let query = ["nearest", "items", "--to", try workspace.someTag()]
        let whole = try backedUp(workspace)
        var likeness = workspace.likeness
        likeness.store = "cut"
        for count in [1, 100, 4_096, 8_192, whole.count / 2, whole.count - 4_096] {
            try workspace.write(Array(whole.prefix(count)), to: "cut")
            try expectWords(likeness, query, "\(count) of \(whole.count) bytes")
            try expectWords(likeness, ["versions", "verify"], "\(count) of \(whole.count) bytes")
            try? workspace.remove("cut-lock")
        }
    }

    @Test("An empty file is no store, and is left alone")
    func emptyFile() throws {
        let workspace = try Workspace()
        try workspace.write("", to: "empty.mdb")
        var likeness = workspace.likeness
        likeness.store = "empty.mdb"
        for arguments in [["stats"], ["versions", "verify"], ["fit"], ["versions", "rollback"]] {
            let result = try likeness.run(arguments)
            #expect(result.status == 1 && result.errors.contains("is not a Likeness store"), "\(arguments): \(result)")
        }
        #expect(try workspace.read("empty.mdb").isEmpty)
        #expect(!FileManager.default.fileExists(atPath: workspace.file("empty.mdb-lock")))
    }

    @Test("Bits that flip in blocks are found by verify, and never crash a query")
    func flippedBits() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let query = ["nearest", "items", "--to", try workspace.someTag()]
        let whole = try backedUp(workspace)
        var likeness = workspace.likeness
        likeness.store = "flipped"
        var found = 0
        // The places of blocks in the file: they start 16 bytes into a page, with a header that begins with their magic.
        let pages = stride(from: 0, to: whole.count, by: 4_096).filter { page in
            page + 24 <= whole.count && Array(whole[page + 16..<page + 20]) == Array("LKBK".utf8)
        }
        try #require(!pages.isEmpty)
        for page in pages.prefix(12) {
            var bytes = whole
            bytes[page + 16 + 48 + 4] ^= 0x10
            try workspace.write(bytes, to: "flipped")
            let verified = try likeness.run("versions", "verify", "--json")
            #expect(verified.signal == nil)
            if verified.status == 1 { found += 1 }
            #expect(try likeness.run(query).signal == nil)
        }
        #expect(found == pages.prefix(12).count)
    }

    @Test("A store in a format of the future is refused with words")
    func newerFormat() throws {
        let workspace = try Workspace()
        try workspace.likeness.succeed("init")
        let file = workspace.file("store/data.mdb")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        let magic = Array("LIKENESS".utf8)
        let places = bytes.indices.filter { $0 + 12 <= bytes.count && Array(bytes[$0..<$0 + 8]) == magic }
        try #require(!places.isEmpty)
        for place in places { bytes[place + 8] = 99 }
        try workspace.write(bytes, to: "store/data.mdb")
        let result = try workspace.likeness.run("stats")
        #expect(result.status == 1 && result.errors.contains("format 99"), "\(result)")
    }

    @Test("A map that is full fails with words, keeps what was acknowledged, and goes on with a larger one")
    func mapFull() throws {
        let workspace = try Workspace()
        try workspace.makeData(users: 2_000, items: 1_000, likes: 40_000)
        var likeness = workspace.likeness
        try likeness.succeed("init")
        try workspace.write("uid|mid\nfirst|one\n", to: "first.psv")
        try likeness.succeed("ingest", "likes", "first.psv")
        likeness.variables["LIKENESS_MAP_SIZE"] = "\(1 << 20)"
        let result = try likeness.run("ingest", "likes", "data/likes.psv", "--batch-rows", "2000")
        #expect(result.status == 1 && result.errors.contains("LIKENESS_MAP_SIZE"), "\(result)")
        likeness.variables = [:]
        try likeness.succeed("versions", "verify")
        #expect(try likeness.succeed("stats", "--json").object["likes"]?.integer ?? 0 >= 1)
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        let clean = try Workspace()
        try clean.likeness.succeed("init")
        try clean.likeness.succeed("ingest", "likes", workspace.file("first.psv"))
        try clean.likeness.succeed("ingest", "likes", workspace.file("data/likes.psv"))
        for name in ["likes", "users", "items", "lastSequence"] {
            #expect(
                try likeness.succeed("stats", "--json").object[name]
                    == clean.likeness.succeed("stats", "--json").object[name])
        }
        let bad = LikenessProcess(store: "store", folder: workspace.path, variables: ["LIKENESS_MAP_SIZE": "big"])
        #expect(try bad.run("stats").errors.contains("LIKENESS_MAP_SIZE"))
    }

    @Test("Two writers at once wait for each other, and nothing is lost or counted twice")
    func twoWriters() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        for name in ["a", "b"] {
            let rows = (0..<4_000).map { "\(name)\($0 % 200)|i\($0 % 97)" }
            try workspace.write("uid|mid\n" + rows.joined(separator: "\n") + "\n", to: "\(name).psv")
        }
        let writers = try ["a", "b"].map {
            try likeness.start(["ingest", "likes", "\($0).psv", "--batch-rows", "250"])
        }
        for writer in writers { #expect(try writer.wait().status == 0) }
        let distinct = Set((0..<4_000).map { "\($0 % 200)|\($0 % 97)" }).count
        let statistics = try likeness.succeed("stats", "--json").object
        #expect(statistics["likes"]?.integer == 2 * distinct)
        #expect(statistics["lastSequence"]?.integer == 2 * distinct)
        #expect(statistics["users"]?.integer == 400 && statistics["items"]?.integer == 97)
        try likeness.succeed("versions", "verify")
    }

    @Test("A store on read-only media answers, writes nothing beside it, and refuses to be written")
    func readOnlyCopy() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        var likeness = workspace.likeness
        let query = ["nearest", "items", "--to", try workspace.someTag(), "--json"]
        let expected = try likeness.run(query).object
        try likeness.succeed("backup", "copy")
        #expect(chmod(workspace.file("copy"), 0o444) == 0)
        likeness.store = "copy"
        #expect(try likeness.run(query).object == expected)
        #expect(!FileManager.default.fileExists(atPath: workspace.file("copy-lock")))
    }
}

extension BadStoreTests {
    @Test("Pages that lead out of the file: verify names them, and every other command ends in words")
    func damagedPages() throws {
        let workspace = try Workspace()
        try workspace.makeModel()
        let query = ["nearest", "items", "--to", try workspace.someTag()]
        let whole = try backedUp(workspace)
        var likeness = workspace.likeness
        likeness.store = "changed"
        var named = 0
        // The roots of the main table, and page numbers in branches and leaves: high bytes of what lies where numbers do.
        for page in stride(from: 0, to: min(whole.count, 40 * 4_096), by: 4_096) {
            for offset in [10, 13, 88 + 40 + 4, 4_092] {
                var bytes = whole
                bytes[page + offset] ^= 0x41
                try workspace.write(bytes, to: "changed")
                let verified = try likeness.run("versions", "verify")
                #expect(verified.signal == nil && [0, 1].contains(verified.status ?? -1), "page \(page / 4_096), \(offset): \(verified)")
                if verified.errors.contains("is damaged: page") { named += 1 }
                for arguments in [["stats"], query] where verified.status == 1 {
                    let result = try likeness.run(arguments)
                    #expect(result.signal == nil && [0, 1].contains(result.status ?? -1), "page \(page / 4_096), \(offset): \(result)")
                }
                try? workspace.remove("changed-lock")
            }
        }
        #expect(named > 10)
    }
}
