import DelimitedText
import Testing

@testable import DemoData

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An empty folder that is gone, with the demo's files, when the test is.
private final class DemoFolder {
    let path: String

    init() {
        var template = Array("/tmp/demo-data-XXXXXX".utf8CString)
        _ = unsafe mkdtemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["likes.psv", "feats.psv", "newlikes.psv", "newfeats.psv"] { _ = unsafe unlink("\(path)/\(name)") }
        _ = unsafe rmdir(path)
    }

    func rows(_ name: String) throws -> [[String]] {
        var reader = try DelimitedReader(path: "\(path)/\(name)", dialect: .psv)
        var rows: [[String]] = []
        while let record = try reader.next() {
            #expect(record.problem == nil)
            rows.append((0..<record.count).map { _ in "" })
            for index in 0..<record.count { rows[rows.count - 1][index] = record.text(index) }
        }
        return rows
    }
}

@Suite struct DemoDataTests {
    @Test func `the same parameters give the same files, another seed others`() throws {
        let files = ["likes.psv", "feats.psv", "newlikes.psv", "newfeats.psv"]
        let (one, two, other) = (DemoFolder(), DemoFolder(), DemoFolder())
        let data = DemoData(users: 90, items: 120, likes: 1500, tags: 60, newLikes: 100, seed: 3)
        var changed = data
        changed.seed = 4
        #expect(try data.write(into: one.path) == data.write(into: two.path))
        _ = try changed.write(into: other.path)
        for file in files {
            let rows = try one.rows(file)
            #expect(try rows == two.rows(file))
            #expect(try rows != other.rows(file))
        }
    }

    @Test func `the counts are those that were asked for`() throws {
        for (users, items, likes, tags) in [
            (500, 300, 9000, 120), (40, 600, 3000, 4), (3000, 50, 6000, 700), (1, 2, 1, 4),
        ] {
            let folder = DemoFolder()
            let data = DemoData(users: users, items: items, likes: likes, tags: tags, seed: 8)
            let summary = try data.write(into: folder.path)
            let rows = try folder.rows("likes.psv")
            #expect(rows[0] == ["modelname", "mid", "uid"])
            let body = rows.dropFirst()
            #expect(body.count == likes)
            let distinct = Set(body.map { [$0[1], $0[2]] })
            #expect(distinct.count == likes - likes * 9 / 1000)
            #expect(summary.distinctLikes == distinct.count)
            #expect(Set(body.map { $0[2] }).count == min(users, distinct.count))
            #expect(Set(body.map { $0[1] }).count == min(items, distinct.count))
            #expect(body.allSatisfy { $0[1].utf8.count == 32 && $0[2].utf8.count == 32 })
            let features = try folder.rows("feats.psv").dropFirst()
            #expect(features.count == summary.features)
            #expect(Set(features.map { $0[0] }).count == items)
            #expect(Set(features.map { $0[1] }).isSubset(of: ["category", "tag"]))
            #expect(Set(features.filter { $0[1] == "tag" }.map { $0[2] }).count <= tags)
        }
    }

    @Test func `names hold what must be quoted, and each item has one name`() throws {
        let folder = DemoFolder()
        _ = try DemoData(users: 300, items: 400, likes: 4000, tags: 90).write(into: folder.path)
        var names = [String: Set<String>]()
        for row in try folder.rows("likes.psv").dropFirst() { names[row[1], default: []].insert(row[0]) }
        #expect(names.values.allSatisfy { $0.count == 1 })
        for special in ["|", "\\", "\n"] { #expect(names.values.contains { $0.contains { $0.contains(special) } }) }
    }

    @Test func `popular items and eager users have long tails`() throws {
        let folder = DemoFolder()
        _ = try DemoData(users: 1000, items: 800, likes: 20_000, tags: 120).write(into: folder.path)
        let rows = try folder.rows("likes.psv").dropFirst()
        for column in [1, 2] {
            var counts = [String: Int]()
            for row in rows { counts[row[column], default: 0] += 1 }
            let sorted = counts.values.sorted(by: >)
            let top = sorted.prefix(sorted.count / 10).reduce(0, +)
            // A tenth of them has far more than a tenth of the likes.
            #expect(Double(top) > 0.25 * Double(rows.count))
        }
    }

    @Test func `users like items that share tags`() throws {
        let folder = DemoFolder()
        _ = try DemoData(users: 400, items: 600, likes: 8000, tags: 120).write(into: folder.path)
        var tags = [String: Set<String>]()
        for row in try folder.rows("feats.psv") where row[1] == "tag" { tags[row[0], default: []].insert(row[2]) }
        let likes = Array(try folder.rows("likes.psv").dropFirst())
        func shareTags(_ a: [String], _ b: [String]) -> Bool {
            !tags[a[1], default: []].isDisjoint(with: tags[b[1], default: []])
        }
        var (same, own, all) = (0, 0, 0)
        for (one, two) in zip(likes, likes.dropFirst()) where one[2] == two[2] && one[1] != two[1] {
            own += 1
            same += shareTags(one, two) ? 1 : 0
        }
        for (position, one) in likes.enumerated() {
            all += shareTags(one, likes[(position * 7919 + 13) % likes.count]) ? 1 : 0
        }
        let within = Double(same) / Double(own)
        let chance = Double(all) / Double(likes.count)
        #expect(within > 2 * chance, "\(within) of a user's neighbouring likes share a tag, \(chance) of any")
    }

    @Test func `later likes bring new users, new items and their features`() throws {
        let folder = DemoFolder()
        let data = DemoData(users: 300, items: 200, likes: 3000, tags: 60, newLikes: 500, seed: 2)
        _ = try data.write(into: folder.path)
        let old = try folder.rows("likes.psv").dropFirst()
        let new = try folder.rows("newlikes.psv").dropFirst()
        #expect(new.count == 500)
        let (oldUsers, oldItems) = (Set(old.map { $0[2] }), Set(old.map { $0[1] }))
        #expect(new.contains { !oldUsers.contains($0[2]) })
        #expect(new.contains { oldUsers.contains($0[2]) })
        let newItems = Set(new.map { $0[1] }).subtracting(oldItems)
        #expect(!newItems.isEmpty)
        let described = Set(try folder.rows("newfeats.psv").dropFirst().map { $0[0] })
        #expect(newItems.isSubset(of: described))
    }

    @Test func `numbers that make no data are refused`() {
        #expect(throws: DemoDataError.tooFew(what: "users", least: 1, found: 0)) {
            try DemoData(users: 0).write(into: "/nonexistent")
        }
        #expect(throws: DemoDataError.tooMany(what: "likes", most: 20, found: 21)) {
            try DemoData(users: 4, items: 10, likes: 21).write(into: "/nonexistent")
        }
        #expect(throws: DemoDataError.self) { try DemoData().write(into: "/nonexistent") }
    }
}
