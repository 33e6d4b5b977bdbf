import LMDB
import LikenessFormat
import LikenessStore
import Testing

@testable import Interchange

@Suite struct FeaturesIngestTests {
    @Test("Labels are type:value, trimmed and in lower case; items that nobody likes yet are kept")
    func labels() throws {
        let folder = try IngestFolder()
        _ = try folder.store.ingestLikes(from: try folder.file("mid|uid\nknown|u\n"))
        let path = try folder.file(
            "mid|type|value\nknown|tag|Visual Kei\nknown|tag| visual kei \nknown|Genre|ÄÖ\ncold|tag|x\n", "feats.psv")
        let report = try folder.store.ingestFeatures(from: path)
        #expect(report.rows == [4, 3, 1, 0])
        #expect(try folder.features() == ["known": ["tag:visual kei": 1, "genre:äö": 1], "cold": ["tag:x": 1]])
        #expect(try folder.store.ingestFeatures(from: path).accepted == 0)
        #expect(try folder.store.statistics().items == 2)
    }

    @Test("A random file in batches of any size ends as in dictionaries", arguments: [1, 50, 100_000])
    func randomFile(batchRows: Int) throws {
        var numbers = Numbers(6)
        let folder = try IngestFolder()
        var text = "mid,type,value,w\n"
        var expected: [String: [String: Float]] = [:]
        var rejected = 0
        for _ in 0..<600 {
            let (item, value, weight) = ("i\(numbers.next(30))", "v\(numbers.next(12))", numbers.next(4))
            if numbers.next(15) == 0 {
                text += "\(item),tag,\(value),heavy\n"
                rejected += 1
            } else {
                text += "\(item),tag,\(value),\(weight)\n"
                expected[item, default: [:]]["tag:" + value] = Float(weight)
            }
        }
        var columns = FeaturesColumns()
        columns.weight = "w"
        var options = IngestOptions()
        options.batchRows = batchRows
        let report = try folder.store.ingestFeatures(
            from: try folder.file(text, "feats.csv"), columns: columns, options: options)
        #expect(report.read == 600)
        #expect(report.rejected == rejected)
        #expect(report.accepted + report.updated + report.duplicates + report.rejected == 600)
        #expect(report.accepted == expected.values.reduce(0) { $0 + $1.count } && report.updated > 0)
        #expect(try folder.features() == expected)
    }

    @Test("A pair that comes again with another weight ends as the rule says, for likes as for features", arguments: [1, 2, 100])
    func duplicateRules(batchRows: Int) throws {
        let cases: [(rule: DuplicateRule?, hasWeights: Bool, weight: Float, updated: Int)] = [
            (nil, true, 2, 2), (.keep, true, 3, 0), (.replace, true, 2, 2), (.sum, true, 14, 3), (.max, true, 7, 1),
            (nil, false, 1, 0), (.sum, false, 4, 3), (.max, false, 1, 0),
        ]
        for (rule, hasWeights, weight, updated) in cases {
            let folder = try IngestFolder()
            var options = IngestOptions()
            (options.batchRows, options.onDuplicate) = (batchRows, rule)
            let rows = "a|b|3\na|b|7\na|b|2\na|b|2\nc|b|1\n"
            var (likes, features) = (LikesColumns(), FeaturesColumns())
            (features.typeValue, features.value) = ("tag", "uid")
            if hasWeights { (likes.weight, features.weight) = ("w", "w") }
            let file = try folder.file("mid|uid|w\n" + rows)
            let expected = [5, 2, 3 - updated, 0]
            let first = try folder.store.ingestLikes(from: file, columns: likes, options: options)
            #expect(first.rows == expected && first.updated == updated, "\(rule as Any)")
            let second = try folder.store.ingestFeatures(from: file, columns: features, options: options)
            #expect(second.rows == expected && second.updated == updated, "\(rule as Any)")
            let found = try folder.store.environment.read { (transaction: borrowing Reading) throws(StoreError) in
                let opinions = try LikesLog(folder.store.tables).opinions(in: transaction)
                return zip(opinions.items, opinions.weights ?? [1, 1]).first { $0.0 == 0 }?.1
            }
            #expect(found == weight)
            #expect(try folder.features() == ["a": ["tag:b": weight], "c": ["tag:b": 1]])
            // A file that is taken in again changes a sum, and what is replaced on the way.
            let again = try folder.store.ingestLikes(from: file, columns: likes, options: options)
            #expect(again.accepted == 0 && again.read == 5 && again.updated + again.duplicates == 5)
            if rule == .keep || rule == .max { #expect(again.updated == 0) }
        }
    }

    @Test(
        "A feature that cannot be kept is rejected with the reason",
        arguments: [
            ("a|tag", "fields"), ("|tag|x", "empty"), ("a||x", "empty"), ("a|tag|", "empty"), ("a|tag|  ", "empty"),
            ("a|t:g|x", "colon"), ("a|tag|x\u{0}", "NUL"), ("a|tag|" + String(repeating: "x", count: 498), "bytes"),
        ])
    func badRows(row: String, reason: String) throws {
        let folder = try IngestFolder()
        let report = try folder.store.ingestFeatures(
            from: try folder.file("mid|type|value\n\(row)\nb|tag|y\n", "feats.psv"))
        #expect(report.rows == [2, 1, 0, 1])
        #expect(report.firstRejects.first?.contains(reason) == true, "\(report.firstRejects)")
    }
}

@Suite struct EventTimeTests {
    @Test(
        "Times are read in every form that the documentation names",
        arguments: [
            ("0", 0), ("1700000000", 1_700_000_000_000), ("1700000000123", 1_700_000_000_123), ("-5", -5_000),
            ("1970-01-02", 86_400_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2000-03-01 00:00:00", 951_868_800_000),
            ("1970-01-01T00:00:01.5Z", 1_500), ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T23:00:00-01:00", 0),
        ] as [(String, Int64)])
    func times(text: String, milliseconds: Int64) {
        #expect(EventTime.milliseconds(text) == milliseconds)
    }

    @Test(
        "What is no time is none",
        arguments: [
            "", "x", "2000-13-01", "2000-00-10", "2001-02-29", "2000-01-01T", "2000-01-01T25:00:00Z", "1e300", "nan",
            "-", "2000-01-01T00:00:00+1",
        ])
    func noTimes(text: String) {
        #expect(EventTime.milliseconds(text) == nil)
    }
}
