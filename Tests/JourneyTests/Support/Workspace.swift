import Foundation
import Testing

/// A folder of its own for one test, with small data in it; gone when the test is over.
final class Workspace: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("likeness-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.resolvingSymlinksInPath().path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The program, working on the workspace's store `store`.
    var likeness: LikenessProcess {
        LikenessProcess(store: "store", folder: path)
    }

    /// The full path of a file in the workspace.
    func file(_ name: String) -> String {
        path + "/" + name
    }

    /// Writes a file.
    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    }

    /// Writes a file.
    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    }

    /// Reads a file.
    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: file(name))), as: UTF8.self)
    }

    /// Copies a file or folder.
    func copy(_ from: String, to: String) throws {
        try FileManager.default.copyItem(atPath: file(from), toPath: file(to))
    }

    /// Removes a file or folder.
    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: file(name))
    }

    /// Makes demo data of a few hundred users in `data`.
    func makeData(users: Int = 200, items: Int = 120, likes: Int = 4_000, newLikes: Int = 0) throws {
        try likeness.succeed(
            "demo-data", "data", "--users", "\(users)", "--items", "\(items)", "--likes", "\(likes)", "--tags", "40",
            "--new-likes", "\(newLikes)")
    }

    /// Makes a store with that data in it, and a model.
    func makeModel() throws {
        try makeData()
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "data/feats.psv")
        try likeness.succeed("fit", "--components", "16", "--epochs", "4", "--threads", "1")
    }

    /// The last three columns of a psv file's rows, without its header; only the first column may be quoted.
    func rows(of file: String) throws -> [[String]] {
        try read(file).split(whereSeparator: \.isNewline).dropFirst()
            .map { $0.split(separator: "|", omittingEmptySubsequences: false).suffix(3).map(String.init) }
            .filter { $0.count == 3 }
    }

    /// The tag that most items of the demo data have, as queries name it.
    func someTag() throws -> String {
        let counts = Dictionary(
            try rows(of: "data/feats.psv").filter { $0[1] == "tag" }.map { ("tag:\($0[2].lowercased())", 1) },
            uniquingKeysWith: +)
        return try #require(counts.max { ($0.value, $0.key) < ($1.value, $1.key) }).key
    }

    /// The item with the most likes in the demo data.
    func someItem() throws -> String {
        try mostFrequent(inColumn: 1)
    }

    /// The user with the most likes in the demo data.
    func someUser() throws -> String {
        try mostFrequent(inColumn: 2)
    }

    /// The ids that a query answers.
    func identifiers(of query: [String]) throws -> [String] {
        let result = try likeness.run(query + ["--json"])
        return try #require(try result.object["results"]?.array, "\(query): \(result)").compactMap { $0["id"]?.string }
    }

    private func mostFrequent(inColumn column: Int) throws -> String {
        let counts = Dictionary(try rows(of: "data/likes.psv").map { ($0[column], 1) }, uniquingKeysWith: +)
        return try #require(counts.max { ($0.value, $0.key) < ($1.value, $1.key) }).key
    }
}
