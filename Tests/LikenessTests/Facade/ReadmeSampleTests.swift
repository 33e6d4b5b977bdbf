import Foundation
import Likeness
import Testing

// SAMPLE-BEGIN
func tour(of data: String, in folder: String) throws -> [String] {
    let store = try Store.create(at: folder)
    try store.ingestLikes(from: data + "/likes.psv")
    try store.ingestFeatures(from: data + "/feats.psv")
    let first = try store.fit()  // publishes v1; "production" points at it
    try store.ingestLikes(from: data + "/newlikes.psv")
    try store.fitPartial()  // continues it on the new likes: v2
    let near = try store.nearest(.items, to: "tag:dragons", k: 5)
    let tags = try store.nearest(.tags, to: "item:" + near.results[0].id)
    try store.rollBack()  // "production" points at v1 again
    let current = try store.summary(of: .current)
    assert(current.version == first.version)
    return tags.results.map(\.id)
}
// SAMPLE-END

@Suite struct ReadmeSampleTests {
    @Test("The guide's sample of Swift compiles, runs, and stands in the guide letter by letter")
    func sample() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/data", withIntermediateDirectories: true)
        _ = try DemoData(users: 400, items: 300, likes: 8_000, tags: 60, newLikes: 400, seed: 1).write(
            into: folder.path + "/data")
        let data = folder.path + "/data"
        let features = try String(contentsOfFile: data + "/feats.psv", encoding: .utf8)
        try #require(features.contains("|tag|dragons"), "the sample's tag is one that the data has")
        let tags = try tour(of: data, in: folder.path + "/store")
        #expect(!tags.isEmpty)
        #expect(tags.allSatisfy { $0.hasPrefix("tag:") })

        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let sample = try #require(
            source.components(separatedBy: "// SAMPLE-BEGIN\n").last?
                .components(separatedBy: "// SAMPLE-END").first)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let guide = try String(
            contentsOf: root.appendingPathComponent("Sources/Likeness/Likeness.docc/FromSwift.md"), encoding: .utf8)
        #expect(guide.contains(sample), "the guide shows the sample as it is here")
    }
}
